-- A region at rest looks at what is not as it should be, not at everything.

-- Running by the host's word where our word is another: nearly always none (cloud/vm/power.store.ts).
create index vm_elsewhere on vm (id) where removed is null and power_state = 'Running' and power_host_id is not null
  and (state in ('Stopped', 'Destroyed', 'Error') or (state = 'Running' and host_id is distinct from power_host_id));
