-- Instances that were expunged while their host did not answer: what the host still reports of them is found by the host.
create index vm_removed_but_reported on vm (power_host_id) where removed is not null and power_host_id is not null;
-- Found by the keeper that ends them, without a look at all instances that ever were.
create index vm_removed_but_running on vm (id) where removed is not null and power_state = 'Running' and power_host_id is not null;
create index vm_astray on vm (id) where removed is null and power_state = 'Running' and power_host_id is not null
  and (state in ('Stopped', 'Destroyed', 'Error') or (state = 'Running' and host_id is distinct from power_host_id));
