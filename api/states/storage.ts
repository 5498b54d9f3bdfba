// State machines of volumes, storage pools, images and templates. Names of states and events are CloudStack's: clients show and wait for them.
// Where CloudStack has a dead end, or states without a table, what is ours is said above the machine.
import { machine } from '../machine.ts';

/** Volumes. `Destroy` is the recoverable waste basket, `Expunged` the end. */
export const volumeMachine = machine(
  'volume',
  {
    initial: ['Allocated', 'NotUploaded'],
    transient: [
      'Creating',
      'Migrating',
      'Snapshotting',
      'RevertSnapshotting',
      'Resizing',
      'Expunging',
      'UploadOp',
      'Copying',
      'UploadInProgress',
      'Attaching',
      'Restoring',
      'Consolidating',
    ],
  },
  {
    Allocated: {
      CreateRequested: 'Creating',
      DestroyRequested: 'Destroy',
      OperationFailed: 'Allocated',
      OperationSucceeded: 'Allocated',
      UploadRequested: 'UploadOp',
      MigrationCopyRequested: 'Creating',
    },
    Creating: {
      OperationRetry: 'Creating',
      OperationFailed: 'Allocated',
      OperationSucceeded: 'Ready',
      DestroyRequested: 'Destroy',
      CreateRequested: 'Creating',
      MigrationCopyFailed: 'Allocated',
      MigrationCopySucceeded: ['Ready', 'usage'],
    },
    Ready: {
      CreateRequested: 'Creating',
      ResizeRequested: 'Resizing',
      OperationSucceeded: 'Ready',
      OperationFailed: 'Ready',
      DestroyRequested: 'Destroy',
      SnapshotRequested: 'Snapshotting',
      RevertSnapshotRequested: 'RevertSnapshotting',
      MigrationRequested: 'Migrating',
      AttachRequested: 'Attaching',
      RestoreRequested: 'Restoring',
      ConsolidationRequested: 'Consolidating',
    },
    Migrating: {
      OperationSucceeded: 'Ready',
      OperationFailed: 'Ready',
    },
    Snapshotting: {
      OperationSucceeded: 'Ready',
      OperationFailed: 'Ready',
    },
    RevertSnapshotting: {
      OperationSucceeded: 'Ready',
      OperationFailed: 'Ready',
    },
    Resizing: {
      OperationSucceeded: ['Ready', 'usage'],
      OperationFailed: 'Ready',
    },
    Expunging: {
      ExpungingRequested: 'Expunging',
      OperationSucceeded: 'Expunged',
      OperationFailed: 'Destroy',
    },
    Expunged: {
      ExpungingRequested: 'Expunged',
      OperationSucceeded: 'Expunged',
      OperationFailed: 'Expunged',
      RestoreRequested: 'Restoring',
    },
    Destroy: {
      ExpungingRequested: 'Expunging',
      OperationSucceeded: ['Destroy', 'usage'],
      OperationFailed: ['Destroy', 'usage'],
      RecoverRequested: 'Ready',
      RestoreRequested: 'Restoring',
    },
    UploadOp: {
      DestroyRequested: 'Destroy',
      OperationSucceeded: 'Uploaded',
      OperationFailed: 'Allocated',
    },
    Copying: {
      OperationSucceeded: ['Ready', 'usage'],
      OperationFailed: 'Uploaded',
    },
    Uploaded: {
      CopyRequested: 'Copying',
      DestroyRequested: 'Destroy',
    },
    NotUploaded: {
      OperationTimeout: 'UploadAbandoned',
      UploadRequested: 'UploadInProgress',
      OperationSucceeded: 'Uploaded',
      OperationFailed: 'UploadError',
    },
    UploadInProgress: {
      OperationSucceeded: 'Uploaded',
      OperationFailed: 'UploadError',
      OperationTimeout: 'UploadError',
    },
    UploadError: {
      DestroyRequested: 'Destroy',
    },
    UploadAbandoned: {
      DestroyRequested: 'Destroy',
    },
    Attaching: {
      OperationSucceeded: 'Ready',
      OperationFailed: 'Ready',
    },
    Restoring: {
      RestoreSucceeded: 'Ready',
      RestoreFailed: 'Ready',
    },
    Consolidating: {
      OperationSucceeded: 'Ready',
      OperationFailed: 'RestoreError',
    },
    RestoreError: {
      RestoreFailed: 'RestoreError',
      DestroyRequested: 'Destroy',
    },
  },
);

/** Primary storage. CloudStack has the states without a table. */
export const storagePoolMachine = machine(
  'storagepool',
  {
    initial: 'Initial',
    transient: ['Attaching', 'PrepareForMaintenance', 'CancelMaintenance'],
    final: ['Removed'],
  },
  {
    Initial: {
      AttachRequested: 'Attaching',
      Remove: 'Removed',
    },
    Attaching: {
      OperationSucceeded: 'Up',
      OperationFailed: 'Initial',
    },
    Up: {
      MaintenanceRequested: 'PrepareForMaintenance',
      Disable: 'Disabled',
      Remove: 'Removed',
    },
    PrepareForMaintenance: {
      OperationSucceeded: 'Maintenance',
      OperationFailed: 'ErrorInMaintenance',
      CancelRequested: 'CancelMaintenance',
    },
    ErrorInMaintenance: {
      MaintenanceRequested: 'PrepareForMaintenance',
      CancelRequested: 'CancelMaintenance',
    },
    Maintenance: {
      CancelRequested: 'CancelMaintenance',
      Remove: 'Removed',
    },
    CancelMaintenance: {
      OperationSucceeded: 'Up',
      OperationFailed: 'ErrorInMaintenance',
    },
    Disabled: {
      Enable: 'Up',
      Remove: 'Removed',
    },
    Removed: {},
  },
);

/** One image or volume on one store: a template on secondary storage, its copy on a pool. Ours: what could not be destroyed is `Failed` and can be tried again. */
export const imageObjectMachine = machine(
  'imageobject',
  {
    initial: 'Allocated',
    transient: ['Creating', 'Copying', 'Migrating', 'Destroying'],
    final: ['Destroyed'],
  },
  {
    Allocated: {
      CreateOnlyRequested: 'Creating',
      DestroyRequested: 'Destroying',
      OperationFailed: 'Failed',
      OperationSucceeded: 'Ready',
      MigrateDataRequested: 'Migrating',
    },
    Copying: {
      OperationSucceeded: 'Ready',
      OperationFailed: 'Ready',
    },
    Creating: {
      OperationFailed: 'Allocated',
      OperationSucceeded: 'Ready',
    },
    Destroyed: {
      DestroyRequested: 'Destroyed',
      OperationSucceeded: 'Destroyed',
      OperationFailed: 'Destroyed',
    },
    Destroying: {
      DestroyRequested: 'Destroying',
      OperationSucceeded: 'Destroyed',
      OperationFailed: 'Failed',
    },
    Failed: {
      DestroyRequested: 'Destroying',
    },
    Migrating: {
      MigrationFailed: 'Failed',
      MigrationSucceeded: 'Destroyed',
      OperationSucceeded: 'Ready',
      OperationFailed: 'Ready',
    },
    Ready: {
      CopyingRequested: 'Copying',
      DestroyRequested: 'Destroying',
      OperationSucceeded: 'Ready',
      MigrateDataRequested: 'Migrating',
      CopyRequested: 'Copying',
    },
  },
);

/** Templates and ISOs as wholes; where their images are is `imageObjectMachine`. Ours: the event that takes one out of use. */
export const templateMachine = machine(
  'template',
  {
    initial: ['Active', 'NotUploaded'],
    transient: ['UploadInProgress'],
    final: ['Inactive'],
  },
  {
    Active: {
      DestroyRequested: 'Inactive',
    },
    Inactive: {},
    NotUploaded: {
      OperationTimeout: 'UploadAbandoned',
      UploadRequested: 'UploadInProgress',
      OperationSucceeded: 'Active',
      OperationFailed: 'UploadError',
      DestroyRequested: 'Inactive',
    },
    UploadInProgress: {
      OperationSucceeded: 'Active',
      OperationFailed: 'UploadError',
      OperationTimeout: 'UploadError',
    },
    UploadError: {
      DestroyRequested: 'Inactive',
    },
    UploadAbandoned: {
      DestroyRequested: 'Inactive',
    },
  },
);
