-- Management of hosts over the network when they are off: how their controllers (BMCs) are reached, and what these say.
create table out_of_band (
  host_id bigint primary key references host,
  enabled boolean not null default false,
  driver text not null, address text not null, port int not null, username text not null, password text not null,
  -- while a change of the password runs, and after one whose end nobody saw: what the controller may know by now
  next_password text, next_password_job uuid,
  -- when its power was asked for last; whose is oldest is asked first
  asked timestamptz
);
create index out_of_band_asked on out_of_band (asked nulls first) where enabled;

-- What the controller said last. One writer: cloud/out-of-band.
alter table host add column power_state text not null default 'Disabled' check (power_state in ('On', 'Off', 'Unknown', 'Disabled'));
create index host_power_state on host (power_state) where removed is null and power_state <> 'Disabled';
