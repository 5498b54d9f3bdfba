-- What clusters and hosts are told beyond their columns.
alter table cluster add column details jsonb not null default '{}';
create index cluster_pod on cluster (pod_id) where removed is null;
create index host_zone on host (zone_id) where removed is null;
create index host_live on host (status) where removed is null and status <> 'Up';
alter table host add column os_category_id bigint references guest_os_category, add column tag_is_rule boolean not null default false, add column accelerator text;
-- What each version of a hypervisor can do, for people and for limits.
create table hypervisor_capability (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  hypervisor text not null, version text not null, max_guests int, max_data_volumes int, max_hosts_per_cluster int,
  security_group boolean not null default false, storage_motion boolean not null default false, vm_snapshot boolean not null default false,
  unique (hypervisor, version)
);
