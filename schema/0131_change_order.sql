-- Who follows the changes asks for what may have been committed since they looked, by transaction: ids commit out of order.
alter table change add column tx xid8 not null default pg_current_xact_id();
create index change_tx on change (tx);
