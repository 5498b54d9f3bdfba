-- What instances use, as their hosts measured it: the last interval and the counters since the guest's process started, and how
-- it was before. Unlogged: a minute after a crash of the database it is there again, and it is written for every running
-- instance every interval. One writer: the server that the host is linked to.
create unlogged table vm_usage (
  vm_id bigint primary key, at timestamptz not null, seconds real not null, cpu_percent real not null, memory_kib bigint not null,
  network_read bigint not null, network_write bigint not null, disk_read bigint not null, disk_write bigint not null,
  disk_reads bigint not null, disk_writes bigint not null,
  network_read_total bigint not null, network_write_total bigint not null, disk_read_total bigint not null, disk_write_total bigint not null,
  disk_reads_total bigint not null, disk_writes_total bigint not null
) with (fillfactor = 70);
create unlogged table vm_usage_past (
  vm_id bigint not null, at timestamptz not null, cpu_percent real not null, memory_kib bigint not null,
  network_read bigint not null, network_write bigint not null, disk_read bigint not null, disk_write bigint not null,
  disk_reads bigint not null, disk_writes bigint not null,
  primary key (vm_id, at)
);
create index vm_usage_past_at on vm_usage_past using brin (at);
