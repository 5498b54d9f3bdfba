-- When that was received which a host last told of its guests, once it is in their rows; greater than an instance's power_at where
-- the host has said so again since.
alter table host add column told timestamptz;
