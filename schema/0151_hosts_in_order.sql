-- A guest is placed by looking at some hosts of the zone, wherever they begin; not at all of them.
create index host_in_order on host (zone_id, id) where removed is null and type = 'Routing';
