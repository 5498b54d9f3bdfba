// State machines of instances and their network cards. Names of states and events are CloudStack's: clients show and wait for them.
// Where CloudStack has a dead end, or states without a table, what is ours is said above the machine.
import { machine } from '../machine.ts';

/** Instances, routers and system VMs. Ours: `Expunged`, in which a row only waits to be seen removed; the ways out of the two error states. */
export const virtualMachineMachine = machine(
  'virtualmachine',
  {
    initial: 'Stopped',
    transient: ['Starting', 'Stopping', 'Migrating', 'Expunging', 'Restoring', 'BackingUp'],
    final: ['Expunged'],
  },
  {
    Starting: {
      OperationRetry: 'Starting',
      OperationSucceeded: ['Running', 'usage'],
      OperationFailed: 'Stopped',
      AgentReportRunning: ['Running', 'usage'],
      AgentReportStopped: 'Stopped',
      AgentReportShutdowned: 'Stopped',
      FollowAgentPowerOnReport: ['Running', 'usage'],
      FollowAgentPowerOffReport: 'Stopped',
    },
    Running: {
      MigrationRequested: 'Migrating',
      AgentReportRunning: 'Running',
      AgentReportStopped: ['Stopped', 'usage'],
      StopRequested: 'Stopping',
      AgentReportShutdowned: ['Stopped', 'usage'],
      AgentReportMigrated: 'Running',
      OperationSucceeded: 'Running',
      BackupRequested: 'BackingUp',
      FollowAgentPowerOnReport: 'Running',
      FollowAgentPowerOffReport: ['Stopped', 'usage'],
    },
    Stopping: {
      OperationSucceeded: ['Stopped', 'usage'],
      OperationFailed: 'Running',
      AgentReportRunning: 'Running',
      AgentReportStopped: ['Stopped', 'usage'],
      StopRequested: 'Stopping',
      AgentReportShutdowned: ['Stopped', 'usage'],
      FollowAgentPowerOnReport: 'Running',
      FollowAgentPowerOffReport: ['Stopped', 'usage'],
    },
    Stopped: {
      StartRequested: 'Starting',
      DestroyRequested: ['Destroyed', 'usage'],
      StopRequested: 'Stopped',
      AgentReportStopped: 'Stopped',
      OperationFailedToError: ['Error', 'usage'],
      OperationFailed: 'Stopped',
      ExpungeOperation: ['Expunging', 'usage'],
      AgentReportShutdowned: 'Stopped',
      StorageMigrationRequested: 'Migrating',
      RestoringRequested: 'Restoring',
      BackupRequested: 'BackingUp',
      FollowAgentPowerOnReport: ['Running', 'usage'],
      FollowAgentPowerOffReport: 'Stopped',
    },
    Destroyed: {
      RecoveryRequested: ['Stopped', 'usage'],
      ExpungeOperation: 'Expunging',
      RestoringRequested: 'Restoring',
    },
    Expunging: {
      OperationFailed: 'Expunging',
      OperationFailedToError: 'Error',
      ExpungeOperation: 'Expunging',
      OperationSucceeded: 'Expunged',
    },
    Migrating: {
      MigrationRequested: 'Migrating',
      OperationSucceeded: 'Running',
      OperationFailed: 'Running',
      AgentReportRunning: 'Running',
      AgentReportStopped: 'Stopped',
      AgentReportShutdowned: 'Stopped',
      FollowAgentPowerOnReport: 'Running',
      FollowAgentPowerOffReport: 'Stopped',
    },
    Error: {
      DestroyRequested: 'Expunging',
      ExpungeOperation: 'Expunging',
    },
    Restoring: {
      RestoringSuccess: 'Stopped',
      RestoringFailed: 'Stopped',
      OperationFailedToError: 'RestoreError',
    },
    BackingUp: {
      BackupSucceededRunning: 'Running',
      BackupSucceededStopped: 'Stopped',
      OperationFailedToError: 'BackupError',
      OperationFailedToRunning: 'Running',
      OperationFailedToStopped: 'Stopped',
    },
    BackupError: {
      DestroyRequested: 'Destroyed',
      ExpungeOperation: 'Expunging',
      FinalizedBackupChain: 'Stopped',
    },
    RestoreError: {
      RestoringFailed: 'RestoreError',
      DestroyRequested: 'Expunging',
      ExpungeOperation: 'Expunging',
      RestoringRequested: 'Restoring',
    },
    Expunged: {
      ExpungeOperation: 'Expunged',
    },
  },
);

/** Network cards. */
export const nicMachine = machine(
  'nic',
  {
    initial: 'Allocated',
    transient: ['Reserving', 'Releasing'],
  },
  {
    Allocated: {
      ReservationRequested: 'Reserving',
    },
    Reserving: {
      CancelRequested: 'Allocated',
      OperationCompleted: 'Reserved',
      OperationFailed: 'Allocated',
    },
    Reserved: {
      ReleaseRequested: 'Releasing',
    },
    Releasing: {
      OperationCompleted: 'Allocated',
      OperationFailed: 'Reserved',
    },
  },
);
