-- What standing duties cost follows from what changed, not from how many hosts and guests there are.

-- How often the host says that it lives, as its server asked it to: how long it may be silent follows from it.
alter table host add column ping_every_s real not null default 5;

-- Guests a host reported last: compared with its next report.
create index vm_power_host on vm (power_host_id) where removed is null and power_host_id is not null;
-- Running by our word, off by their host's.
create index vm_off on vm (id) where removed is null and state = 'Running' and power_state in ('Stopped', 'Missing');
