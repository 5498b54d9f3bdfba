-- Host HA: what an operator configured for a host, and the way of a lost host through its states (api/states/host-ha.ts).
-- A host that is heard has no row in host_fence: its state follows from what is configured.
create table host_ha (
  host_id bigint primary key references host,
  provider text not null,
  enabled boolean not null default false,
  created timestamptz not null default now()
);
alter table host_fence drop constraint host_fence_state_check;
alter table host_fence add constraint host_fence_state_check
  check (state in ('Suspect', 'Checking', 'Degraded', 'Recovering', 'Recovered', 'Fencing', 'Fenced')) not valid;
alter table host_fence validate constraint host_fence_state_check;
alter table host_fence
  -- what was found when the host was looked for last, in words
  add column evidence text,
  -- its power was taken this often so that it starts anew, and since when it is certain that it had none
  add column recoveries int not null default 0, add column off_at timestamptz,
  -- when its controller was asked in vain last
  add column deaf_at timestamptz;
