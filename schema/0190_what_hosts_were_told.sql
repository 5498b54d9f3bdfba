-- What a host was told of a network's other hosts, as a digest beside the generation it belongs to: rows as wide as a network has
-- hosts were rewritten for every host at every change. `peers` is written by the release before only.
alter table host_network add column told text;
update host_network set told = generation || ':' || md5(array_to_string(peers, ' ')) where peers is not null;
