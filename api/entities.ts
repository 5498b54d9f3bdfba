// The kinds of things an id parameter can name. A parameter names one of these or it does not compile.

export const entityNames = [
  'account', 'affinitygroup', 'alert', 'apikeypair', 'asyncjob', 'cluster', 'diskoffering', 'domain', 'egressrule', 'event',
  'firewallrule', 'guestos', 'guestoscategory', 'host', 'imagestore', 'instancegroup', 'iso', 'network', 'networkoffering', 'nic',
  'nicsecondaryip', 'physicalnetwork', 'pod', 'portforwardingrule', 'project', 'provider', 'publicipaddress', 'role',
  'rolepermission', 'router', 'securitygroup', 'serviceoffering', 'snapshot', 'sshkeypair', 'storagepool', 'systemvm', 'template',
  'traffictype', 'user', 'userdata', 'virtualmachine', 'vlaniprange', 'volume', 'vpc', 'zone', 'managementserver', 'kmskey',
  'acl', 'bgppeer', 'consolesession', 'hypervisorcapabilities', 'ipforwardingrule', 'projectinvitation', 'region',
  'storagenetworkiprange', 'storagepolicy', 'vgpuprofile', 'backupoffering', 'autoscalevmgroup', 'vpcoffering', 'extension',
] as const;

export type EntityName = (typeof entityNames)[number];
