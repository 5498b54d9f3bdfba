-- In which zones an image is offered, and what is kept of each copy of it: a copy has an identity of its own, since it has states.
alter table template add column cross_zones boolean not null default false;
create table template_zone (
  id bigint generated always as identity primary key,
  template_id bigint not null references template, zone_id bigint not null references zone,
  created timestamptz not null default now(), removed timestamptz,
  unique (template_id, zone_id)
);
create index template_zone_zone on template_zone (zone_id) where removed is null;
insert into template_zone (template_id, zone_id)
  select distinct r.template_id, z.id from template_store r join image_store s on s.id = r.image_store_id join zone z on z.id = s.zone_id or (s.zone_id is null and z.removed is null);

alter table template_store
  add column id bigint generated always as identity unique, add column uuid uuid not null default gen_random_uuid(),
  -- which of our errors it was, how often it was tried, and when it is tried again by itself (null: not at all)
  add column error_code text, add column attempts int not null default 0, add column retry_at timestamptz;
create index template_store_open on template_store (state) where state <> 'Ready';
alter table template_pool
  add column id bigint generated always as identity unique, add column uuid uuid not null default gen_random_uuid();
create index template_permission_account on template_permission (account_id);
create index volume_template on volume (template_id) where removed is null and template_id is not null;
create index vm_template on vm (template_id) where removed is null;

-- What a list of images shows: one row for each zone an image is offered in.
create view template_in_zone as
  select z.id, z.template_id, z.zone_id, t.uuid, t.account_id, t.domain_id, t.name, t.display_text, t.type, t.hypervisor, t.is_iso, t.is_public, t.featured,
    t.bootable, t.arch, t.guest_os_id, t.state, t.sort_key, t.source_template_id, coalesce(t.removed, z.removed, o.removed) as removed
  from template_zone z join template t on t.id = z.template_id join zone o on o.id = z.zone_id;
