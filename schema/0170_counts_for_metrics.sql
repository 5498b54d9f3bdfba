-- What metrics and the doctor ask every few seconds is answered from an index alone, or from a list of what is not finished.
create index job_unfinished on job (created, id) where finished is null;
create index vm_counted_by_zone on vm (zone_id, state, account_id, cpus, memory_mib) where removed is null;
create index volume_counted_by_zone on volume (zone_id, state) where removed is null;
drop index vm_host;
create index vm_host on vm (host_id) include (cpus, state) where removed is null and host_id is not null;
-- Until when the certificate that the host last dialled in with is good.
alter table host add column certificate_expires timestamptz;
