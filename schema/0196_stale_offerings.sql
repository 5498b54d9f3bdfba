-- What is offered may be remembered as lists found it: offerings and guest systems that join are told, and network offerings and
-- the categories of guest systems, which no answer that was remembered before was made of (kernel/fresh.ts).
create trigger stale_made after insert on service_offering for each row execute function stale_self('service_offering');
create trigger stale_made after insert on disk_offering for each row execute function stale_self('disk_offering');
create trigger stale_made after insert on guest_os for each row execute function stale_self('guest_os');
create trigger stale_any after insert or update or delete on network_offering for each row execute function stale_self('network_offering');
create trigger stale_any after insert or update or delete on guest_os_category for each row execute function stale_self('guest_os_category');
