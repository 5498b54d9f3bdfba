-- Console sessions are listed, so they have numbers like everything that is.
alter table one_time_token add column id bigint generated always as identity;
create unique index one_time_token_id on one_time_token (id);
