-- How much is used is counted from what is taken, never from everything there is.
create index vni_taken on vni (physical_network_id) where network_id is not null;
create index public_ip_taken on public_ip (vlan_range_id) where state <> 'Free';
create index storage_pool_cluster on storage_pool (cluster_id) where removed is null;
create index storage_pool_host on storage_pool (host_id) where removed is null and host_id is not null;
create index pod_ip_range_pod on pod_ip_range (pod_id);
create index vlan_range_zone on vlan_range (zone_id) where removed is null;
create index vlan_range_network on vlan_range (network_id) where removed is null and network_id is not null;
