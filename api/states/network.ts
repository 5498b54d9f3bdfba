// State machines of networks, addresses, rules and providers. Names of states and events are CloudStack's: clients show and wait for them.
// Where CloudStack has a dead end, or states without a table, what is ours is said above the machine.
import { machine } from '../machine.ts';

/** Guest networks. A shared network starts, and stays, in `Setup`. Ours: a network that was shut down half-way can be implemented anew, and one whose shutdown failed is what it was. */
export const networkMachine = machine(
  'network',
  {
    initial: ['Allocated', 'Setup'],
    transient: ['Implementing', 'Shutdown'],
    final: ['Destroy'],
  },
  {
    Allocated: {
      ImplementNetwork: 'Implementing',
      DestroyNetwork: 'Destroy',
    },
    Setup: {
      DestroyNetwork: 'Destroy',
    },
    Implementing: {
      OperationSucceeded: 'Implemented',
      OperationFailed: 'Shutdown',
      DestroyNetwork: 'Shutdown',
    },
    Implemented: {
      DestroyNetwork: 'Shutdown',
      ImplementNetwork: 'Implementing',
    },
    Shutdown: {
      OperationSucceeded: 'Allocated',
      OperationFailed: 'Implemented',
      DestroyNetwork: 'Shutdown',
      ImplementNetwork: 'Implementing',
    },
    Destroy: {},
  },
);

/** Public addresses. CloudStack has the states without a table. */
export const publicIpMachine = machine(
  'publicipaddress',
  {
    initial: 'Free',
    transient: ['Allocating', 'Releasing'],
  },
  {
    Free: {
      AllocateRequested: 'Allocating',
      Allocate: ['Allocated', 'usage'],
      Reserve: 'Reserved',
    },
    Reserved: {
      AllocateRequested: 'Allocating',
      Allocate: ['Allocated', 'usage'],
      Unreserve: 'Free',
    },
    Allocating: {
      OperationSucceeded: ['Allocated', 'usage'],
      OperationFailed: 'Free',
      ReleaseRequested: 'Releasing',
    },
    Allocated: {
      ReleaseRequested: 'Releasing',
    },
    Releasing: {
      ReleaseRequested: 'Releasing',
      OperationSucceeded: ['Free', 'usage'],
      OperationFailed: 'Allocated',
    },
  },
);

/** Firewall, egress, port forwarding and static NAT rules. CloudStack has the states without a table. */
export const firewallRuleMachine = machine(
  'firewallrule',
  {
    initial: 'Staged',
    transient: ['Add', 'Revoke'],
    final: ['Deleting'],
  },
  {
    Staged: {
      ApplyRequested: 'Add',
      RevokeRequested: 'Revoke',
    },
    Add: {
      ApplyRequested: 'Add',
      OperationSucceeded: 'Active',
      OperationFailed: 'Revoke',
      RevokeRequested: 'Revoke',
    },
    Active: {
      ApplyRequested: 'Add',
      RevokeRequested: 'Revoke',
    },
    Revoke: {
      RevokeRequested: 'Revoke',
      OperationSucceeded: 'Deleting',
      OperationFailed: 'Active',
    },
    Deleting: {},
  },
);

/** Service providers of a physical network. */
export const serviceProviderMachine = machine(
  'provider',
  {
    initial: 'Disabled',
    transient: ['Shutdown'],
  },
  {
    Disabled: { Enable: 'Enabled', Disable: 'Disabled' },
    Enabled: { Enable: 'Enabled', Disable: 'Disabled', ShutdownRequested: 'Shutdown' },
    Shutdown: { Enable: 'Enabled', OperationSucceeded: 'Disabled', OperationFailed: 'Enabled' },
  },
);
