// State machines of hosts. Names of states and events are CloudStack's: clients show and wait for them.
// Where CloudStack has a dead end, or states without a table, what is ours is said above the machine.
import { machine } from '../machine.ts';

/** What an administrator wants of a host. */
export const hostResourceMachine = machine(
  'hostresource',
  {
    initial: ['Creating', 'Enabled', 'Disabled'],
    transient: ['Creating', 'PrepareForMaintenance'],
  },
  {
    Creating: {
      InternalCreated: 'Enabled',
      Error: 'Error',
    },
    Enabled: {
      Enable: 'Enabled',
      InternalCreated: 'Enabled',
      Disable: 'Disabled',
      AdminAskMaintenance: 'PrepareForMaintenance',
      DeclareHostDegraded: 'Degraded',
      InternalEnterMaintenance: 'Maintenance',
      DeleteHost: 'Disabled',
    },
    Disabled: {
      Enable: 'Enabled',
      Disable: 'Disabled',
      InternalCreated: 'Disabled',
      DeclareHostDegraded: 'Degraded',
      DeleteHost: 'Disabled',
    },
    ErrorInPrepareForMaintenance: {
      InternalCreated: 'ErrorInPrepareForMaintenance',
      Disable: 'Disabled',
      DeleteHost: 'Disabled',
      InternalEnterMaintenance: 'Maintenance',
      AdminCancelMaintenance: 'Enabled',
      UnableToMigrate: 'ErrorInPrepareForMaintenance',
      UnableToMaintain: 'ErrorInMaintenance',
      ErrorsCorrected: 'PrepareForMaintenance',
    },
    PrepareForMaintenance: {
      InternalEnterMaintenance: 'Maintenance',
      AdminCancelMaintenance: 'Enabled',
      UnableToMigrate: 'ErrorInPrepareForMaintenance',
      UnableToMaintain: 'ErrorInMaintenance',
      InternalCreated: 'PrepareForMaintenance',
    },
    ErrorInMaintenance: {
      InternalCreated: 'ErrorInMaintenance',
      AdminAskMaintenance: 'PrepareForMaintenance',
      Disable: 'Disabled',
      DeleteHost: 'Disabled',
      AdminCancelMaintenance: 'Enabled',
    },
    Maintenance: {
      AdminCancelMaintenance: 'Enabled',
      InternalCreated: 'Maintenance',
      DeleteHost: 'Disabled',
      DeclareHostDegraded: 'Degraded',
    },
    Error: {
      InternalCreated: 'Error',
      DeleteHost: 'Disabled',
    },
    Degraded: {
      DeleteHost: 'Disabled',
      EnableDegradedHost: 'Enabled',
      AdminAskMaintenance: 'Maintenance',
    },
  },
);

/** What is known of the connection to a host. */
export const hostStatusMachine = machine(
  'hoststatus',
  {
    initial: ['Creating', 'Connecting'],
    transient: ['Creating', 'Connecting', 'Rebalancing'],
    final: ['Removed'],
  },
  {
    Creating: {
      AgentConnected: 'Connecting',
      Error: 'Error',
    },
    Connecting: {
      AgentConnected: 'Connecting',
      Ready: 'Up',
      PingTimeout: 'Alert',
      ShutdownRequested: 'Disconnected',
      HostDown: 'Down',
      Ping: 'Connecting',
      ManagementServerDown: 'Disconnected',
      StartAgentRebalance: 'Rebalancing',
      AgentDisconnected: 'Alert',
      Remove: 'Removed',
    },
    Up: {
      PingTimeout: 'Alert',
      AgentDisconnected: 'Alert',
      ShutdownRequested: 'Disconnected',
      HostDown: 'Down',
      Ping: 'Up',
      AgentConnected: 'Connecting',
      ManagementServerDown: 'Disconnected',
      StartAgentRebalance: 'Rebalancing',
      Remove: 'Removed',
    },
    Down: {
      ShutdownRequested: 'Disconnected',
      AgentConnected: 'Connecting',
      Remove: 'Removed',
      ManagementServerDown: 'Down',
      AgentDisconnected: 'Down',
      PingTimeout: 'Down',
      HostDown: 'Down',
    },
    Disconnected: {
      ShutdownRequested: 'Disconnected',
      PingTimeout: 'Alert',
      AgentConnected: 'Connecting',
      Ping: 'Up',
      HostDown: 'Down',
      ManagementServerDown: 'Disconnected',
      WaitedTooLong: 'Alert',
      Remove: 'Removed',
      AgentDisconnected: 'Disconnected',
    },
    Alert: {
      AgentConnected: 'Connecting',
      Ping: 'Up',
      Remove: 'Removed',
      ManagementServerDown: 'Alert',
      AgentDisconnected: 'Alert',
      ShutdownRequested: 'Disconnected',
      HostDown: 'Down',
    },
    Removed: {},
    Error: {
      AgentConnected: 'Connecting',
      Remove: 'Removed',
    },
    Rebalancing: {
      ShutdownRequested: 'Disconnected',
      RebalanceFailed: 'Disconnected',
      RebalanceCompleted: 'Connecting',
      ManagementServerDown: 'Disconnected',
      AgentConnected: 'Connecting',
      AgentDisconnected: 'Rebalancing',
      HostDown: 'Down',
    },
  },
);
