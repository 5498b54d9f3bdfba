-- Which schema changes that take something away (contracts) each living server knows: one is not applied while a server lives
-- that would not survive it. Servers from before this know none.
alter table worker add column contracts text[] not null default '{}';

-- The cloud was restored from a backup: until `settled` nothing on hosts is stopped or removed, and what runs there though the
-- backup says otherwise is believed.
create table restored (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(), backup_of timestamptz not null,
  begun timestamptz, settled timestamptz
);
