-- The virtual router of a provider, as zone wizards know it: a switch that is on before the provider can be enabled.
create table virtual_router_element (
  id bigint generated always as identity primary key, uuid uuid not null unique default gen_random_uuid(),
  provider_id bigint not null references provider, type text not null default 'VirtualRouter', enabled boolean not null default false, created timestamptz not null default now(), removed timestamptz
);
create unique index virtual_router_element_one on virtual_router_element (provider_id) where removed is null;
create index physical_network_zone on physical_network (zone_id) where removed is null;
create index network_physical on network (physical_network_id) where removed is null;
