-- What an instance's answer and a deploy look for is found by index, however much there is of it.
create index public_ip_static_nat on public_ip (static_nat_nic_id) where static_nat_nic_id is not null;
create index nic_secondary_ip_nic on nic_secondary_ip (nic_id);
create index job_unfinished_of on job (resource_uuid, id) where finished is null and resource_uuid is not null;
create index vm_name on vm (lower(name)) where removed is null;
