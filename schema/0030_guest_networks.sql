-- What guest networks need beyond their row: what was put on which host, and what is being taken away.
alter table network
  -- raised with every change of the hosts that have the network; a host refuses an older one
  add column peers_generation bigint not null default 0,
  -- set once it is being deleted: nothing new may join it
  add column deleting timestamptz;

-- Which host has which network, and the other hosts it was told of. The row is there before the host is asked, and gone only after
-- the host let go: while there is one, the identifier is not given to another network.
create table host_network (
  host_id bigint not null references host, network_id bigint not null references network, vni int not null,
  -- what the host has; -1 and null: nothing yet
  generation bigint not null default -1, peers text[],
  removing timestamptz, created timestamptz not null default now(),
  primary key (host_id, network_id)
);
create index host_network_network on host_network (network_id);

-- The firewall rule that came with a port forwarding rule goes with it.
alter table network_rule add column related_id bigint references network_rule;
create index network_rule_related on network_rule (related_id) where removed is null and related_id is not null;
-- Which address of the card static NAT leads to.
alter table public_ip add column static_nat_ip inet;
-- The password (by its id) the guest has taken; it is not offered again.
alter table vm add column password_taken text;
create index nic_vm on nic (vm_id) where removed is null;
