-- What became stale: a row for each thing that a server may remember and that a transaction changed, written by triggers in
-- that transaction. A server reads, with each request, the rows of transactions it has not seen yet (kernel/fresh.ts).
-- Only inserted and, long after, deleted: nobody waits for anybody.
create table stale (
  xid xid8 not null default pg_current_xact_id(),
  kind text not null, id bigint not null,
  at timestamptz not null default clock_timestamp()
);
create index stale_xid on stale (xid);

create function stale_self() returns trigger language plpgsql as $$ begin
  if tg_op = 'DELETE' then insert into stale(kind, id) values (tg_argv[0], old.id);
  else insert into stale(kind, id) values (tg_argv[0], new.id); end if;
  return null; end $$;
create function stale_kind() returns trigger language plpgsql as $$ begin
  insert into stale(kind, id) values (tg_argv[0], 0); return null; end $$;
create function stale_vm() returns trigger language plpgsql as $$ begin
  if tg_op <> 'INSERT' and old.vm_id is not null then insert into stale(kind, id) values ('vm', old.vm_id); end if;
  if tg_op <> 'DELETE' and new.vm_id is not null and (tg_op = 'INSERT' or new.vm_id is distinct from old.vm_id)
    then insert into stale(kind, id) values ('vm', new.vm_id); end if;
  return null; end $$;
create function stale_vm_named() returns trigger language plpgsql as $$ begin
  if tg_op <> 'INSERT' and old.resource_uuid is not null then
    insert into stale(kind, id) select 'vm', v.id from vm v where v.uuid = old.resource_uuid; end if;
  if tg_op <> 'DELETE' and new.resource_uuid is not null and (tg_op = 'INSERT' or new.resource_uuid is distinct from old.resource_uuid) then
    insert into stale(kind, id) select 'vm', v.id from vm v where v.uuid = new.resource_uuid; end if;
  return null; end $$;
create function stale_keypair_of_rule() returns trigger language plpgsql as $$ begin
  insert into stale(kind, id) values ('keypair', case when tg_op = 'DELETE' then old.api_keypair_id else new.api_keypair_id end); return null; end $$;
create function stale_vm_of_nic() returns trigger language plpgsql as $$ begin
  if tg_op <> 'INSERT' and old.static_nat_nic_id is not null then
    insert into stale(kind, id) select 'vm', n.vm_id from nic n where n.id = old.static_nat_nic_id; end if;
  if tg_op <> 'DELETE' and new.static_nat_nic_id is not null and (tg_op = 'INSERT' or new.static_nat_nic_id is distinct from old.static_nat_nic_id) then
    insert into stale(kind, id) select 'vm', n.vm_id from nic n where n.id = new.static_nat_nic_id; end if;
  return null; end $$;

-- Who is who and may do what. A failed login alone changes nothing of that.
alter table session add column id bigint generated always as identity;
create trigger stale_update after update on cloud_user for each row when (
  (old.uuid, old.account_id, old.username, old.first_name, old.last_name, old.timezone, old.source, old.state, old.api_key_access, old.password_change_required, old.removed)
  is distinct from
  (new.uuid, new.account_id, new.username, new.first_name, new.last_name, new.timezone, new.source, new.state, new.api_key_access, new.password_change_required, new.removed)
) execute function stale_self('user');
create trigger stale_delete after delete on cloud_user for each row execute function stale_self('user');
create trigger stale_any after update or delete on account for each row execute function stale_self('account');
create trigger stale_any after update or delete on domain for each row execute function stale_self('domain');
create trigger stale_any after update or delete on api_keypair for each row execute function stale_self('keypair');
create trigger stale_any after insert or update or delete on api_keypair_rule for each row execute function stale_keypair_of_rule();
create trigger stale_delete after delete on session for each row execute function stale_self('session');
create trigger stale_any after insert or update or delete on role for each statement execute function stale_kind('role');
create trigger stale_any after insert or update or delete on role_permission for each statement execute function stale_kind('role');
create trigger stale_any after insert or update or delete on setting for each statement execute function stale_kind('setting');

-- What an instance's answer shows beside its own row.
create trigger stale_update after update on vm for each row when (
  (old.uuid, old.account_id, old.domain_id, old.user_id, old.zone_id, old.host_id, old.name, old.display_name, old.instance_name, old.service_offering_id, old.template_id, old.iso_id, old.guest_os_id,
   old.hypervisor, old.state, old.cpus, old.cpu_mhz, old.memory_mib, old.user_data_id, old.key_pairs, old.group_id, old.ha_enabled, old.display, old.dynamic_scaling, old.delete_protection,
   old.details, old.placement, old.affinity_group_ids, old.created, old.updated, old.removed)
  is distinct from
  (new.uuid, new.account_id, new.domain_id, new.user_id, new.zone_id, new.host_id, new.name, new.display_name, new.instance_name, new.service_offering_id, new.template_id, new.iso_id, new.guest_os_id,
   new.hypervisor, new.state, new.cpus, new.cpu_mhz, new.memory_mib, new.user_data_id, new.key_pairs, new.group_id, new.ha_enabled, new.display, new.dynamic_scaling, new.delete_protection,
   new.details, new.placement, new.affinity_group_ids, new.created, new.updated, new.removed)
) execute function stale_self('vm');
create trigger stale_delete after delete on vm for each row execute function stale_self('vm');
create trigger stale_any after insert or update or delete on nic for each row execute function stale_vm();
create trigger stale_any after insert or update or delete on nic_secondary_ip for each row execute function stale_vm();
create trigger stale_made after insert or delete on volume for each row execute function stale_vm();
create trigger stale_update after update on volume for each row when (
  (old.vm_id, old.device_id, old.type, old.pool_id, old.disk_offering_id, old.removed) is distinct from (new.vm_id, new.device_id, new.type, new.pool_id, new.disk_offering_id, new.removed)
) execute function stale_vm();
create trigger stale_any after insert or update or delete on resource_tag for each row execute function stale_vm_named();
create trigger stale_made after insert or delete on job for each row execute function stale_vm_named();
create trigger stale_update after update on job for each row when (
  (old.uuid, old.resource_uuid, old.finished) is distinct from (new.uuid, new.resource_uuid, new.finished)
) execute function stale_vm_named();
create trigger stale_update after update on public_ip for each row when (
  (old.uuid, old.address, old.static_nat_nic_id) is distinct from (new.uuid, new.address, new.static_nat_nic_id)
) execute function stale_vm_of_nic();

-- What many instances show the same of.
create trigger stale_update after update on network for each row when (
  (old.uuid, old.name, old.guest_type, old.traffic_type, old.gateway, old.cidr, old.vni, old.mtu, old.account_id, old.domain_id, old.removed)
  is distinct from (new.uuid, new.name, new.guest_type, new.traffic_type, new.gateway, new.cidr, new.vni, new.mtu, new.account_id, new.domain_id, new.removed)
) execute function stale_self('network');
create trigger stale_update after update on host for each row when (
  (old.uuid, old.name, old.status, old.resource_state, old.removed) is distinct from (new.uuid, new.name, new.status, new.resource_state, new.removed)
) execute function stale_self('host');
create trigger stale_update after update on storage_pool for each row when (old.type is distinct from new.type) execute function stale_self('storage_pool');
create trigger stale_any after update or delete on zone for each row execute function stale_self('zone');
create trigger stale_any after update or delete on service_offering for each row execute function stale_self('service_offering');
create trigger stale_any after update or delete on disk_offering for each row execute function stale_self('disk_offering');
create trigger stale_any after update or delete on template for each row execute function stale_self('template');
create trigger stale_any after update or delete on guest_os for each row execute function stale_self('guest_os');
create trigger stale_any after update or delete on instance_group for each row execute function stale_self('instance_group');
create trigger stale_any after update or delete on user_data for each row execute function stale_self('user_data');
create trigger stale_any after update or delete on affinity_group for each row execute function stale_self('affinity_group');

-- These raised row_version of the instance for every change of a card, disk or tag, by rewriting the instance's row; nothing read it.
drop trigger nic_touches_vm on nic;
drop trigger volume_touches_vm on volume;
drop trigger tag_touches_vm on resource_tag;
drop function touch_vm();
drop function touch_tagged_vm();
