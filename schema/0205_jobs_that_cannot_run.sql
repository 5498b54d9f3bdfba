-- Runs of a job one after the other that ended without a step forward and without an outcome: its server died, or could not go on.
alter table job add column broken int not null default 0;
-- The kinds of jobs that a worker knows, each with the newest version it can run; null: it does not say.
alter table worker add column kinds jsonb;
