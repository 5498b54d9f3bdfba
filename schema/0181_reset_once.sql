-- The job that asked last for a reset: one that lost its reply does not ask twice.
alter table out_of_band add column reset_job uuid;
