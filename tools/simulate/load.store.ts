// The statements of the loader: what a host's, a network's and a guest's rows are once everything about them has happened.
// Parameters are positional; `$1` is the zone's name unless said otherwise.

/** $2 names, $3 guids, $4 addresses, $5 clusters, $6 CPUs, $7 MHz, $8 MiB. */
export const INSERT_HOSTS = `
  insert into host(zone_id, pod_id, cluster_id, name, hypervisor, guid, private_ip, underlay_ip, url, status, resource_state, cpus, cpu_sockets, cpu_mhz, memory_mib, arch,
    version, hypervisor_version, bridges, accelerator, last_ping, disconnected)
  select z.id, c.pod_id, c.id, t.name, 'Simulator', t.guid, t.address, t.address, 'http://' || t.name, 'Disconnected', 'Enabled', $6, 2, $7, $8, 'x86_64',
    '4.23.0.0', 'simulated', '{pub}', 'none', now(), now()
  from unnest($2::text[], $3::uuid[], $4::text[], $5::text[]) with ordinality as t(name, guid, address, cluster, n)
    join zone z on z.name = $1 and z.removed is null join cluster c on c.zone_id = z.id and c.name = t.cluster and c.removed is null
  order by t.n`;

/** $2 tenant, $3 name, $4 network offering. The next identifier and the next public address of the zone are its. */
export const INSERT_NETWORK = `
  with place as (
    select z.id as zone_id, p.id as physical_id, a.id as account_id, a.domain_id, o.id as offering_id, o.egress_default_allow as egress, z.guest_cidr::cidr as cidr,
      (select v.vni from vni v where v.physical_network_id = p.id and v.network_id is null order by v.vni limit 1) as vni,
      (select i.id from public_ip i where i.zone_id = z.id and i.state = 'Free' order by i.id limit 1) as ip_id
    from zone z join physical_network p on p.zone_id = z.id and p.removed is null join account a on a.name = $2 and a.removed is null
      join network_offering o on o.name = $4 and o.removed is null where z.name = $1 and z.removed is null),
  made as (
    insert into network(account_id, domain_id, zone_id, physical_network_id, offering_id, name, display_text, guest_type, state, cidr, gateway, vni, network_domain, egress_allow)
    select account_id, domain_id, zone_id, physical_id, offering_id, $3, $3, 'Isolated', 'Implemented', cidr, host(network(cidr))::inet + 1, vni,
      'cs' || to_hex(account_id) || 'cloud.internal', egress from place returning *),
  identified as (update vni set network_id = made.id, taken = now() from made where vni.physical_network_id = made.physical_network_id and vni.vni = made.vni),
  addressed as (
    update public_ip i set state = 'Allocated', account_id = made.account_id, domain_id = made.domain_id, network_id = made.id, source_nat = true, allocated = now()
    from made, place where i.id = place.ip_id)
  select id from made`;

/** $1 network, $2 offering, $3 names, $4 sealed passwords, $5 sealed console passwords, $6 places in the order of hosts, $7 the first of
 * these, $8 how many hosts from there on, $9 how many the zone has. */
export const INSERT_GUESTS = `
  with place as materialized (
    select w.id as network_id, w.account_id, w.domain_id, w.zone_id, host(w.gateway)::inet as gateway, o.id as offering_id, o.cpus, o.cpu_mhz, o.memory_mib, o.dynamic_scaling,
      t.id as template_id, t.guest_os_id, s.size_bytes, p.id as pool_id
    from network w join service_offering o on o.name = $2 and o.removed is null join template_zone tz on tz.zone_id = w.zone_id
      join template t on t.id = tz.template_id and t.removed is null join template_store s on s.template_id = t.id
      join image_store i on i.id = s.image_store_id and i.zone_id = w.zone_id
      join storage_pool p on p.zone_id = w.zone_id and p.removed is null where w.id = $1),
  hosts as materialized (select h.id, h.uuid, h.name, $7::int + row_number() over (order by h.id) - 1 as n, $9::int as fitting
    from (select h.* from host h join place on h.zone_id = place.zone_id where h.removed is null and h.type = 'Routing' order by h.id offset $7 limit $8) h),
  wanted as materialized (
    select nextval(pg_get_serial_sequence('vm', 'id')) as id, t.*, h.id as host_id, h.name as host_name, h.uuid as host_uuid, h.fitting
    from unnest($3::text[], $4::text[], $5::text[], $6::int[]) with ordinality as t(name, password, console_password, host, n) join hosts h on h.n = t.host order by t.n),
  guests as (
    insert into vm(id, account_id, domain_id, user_id, zone_id, host_id, name, display_name, instance_name, service_offering_id, template_id, guest_os_id, hypervisor, state,
      cpus, cpu_mhz, memory_mib, power_state, power_host_id, power_at, password, password_id, console_password, dynamic_scaling, placement) overriding system value
    select w.id, account_id, domain_id, 2, zone_id, host_id, w.name, w.name, 'i-' || account_id || '-' || w.id || '-VM', offering_id, template_id, guest_os_id, 'Simulator', 'Running',
      cpus, cpu_mhz, memory_mib, 'Running', host_id, clock_timestamp(), w.password, gen_random_uuid()::text, w.console_password, dynamic_scaling,
      jsonb_build_object('hostId', host_id, 'hostUuid', host_uuid, 'hostName', host_name, 'considered', fitting, 'refused', '[]'::jsonb,
        'text', format('Placed on %s: %s of %s hosts fitted', host_name, fitting, fitting))
    from wanted w, place returning id),
  cards as (
    insert into nic(vm_id, network_id, device_id, mac, ip, is_default)
    select w.id, network_id, 0, '02' || regexp_replace(left(md5(gen_random_uuid()::text), 10), '(..)', ':\\1', 'g'), gateway + w.n::int, true from wanted w, place),
  disks as (
    insert into volume(account_id, domain_id, zone_id, pool_id, vm_id, device_id, name, type, size_bytes, allocated_bytes, state, template_id, attached)
    select account_id, domain_id, zone_id, pool_id, w.id, 0, 'ROOT-' || w.id, 'ROOT', size_bytes, 200704, 'Ready', template_id, now() from wanted w, place)
  select count(*) from guests`;

/** $1 network, $2 how many guests it has: its router beside the first one, and which hosts have it. */
export const FINISH_NETWORK = `
  with on_hosts as materialized (select distinct v.host_id from nic n join vm v on v.id = n.vm_id where n.network_id = $1),
  first_host as (select v.host_id from nic n join vm v on v.id = n.vm_id where n.network_id = $1 order by n.id limit 1),
  numbered as (update network set generation = $2::int * 2, peers_generation = (select count(*) from on_hosts) where id = $1 returning *),
  router as (
    insert into router(id, account_id, domain_id, zone_id, pod_id, network_id, host_id, name, state, guest_mac, version, applied_generation) overriding system value
    select made.id, w.account_id, w.domain_id, w.zone_id, h.pod_id, w.id, h.id, 'r-' || made.id || '-VM', 'Running',
      '0e' || regexp_replace(left(md5(gen_random_uuid()::text), 10), '(..)', ':\\1', 'g'), h.version, w.generation
    from (select nextval(pg_get_serial_sequence('router', 'id')) as id) made, numbered w, first_host f join host h on h.id = f.host_id)
  insert into host_network(host_id, network_id, vni, generation, told)
  select o.host_id, w.id, w.vni, w.peers_generation, w.peers_generation || ':' || md5(array_to_string(
    array(select coalesce(h.underlay_ip, h.private_ip) from on_hosts x join host h on h.id = x.host_id where x.host_id <> o.host_id order by x.host_id), ' '))
  from on_hosts o, numbered w`;

/** What is counted of all that: capacity of hosts and the pool, the template's copy, what tenants and domains have. */
export const COUNT = [
  `update host h set cpu_reserved_mhz = v.mhz, memory_reserved_mib = v.mib
    from (select v.host_id, sum(v.cpus::bigint * v.cpu_mhz) as mhz, sum(v.memory_mib) as mib from vm v join zone z on z.id = v.zone_id and z.name = $1
      where v.removed is null and v.host_id is not null group by 1) v where h.id = v.host_id`,
  `with taken as (select d.pool_id, sum(d.size_bytes) as bytes from volume d join zone z on z.id = d.zone_id and z.name = $1 where d.removed is null group by 1)
    update storage_pool p set allocated_bytes = taken.bytes from taken where p.id = taken.pool_id`,
  `insert into template_pool(template_id, pool_id, state, size_bytes, used)
    select distinct d.template_id, d.pool_id, 'Ready', d.size_bytes, now() from volume d join zone z on z.id = d.zone_id and z.name = $1 where d.removed is null on conflict do nothing`,
  `with amounts as (
      select v.account_id, v.domain_id, t.type, sum(t.n) as n from vm v join zone z on z.id = v.zone_id and z.name = $1
        cross join lateral (values (0, 1::bigint), (8, v.cpus), (9, v.memory_mib)) as t(type, n) where v.removed is null group by 1, 2, 3
      union all
      select d.account_id, d.domain_id, t.type, sum(t.n) from volume d join zone z on z.id = d.zone_id and z.name = $1
        cross join lateral (values (2, 1::bigint), (10, d.size_bytes)) as t(type, n) where d.removed is null group by 1, 2, 3
      union all
      select w.account_id, w.domain_id, t.type, count(*) from network w join zone z on z.id = w.zone_id and z.name = $1 cross join (values (1), (6)) as t(type) where w.removed is null group by 1, 2, 3),
    owned as (
      select 'a' as owner_type, account_id as owner_id, type, n from amounts
      union all
      select 'd', up.id, a.type, sum(a.n) from amounts a join domain d on d.id = a.domain_id join domain up on d.path like up.path || '%' group by 2, 3)
    insert into resource_count(owner_type, owner_id, type, tag, used) select owner_type, owner_id, type, '', n from owned
    on conflict (owner_type, owner_id, type, tag) do update set used = resource_count.used + excluded.used`,
];

const CARD = `json_build_object('mac', n.mac, 'tap', n.id)`;

/** What the simulated hosts of the zone know, as lines of their journal; a card's tap is the card's id, to be named. */
export const LINES = [
  `select json_build_array('t', p.uuid, t.uuid, true) as line from template_pool c join template t on t.id = c.template_id
    join storage_pool p on p.id = c.pool_id join zone z on z.id = p.zone_id and z.name = $1`,
  `select json_build_array('v', p.uuid, d.uuid, d.size_bytes) as line from volume d join storage_pool p on p.id = d.pool_id join zone z on z.id = d.zone_id and z.name = $1
    where d.removed is null`,
  `select json_build_array('h', h.name, json_build_object('guests', coalesce(g.guests, '[]'), 'networks', coalesce(w.networks, '[]'), 'routers', coalesce(r.routers, '[]'))) as line
    from host h join zone z on z.id = h.zone_id and z.name = $1
      left join (select v.host_id, json_agg(json_build_object('name', v.instance_name, 'cpus', v.cpus, 'memoryMib', v.memory_mib,
          'disks', (select json_agg(d.uuid) from volume d where d.vm_id = v.id and d.removed is null),
          'nics', (select json_agg(${CARD}) from nic n where n.vm_id = v.id and n.removed is null),
          'startedAt', (extract(epoch from v.created) * 1000)::bigint)) as guests
        from vm v where v.removed is null and v.state = 'Running' group by 1) g on g.host_id = h.id
      left join (select n.host_id, json_agg(json_build_object('vni', n.vni, 'generation', n.generation)) as networks from host_network n group by 1) w on w.host_id = h.id
      left join (select r.host_id, json_agg(json_build_object('id', r.uuid, 'generation', r.applied_generation)) as routers from router r where r.removed is null group by 1) r on r.host_id = h.id
    where h.removed is null and (g.host_id is not null or w.host_id is not null)`,
];
