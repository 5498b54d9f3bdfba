// The sentences of events, read off commands' names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allHandlers } from './handlers.ts';
import { actionOf, completed, failed, scheduled, started } from './event-texts.ts';

test('an action reads like English and names things as people do', () => {
  for (const [command, action] of [
    ['deployVirtualMachine', 'deploying Instance'],
    ['stopVirtualMachine', 'stopping Instance'],
    ['resetSSHKeyForVirtualMachine', 'resetting SSH Key for Instance'],
    ['addNicToVirtualMachine', 'adding NIC to Instance'],
    ['updateVMAffinityGroup', 'updating Instance Affinity Group'],
    ['associateIpAddress', 'associating IP Address'],
    ['createFirewallRule', 'creating Firewall Rule'],
    ['disableStaticNat', 'disabling Static NAT'],
    ['enableStorageMaintenance', 'enabling Storage Maintenance'],
    ['expungeVirtualMachine', 'expunging Instance'],
    ['cancelHostMaintenance', 'canceling Host Maintenance'],
  ] as const)
    assert.equal(actionOf(command), action);
});

test('every command that writes events has an action of words', () => {
  for (const { command } of allHandlers().values())
    if (command.event !== undefined) assert.match(actionOf(command.name), /^[a-z]+ing( [A-Za-z0-9]+)*$/, command.name);
});

test('the sentences of a life', () => {
  const about = { command: 'startVirtualMachine', uuid: 'u' };
  assert.deepEqual(
    [scheduled(about), started(about), completed(about), failed(about, 'no host')],
    [
      'Scheduled async job for starting Instance: u',
      'Starting job for starting Instance: u',
      'Successfully completed starting Instance: u',
      'Error while starting Instance: u: no host',
    ],
  );
  assert.equal(completed({ ...about, uuid: null }), 'Successfully completed starting Instance');
});
