-- Hosts that are not heard of, and what is done to be certain that nothing runs on them. One writer: the keeper hosts.ha.
create table host_fence (
  host_id bigint primary key references host,
  -- what is laid for the host on the pools its instances use
  pill uuid not null default gen_random_uuid(), pool_ids bigint[] not null default '{}',
  state text not null default 'Suspect' check (state in ('Suspect', 'Degraded', 'Fencing', 'Fenced')),
  since timestamptz not null default clock_timestamp(), asked timestamptz
);
-- Since when an instance is to be started anew, because its host was lost.
alter table vm add column ha_wanted timestamptz;
create index vm_ha_wanted on vm (id) where ha_wanted is not null;
