-- When a step was undone, and why an undo was given up: a job's walk is told in full, also after its end.
alter table job_step
  add column undo_started timestamptz, add column undo_ended timestamptz, add column undo_error text;
create index job_step_given_up on job_step (job_id) where undo_error is not null;
