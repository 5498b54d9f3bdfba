-- What a server tells of itself with every beat, and from where a console was asked for and opened.
alter table management_server
  add column facts jsonb not null default '{}',
  add column stopped timestamptz;
alter table one_time_token add column creator_address text, add column client_address text;
create index one_time_token_account on one_time_token (account_id, created);
create index event_start on event (start_id) where start_id is not null;
