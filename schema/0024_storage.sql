-- What an operator lets be used of a pool or image store, where that is less than there is; and when each was last measured.
alter table storage_pool add column limit_bytes bigint, add column measured timestamptz;
alter table image_store add column limit_bytes bigint, add column measured timestamptz;
create index template_store_of on template_store (image_store_id);
create index template_pool_of on template_pool (pool_id);
