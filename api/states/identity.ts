// State machines of accounts, users and domains. Names of states and events are CloudStack's: clients show and wait for them.
// Where CloudStack has a dead end, or states without a table, what is ours is said above the machine.
import { machine } from '../machine.ts';

/** Accounts and users. The wire spells the states in lower case. */
export const accountMachine = machine(
  'account',
  {
    initial: 'Enabled',
    final: ['Removed'],
  },
  {
    Enabled: { Enable: 'Enabled', Disable: 'Disabled', Lock: 'Locked', Remove: 'Removed' },
    Locked: { Enable: 'Enabled', Disable: 'Disabled', Lock: 'Locked', Remove: 'Removed' },
    Disabled: { Enable: 'Enabled', Disable: 'Disabled', Remove: 'Removed' },
    Removed: {},
  },
);

/** Domains: `Inactive` while everything in one is being deleted. */
export const domainMachine = machine(
  'domain',
  {
    initial: 'Active',
    transient: ['Inactive'],
    final: ['Removed'],
  },
  {
    Active: { DeleteRequested: 'Inactive' },
    Inactive: { DeleteRequested: 'Inactive', OperationSucceeded: 'Removed', OperationFailed: 'Active' },
    Removed: {},
  },
);
