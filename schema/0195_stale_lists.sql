-- What lists find may be remembered as well: which instances join and leave the lists of an account, and what zones are shown
-- from beside their own rows, is told in `stale` like everything else that is remembered (kernel/fresh.ts).
create function stale_vms() returns trigger language plpgsql as $$ begin
  if tg_op <> 'INSERT' then insert into stale(kind, id) values ('vms', old.account_id); end if;
  if tg_op <> 'DELETE' and (tg_op = 'INSERT' or new.account_id <> old.account_id) then
    insert into stale(kind, id) values ('vms', new.account_id); end if;
  return null; end $$;
create trigger stale_made after insert or delete on vm for each row execute function stale_vms();
create trigger stale_listed after update of account_id, domain_id, display, removed on vm for each row when (
  (old.account_id, old.domain_id, old.display, old.removed) is distinct from (new.account_id, new.domain_id, new.display, new.removed)
) execute function stale_vms();

-- Samples of many instances are written by one statement, and told as one change.
create trigger stale_any after insert or update or delete on vm_usage for each statement execute function stale_kind('usage');

create trigger stale_made after insert on zone for each row execute function stale_self('zone');
create trigger stale_any after insert or update of zone_id, arch, removed or delete on cluster for each statement execute function stale_kind('cluster');
create trigger stale_any after insert or update or delete on annotation for each statement execute function stale_kind('annotation');
create trigger stale_tag_given after insert on resource_tag for each row when (new.resource_type <> 'UserVm') execute function stale_kind('tag');
create trigger stale_tag_gone after delete on resource_tag for each row when (old.resource_type <> 'UserVm') execute function stale_kind('tag');
create trigger stale_tag_changed after update on resource_tag for each row when (new.resource_type <> 'UserVm' or old.resource_type <> 'UserVm') execute function stale_kind('tag');
