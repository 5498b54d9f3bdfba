-- The machine under the cloud: workers, jobs and their steps, lanes, keepers, settings, events, changes.

-- A server process that runs jobs. It is alive while it holds an advisory lock on its id and its beat is fresh.
create table worker (
  id bigint generated always as identity primary key,
  name text not null,
  version int not null,
  beat timestamptz not null default clock_timestamp(),
  started timestamptz not null default clock_timestamp()
);

create table job (
  id bigint generated always as identity primary key,
  uuid uuid not null unique default gen_random_uuid(),
  kind text not null,
  version int not null default 1,
  input jsonb not null,
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  undoing boolean not null default false,
  -- in how many of its lanes an earlier job is not finished; 0 may be claimed
  blocked int not null default 0,
  run_at timestamptz not null default now(),
  owner bigint,
  epoch int not null default 0,
  attempts int not null default 0,
  cancel boolean not null default false,
  -- what is being done right now, for people; not the journal
  doing text, percent int not null default 0, doing_since timestamptz,
  result jsonb, error jsonb,
  -- who asked for what
  command text, user_id bigint, account_id bigint, domain_id bigint, resource_type text, resource_uuid uuid,
  start_event bigint, trace text,
  created timestamptz not null default now(), started timestamptz, finished timestamptz, removed timestamptz
) with (fillfactor = 60);
create index job_ready on job (run_at, id) where state = 'queued' and blocked = 0;
create index job_running on job (owner) where state = 'running';
create index job_account on job (account_id, id);
create index job_resource on job (resource_uuid, id);
create index job_finished on job (finished) where finished is not null;

-- One row per finished step, keyed by its name: what it returned, and whether it was undone.
create table job_step (
  job_id bigint not null references job on delete cascade,
  name text not null,
  out jsonb,
  undone boolean not null default false,
  started timestamptz not null, ended timestamptz not null default clock_timestamp(),
  primary key (job_id, name)
);

-- Lanes: jobs of one lane run one at a time, in order. `waiting` counts the unfinished ones.
create table lane (key text primary key, waiting int not null);
create sequence lane_place;
create table job_lane (
  key text not null, place bigint not null default nextval('lane_place'), job_id bigint not null references job on delete cascade,
  primary key (key, place)
);
create index job_lane_job on job_lane (job_id);

-- A standing duty runs on one server at a time, at its time or when poked.
create table keeper (
  name text primary key,
  next timestamptz not null default now(),
  owner bigint, epoch int not null default 0, until timestamptz,
  last_start timestamptz, last_end timestamptz, last_error text, runs bigint not null default 0
);

create table setting (
  name text not null,
  scope text not null default 'global',
  scope_id bigint not null default 0,
  value text,
  updated timestamptz not null default now(),
  primary key (name, scope, scope_id)
);

create table event (
  id bigint generated always as identity primary key,
  uuid uuid not null unique default gen_random_uuid(),
  type text not null, state text not null, level text not null default 'INFO', description text not null,
  user_id bigint not null, account_id bigint not null, domain_id bigint not null,
  start_id bigint, resource_type text, resource_uuid uuid, resource_name text,
  created timestamptz not null default clock_timestamp(), archived boolean not null default false, display boolean not null default true
);
create index event_account on event (account_id, id);
create index event_resource on event (resource_uuid, id);
create index event_created on event (created);

create table alert (
  id bigint generated always as identity primary key,
  uuid uuid not null unique default gen_random_uuid(),
  type int not null, name text not null, subject text not null, content text,
  zone_id bigint, pod_id bigint, cluster_id bigint, sent_count int not null default 1,
  created timestamptz not null default now(), last_sent timestamptz not null default now(), resolved timestamptz, archived boolean not null default false
);

-- What changed, for those who watch: a row in the transaction that changed it, kept for minutes.
create table change (
  id bigint generated always as identity primary key,
  entity text not null, uuid uuid not null, account_id bigint, domain_id bigint,
  at timestamptz not null default clock_timestamp()
);
create index change_at on change (at);

-- What a new cloud makes for itself once: its own certificate authority, keys, identifiers. Values are sealed where secret.
create table cloud_identity (name text primary key, value text not null, created timestamptz not null default now());
