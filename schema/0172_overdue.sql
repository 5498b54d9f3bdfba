-- What is in a state that somebody works to leave, since when it was first seen there, and the alert that was raised when that
-- took too long. One writer: the keeper diagnostics.watch.
create table overdue (
  entity text not null, id bigint not null, state text not null,
  uuid uuid not null, name text not null, since timestamptz not null default now(), alert uuid,
  primary key (entity, id, state)
);
create index vm_changing on vm (id) where removed is null and state in ('Starting', 'Stopping', 'Migrating', 'Expunging', 'Restoring', 'BackingUp');
create index volume_changing on volume (id) where removed is null and state in ('Creating', 'Migrating', 'Snapshotting', 'RevertSnapshotting', 'Resizing', 'Expunging', 'UploadOp', 'Copying', 'UploadInProgress', 'Attaching', 'Restoring', 'Consolidating');
create index network_changing on network (id) where removed is null and state in ('Implementing', 'Shutdown');
