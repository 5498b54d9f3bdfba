-- What an offering promises of the root disk beyond its size, and bursts of its rates.
alter table service_offering
  add column disk_offering_id bigint references disk_offering,
  add column custom_iops boolean not null default false, add column min_iops bigint, add column max_iops bigint,
  -- by name on the wire: bytesReadRateMax, bytesReadRateMaxLength, …
  add column bursts jsonb not null default '{}', add column hypervisor_snapshot_reserve int;
alter table disk_offering add column bursts jsonb not null default '{}', add column hypervisor_snapshot_reserve int;
create index service_offering_live on service_offering (sort_key, id) where removed is null;
create index disk_offering_live on disk_offering (sort_key, id) where removed is null;
