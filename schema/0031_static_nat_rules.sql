-- Rules that open ports of a static NAT address: the address itself leads to the guest, the firewall rule beside it opens.
alter table network_rule drop constraint network_rule_purpose_check;
alter table network_rule add constraint network_rule_purpose_check check (purpose in ('Firewall', 'Egress', 'PortForwarding', 'StaticNat'));
