-- How many live instances there are, without counting: changes of the number are only inserted, by whoever makes them, and
-- added up into the counters by a keeper. A count is counters plus changes not added yet, so nobody waits for anybody's row.
alter table vm_counter add column shown bigint not null default 0;
-- How many have ids block * 1024 … block * 1024 + 1023: a page far down is found by skipping blocks.
create table vm_block (block bigint primary key, n bigint not null, shown bigint not null);
create table vm_count_change (account_id bigint not null, domain_id bigint not null, state text not null, block bigint not null, n int not null, shown int not null);

create or replace function count_vm() returns trigger language plpgsql as $$ begin
  if tg_op <> 'INSERT' and old.removed is null then
    insert into vm_count_change values (old.account_id, old.domain_id, old.state, old.id / 1024, -1, -old.display::int);
  end if;
  if tg_op <> 'DELETE' and new.removed is null then
    insert into vm_count_change values (new.account_id, new.domain_id, new.state, new.id / 1024, 1, new.display::int);
  end if;
  return null; end $$;
drop trigger vm_counted on vm;
create trigger vm_counted after insert or delete or update of state, account_id, removed, display on vm for each row execute function count_vm();

create view vm_count as
  select account_id, domain_id, state, n, shown from vm_counter union all select account_id, domain_id, state, n, shown from vm_count_change;
create view vm_block_count as
  select block, n, shown from vm_block union all select block, n, shown from vm_count_change;

delete from vm_counter;
insert into vm_counter(account_id, state, domain_id, n, shown)
  select account_id, state, min(domain_id), count(*), count(*) filter (where display) from vm where removed is null group by account_id, state;
insert into vm_block(block, n, shown)
  select id / 1024, count(*), count(*) filter (where display) from vm where removed is null group by 1;
