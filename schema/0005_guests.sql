-- Guests, their networks, cards and disks. `row_version` grows with everything that a guest's answer shows, so that a
-- cached answer can be told from a stale one.

create table network (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  account_id bigint not null references account, domain_id bigint not null references domain, zone_id bigint not null references zone,
  physical_network_id bigint references physical_network, offering_id bigint not null references network_offering,
  name text not null, display_text text not null, traffic_type text not null default 'Guest', guest_type text not null, state text not null default 'Allocated',
  cidr cidr, gateway inet, vni int, vlan text, network_domain text, dns1 text, dns2 text, acl_type text not null default 'Account', subdomain_access boolean,
  mtu int not null default 1450, egress_allow boolean not null default true, is_system boolean not null default false, display boolean not null default true,
  restart_required boolean not null default false,
  -- desired state of the network's router: raised by every change, sent as a whole
  generation bigint not null default 0, empty_since timestamptz, details jsonb not null default '{}',
  row_version bigint not null default 1, created timestamptz not null default now(), removed timestamptz
);
create index network_account on network (account_id) where removed is null;
create index network_empty on network (empty_since) where removed is null and state = 'Implemented';

create table router (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  account_id bigint not null references account, domain_id bigint not null references domain, zone_id bigint not null references zone, pod_id bigint,
  network_id bigint not null references network, host_id bigint references host, name text not null, state text not null default 'Starting',
  guest_mac text not null, redundant boolean not null default false, role text not null default 'VIRTUAL_ROUTER', version text,
  applied_generation bigint not null default -1, last_error text, repaired_count int not null default 0,
  created timestamptz not null default now(), removed timestamptz
);
create unique index router_network on router (network_id) where removed is null;
create index router_host on router (host_id) where removed is null;

create table vm (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  account_id bigint not null references account, domain_id bigint not null references domain, user_id bigint,
  zone_id bigint not null references zone, host_id bigint references host, last_host_id bigint,
  name text not null, display_name text not null, instance_name text not null,
  service_offering_id bigint not null references service_offering, template_id bigint references template, iso_id bigint references template, guest_os_id bigint,
  hypervisor text not null, state text not null default 'Stopped', cpus int not null, cpu_mhz int not null, memory_mib int not null,
  -- one writer: the agent's report
  power_state text, power_host_id bigint, power_sequence bigint, power_at timestamptz, power_strange_since timestamptz,
  user_data text, user_data_id bigint, user_data_details jsonb, key_pairs text[] not null default '{}', group_id bigint,
  -- sealed
  password text, password_id text, console_password text,
  ha_enabled boolean not null default false, display boolean not null default true, dynamic_scaling boolean not null default false, delete_protection boolean not null default false,
  details jsonb not null default '{}', placement jsonb, affinity_group_ids bigint[] not null default '{}',
  row_version bigint not null default 1, created timestamptz not null default now(), updated timestamptz not null default now(), destroyed timestamptz, removed timestamptz
);
create index vm_account on vm (account_id, id) where removed is null;
create index vm_host on vm (host_id) where removed is null and host_id is not null;
create index vm_state on vm (state, id) where removed is null;
create unique index vm_instance_name on vm (instance_name);
create index vm_live on vm (id) where removed is null;

create table nic (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  vm_id bigint not null references vm, network_id bigint not null references network, device_id int not null, mac text not null, ip inet,
  is_default boolean not null default false, created timestamptz not null default now(), removed timestamptz
);
create unique index nic_address on nic (network_id, ip) where removed is null;
create unique index nic_mac on nic (mac) where removed is null;
create unique index nic_device on nic (vm_id, device_id) where removed is null;
create index nic_network on nic (network_id) where removed is null;
create table nic_secondary_ip (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  nic_id bigint not null references nic, network_id bigint not null references network, vm_id bigint not null, ip inet not null,
  account_id bigint not null, domain_id bigint not null, created timestamptz not null default now()
);
create unique index nic_secondary_ip_address on nic_secondary_ip (network_id, ip);

create table volume (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  account_id bigint not null references account, domain_id bigint not null references domain, zone_id bigint not null references zone,
  pool_id bigint references storage_pool, vm_id bigint references vm, device_id int, name text not null, type text not null,
  size_bytes bigint not null, allocated_bytes bigint, state text not null default 'Allocated', format text not null default 'QCOW2',
  disk_offering_id bigint references disk_offering, template_id bigint references template, min_iops bigint, max_iops bigint,
  provisioning_type text not null default 'thin', display boolean not null default true, delete_protection boolean not null default false,
  details jsonb not null default '{}', row_version bigint not null default 1,
  created timestamptz not null default now(), attached timestamptz, destroyed timestamptz, removed timestamptz
);
create index volume_account on volume (account_id, id) where removed is null;
create index volume_vm on volume (vm_id) where removed is null and vm_id is not null;
create index volume_pool on volume (pool_id) where removed is null;
create unique index volume_device on volume (vm_id, device_id) where removed is null and vm_id is not null and device_id is not null;

-- Firewall, egress and port forwarding rules; static NAT stands on the address itself.
create table network_rule (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  account_id bigint not null references account, domain_id bigint not null references domain, network_id bigint not null references network,
  purpose text not null check (purpose in ('Firewall', 'Egress', 'PortForwarding')), public_ip_id bigint references public_ip,
  protocol text not null, start_port int, end_port int, icmp_type int, icmp_code int,
  source_cidrs text[] not null default '{}', destination_cidrs text[] not null default '{}',
  vm_id bigint references vm, nic_id bigint references nic, guest_ip inet, private_start_port int, private_end_port int,
  state text not null default 'Add', display boolean not null default true, created timestamptz not null default now(), removed timestamptz
);
create index network_rule_network on network_rule (network_id) where removed is null;
create index network_rule_address on network_rule (public_ip_id) where removed is null;
create index network_rule_vm on network_rule (vm_id) where removed is null and vm_id is not null;

-- How many live guests an account has in each state: the count of a list without counting.
create table vm_counter (account_id bigint not null, state text not null, domain_id bigint not null, n bigint not null, primary key (account_id, state));

create function bump_row_version() returns trigger language plpgsql as $$ begin new.row_version := old.row_version + 1; return new; end $$;
create trigger vm_version before update on vm for each row execute function bump_row_version();
create trigger volume_version before update on volume for each row execute function bump_row_version();
create trigger network_version before update on network for each row execute function bump_row_version();
create trigger template_version before update on template for each row execute function bump_row_version();
create trigger public_ip_version before update on public_ip for each row execute function bump_row_version();

create function touch_vm() returns trigger language plpgsql as $$ begin
  if tg_op <> 'INSERT' and old.vm_id is not null then update vm set updated = updated where id = old.vm_id; end if;
  if tg_op <> 'DELETE' and new.vm_id is not null and (tg_op = 'INSERT' or new.vm_id is distinct from old.vm_id) then update vm set updated = updated where id = new.vm_id; end if;
  return null; end $$;
create trigger nic_touches_vm after insert or update or delete on nic for each row execute function touch_vm();
create trigger volume_touches_vm after insert or update or delete on volume for each row execute function touch_vm();
create function touch_tagged_vm() returns trigger language plpgsql as $$ begin
  update vm set updated = updated where uuid = coalesce(new.resource_uuid, old.resource_uuid); return null; end $$;
create trigger tag_touches_vm after insert or update or delete on resource_tag for each row execute function touch_tagged_vm();

create function count_vm() returns trigger language plpgsql as $$ begin
  if tg_op <> 'INSERT' and old.removed is null then
    update vm_counter set n = n - 1 where account_id = old.account_id and state = old.state;
  end if;
  if tg_op <> 'DELETE' and new.removed is null then
    insert into vm_counter(account_id, state, domain_id, n) values (new.account_id, new.state, new.domain_id, 1)
      on conflict (account_id, state) do update set n = vm_counter.n + 1;
  end if;
  return null; end $$;
create trigger vm_counted after insert or delete or update of state, account_id, removed on vm for each row execute function count_vm();
