// Verbs of instances, by command.
import { createEndpoint as createConsoleEndpoint } from '#cloud/vm/console.ts';
import { deploy as deployVirtualMachine } from '#cloud/vm/deploy.ts';
import {
  destroy as destroyVirtualMachine,
  expunge as expungeVirtualMachine,
  recover as recoverVirtualMachine,
} from '#cloud/vm/destroy.ts';
import { list as listVirtualMachines } from '#cloud/vm/list.ts';
import { migrate as migrateVirtualMachine } from '#cloud/vm/migrate.ts';
import { start as startVirtualMachine } from '#cloud/vm/start.ts';
import { reboot as rebootVirtualMachine, stop as stopVirtualMachine } from '#cloud/vm/stop.ts';

export const vm = {
  deployVirtualMachine,
  startVirtualMachine,
  stopVirtualMachine,
  rebootVirtualMachine,
  destroyVirtualMachine,
  expungeVirtualMachine,
  recoverVirtualMachine,
  migrateVirtualMachine,
  listVirtualMachines,
  createConsoleEndpoint,
};
