// Every workflow a server can run: the literal list the engine is given.
import { certificateIssued } from '#cloud/certificate/issue.ts';
import { shutdownProvider } from '#cloud/physical-network/provider.ts';
import { recorded } from '#cloud/recorded.ts';
import { deployVm } from '#cloud/vm/deploy.ts';
import { destroyVm, expungeVm } from '#cloud/vm/destroy.ts';
import { startVm } from '#cloud/vm/start.ts';
import { rebootVm, stopVm } from '#cloud/vm/stop.ts';
import type { Workflow } from '#kernel/job.ts';

export const workflows: Iterable<Workflow<never, unknown, never>> = [
  recorded,
  certificateIssued,
  shutdownProvider,
  deployVm,
  startVm,
  stopVm,
  rebootVm,
  destroyVm,
  expungeVm,
];
