-- The servers of the cloud, for people: who they are and when they were last heard. Jobs follow `worker`, not this.
create table management_server (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  name text not null unique, address text not null, version text not null, state text not null default 'Up',
  agents int not null default 0, started timestamptz not null default now(), seen timestamptz not null default now()
);
alter table region add column uuid uuid not null default gen_random_uuid();
alter table region add column removed timestamptz;
