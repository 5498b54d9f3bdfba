-- How many calls an account has made in an interval, on all servers together: of those only that come near to their limit. Lost in
-- a crash, which then gives them an interval anew.
create unlogged table call_count (
  account_id bigint not null,
  ends timestamptz not null,
  issued int not null,
  primary key (account_id, ends)
);
