-- Many servers: which run of which server holds the link of a host, and how servers and hosts reach a server.
create sequence server_run;
create sequence host_link_generation;

alter table management_server
  -- which start of this server it is; links of an earlier run are gone
  add column run bigint not null default 0,
  -- its row in `worker`: gone when it is dead or paused past its lease
  add column worker bigint,
  add column roles text[] not null default '{api,worker}',
  add column agent_addresses text[] not null default '{}',
  add column agent_port int,
  add column service_port int,
  -- takes over hosts that are linked elsewhere although their order of preference begins with it
  add column draws boolean not null default true,
  add column state_since timestamptz not null default now(),
  -- at the end of its time to prepare, jobs are handed on rather than the preparation given up
  add column forced boolean not null default false,
  -- hosts that were linked to it when it began to prepare
  add column last_agents uuid[] not null default '{}';

-- One row per host that was ever connected, by the guid in its certificate. The row is the truth: servers follow it.
create table host_link (
  guid uuid primary key,
  -- of the zone's host it is; null where no zone has it
  host_id bigint unique,
  -- null: not linked to any server
  server_id bigint references management_server on delete set null,
  run bigint not null,
  -- grows with every link of any host: of two servers that think they hold a host, the newer one does
  generation bigint not null,
  facts jsonb not null,
  since timestamptz not null default clock_timestamp(),
  -- the transaction that wrote it last: readers ask for what may have been committed since they looked
  changed xid8 not null default pg_current_xact_id()
);
create index host_link_changed on host_link (changed);
create index host_link_server on host_link (server_id) where server_id is not null;
