-- Where guests live: regions, zones, pods, clusters, hosts, storage, physical networks, addresses.

create table region (id int primary key, name text not null, endpoint text not null);

create table zone (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  name text not null, network_type text not null default 'Advanced', dns1 text not null, dns2 text, internal_dns1 text not null, internal_dns2 text,
  ip6_dns1 text, ip6_dns2 text, guest_cidr text, network_domain text, domain_id bigint references domain,
  allocation_state text not null default 'Disabled', type text not null default 'Core', local_storage boolean not null default false,
  security_groups boolean not null default false, dhcp_provider text not null default 'VirtualRouter', details jsonb not null default '{}',
  sort_key int not null default 0, created timestamptz not null default now(), removed timestamptz
);
create unique index zone_name on zone (lower(name)) where removed is null;

create table pod (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  zone_id bigint not null references zone, name text not null, gateway text not null, cidr cidr not null,
  allocation_state text not null default 'Enabled', created timestamptz not null default now(), removed timestamptz
);
create unique index pod_name on pod (zone_id, lower(name)) where removed is null;
create table pod_ip_range (
  id bigint generated always as identity primary key, pod_id bigint not null references pod, start_ip inet not null, end_ip inet not null,
  vlan text not null default 'untagged', for_system_vms boolean not null default false
);

create table cluster (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  zone_id bigint not null references zone, pod_id bigint not null references pod, name text not null, hypervisor text not null,
  cluster_type text not null default 'CloudManaged', allocation_state text not null default 'Enabled', managed_state text not null default 'Managed',
  arch text not null default 'x86_64', cpu_overcommit double precision not null default 1, memory_overcommit double precision not null default 1,
  created timestamptz not null default now(), removed timestamptz
);
create unique index cluster_name on cluster (pod_id, lower(name)) where removed is null;

create table host (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  zone_id bigint not null references zone, pod_id bigint references pod, cluster_id bigint references cluster,
  name text not null, type text not null default 'Routing', hypervisor text not null, guid uuid not null,
  private_ip text not null, underlay_ip text, url text,
  -- one writer each: status is the link's, resource_state the operator's
  status text not null default 'Connecting', resource_state text not null default 'Enabled',
  cpus int not null default 0, cpu_sockets int not null default 0, cpu_mhz int not null default 0, memory_mib int not null default 0, arch text,
  -- what placed guests hold, in what is sold (MHz, MiB)
  cpu_reserved_mhz bigint not null default 0, memory_reserved_mib bigint not null default 0,
  cpu_used_percent double precision, memory_used_mib bigint,
  tags text[] not null default '{}', version text, hypervisor_version text, details jsonb not null default '{}', bridges text[] not null default '{}',
  last_ping timestamptz, disconnected timestamptz, link_worker bigint, ping_sequence bigint not null default 0,
  row_version bigint not null default 1, created timestamptz not null default now(), removed timestamptz
);
create unique index host_guid on host (guid) where removed is null;
create unique index host_name on host (zone_id, lower(name)) where removed is null;
create index host_cluster on host (cluster_id) where removed is null;

create table storage_pool (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  zone_id bigint not null references zone, pod_id bigint references pod, cluster_id bigint references cluster, host_id bigint references host,
  name text not null, type text not null, scope text not null, provider text not null default 'DefaultPrimary', hypervisor text,
  path text not null, address text not null default 'localhost', state text not null default 'Up',
  total_bytes bigint not null default 0, used_bytes bigint not null default 0, allocated_bytes bigint not null default 0, capacity_iops bigint,
  tags text[] not null default '{}', details jsonb not null default '{}', created timestamptz not null default now(), removed timestamptz
);
create index storage_pool_zone on storage_pool (zone_id) where removed is null;

create table image_store (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  zone_id bigint references zone, name text not null, url text not null, path text not null, provider text not null, protocol text not null,
  scope text not null default 'ZONE', readonly boolean not null default false, total_bytes bigint not null default 0, used_bytes bigint not null default 0,
  details jsonb not null default '{}', created timestamptz not null default now(), removed timestamptz
);

create table physical_network (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  zone_id bigint not null references zone, name text not null, state text not null default 'Disabled', vlan text,
  isolation_methods text[] not null default '{}', broadcast_domain_range text not null default 'ZONE', speed text, tags text[] not null default '{}',
  domain_id bigint references domain, created timestamptz not null default now(), removed timestamptz
);
create unique index physical_network_name on physical_network (zone_id, lower(name)) where removed is null;
-- The network identifiers (VNI) of a physical network, one row each; taken ones name their network.
create table vni (
  physical_network_id bigint not null references physical_network, vni int not null, network_id bigint, taken timestamptz,
  primary key (physical_network_id, vni)
);
create index vni_free on vni (physical_network_id, vni) where network_id is null;
create table traffic_type (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  physical_network_id bigint not null references physical_network, type text not null, kvm_label text, labels jsonb not null default '{}', vlan text,
  created timestamptz not null default now()
);
create unique index traffic_type_one on traffic_type (physical_network_id, type);
create table provider (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  physical_network_id bigint not null references physical_network, name text not null, state text not null default 'Disabled',
  services text[] not null default '{}', destination_physical_network_id bigint, created timestamptz not null default now(), removed timestamptz
);
create unique index provider_name on provider (physical_network_id, name) where removed is null;

create table vlan_range (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  zone_id bigint not null references zone, physical_network_id bigint references physical_network, pod_id bigint references pod, network_id bigint,
  vlan text not null default 'untagged', gateway inet not null, netmask text not null, cidr cidr not null, start_ip inet not null, end_ip inet not null,
  for_virtual_network boolean not null default true, for_system_vms boolean not null default false, account_id bigint, domain_id bigint,
  created timestamptz not null default now(), removed timestamptz
);
create table public_ip (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  zone_id bigint not null references zone, vlan_range_id bigint not null references vlan_range, address inet not null, mac text not null,
  state text not null default 'Free', account_id bigint, domain_id bigint, network_id bigint, vpc_id bigint,
  source_nat boolean not null default false, static_nat_vm_id bigint, static_nat_nic_id bigint, system boolean not null default false,
  display boolean not null default true, allocated timestamptz, reserved boolean not null default false, row_version bigint not null default 1
);
create unique index public_ip_address on public_ip (zone_id, address);
create index public_ip_free on public_ip (zone_id, id) where state = 'Free';
create index public_ip_network on public_ip (network_id) where state <> 'Free';
create index public_ip_account on public_ip (account_id) where state <> 'Free';
