// Things that ids and names in parameters and fields are of: `zoneid`, `zonename`, `zoneids`.

export const things: Readonly<Record<string, string>> = {
  account: 'account', acl: 'ACL', affinitygroup: 'affinity group', alerttype: 'type of alert', asnumber: 'autonomous system number',
  associatednetwork: 'network', autoscalevmgroup: 'autoscale group', backupoffering: 'backup offering', bgppeer: 'BGP peer', cluster: 'cluster',
  diskoffering: 'disk offering', domain: 'domain', extension: 'extension', gpucard: 'GPU card', group: 'group', guestnetwork: 'guest network',
  guestos: 'guest operating system', host: 'host', imagestore: 'image store', ipaddress: 'public address', iso: 'ISO', keypair: 'key pair',
  kmskey: 'encryption key', linklocalnetwork: 'link-local network', managementserver: 'management server', network: 'network',
  networkoffering: 'network offering', nic: 'network card', oscategory: 'category of operating systems', ostype: 'guest operating system',
  parentdomain: 'parent domain', parenttemplate: 'template it was made from', physicalnetwork: 'physical network', pod: 'pod',
  project: 'project', publicip: 'public address', publicnetwork: 'public network', region: 'region', resource: 'resource', role: 'role',
  rule: 'rule', securitygroup: 'security group', serviceoffering: 'service offering', snapshot: 'snapshot',
  sourcetemplate: 'template it was copied from', storage: 'storage pool', template: 'template', user: 'user', userdata: 'stored user data',
  vgpuprofile: 'vGPU profile', virtualmachine: 'instance', vlan: 'address range', vm: 'instance', volume: 'volume', vpc: 'VPC', zone: 'zone',
  pool: 'storage pool', projectaccount: 'account that holds the things of the project', provider: 'provider', entity: 'thing commented on',
  destinationphysicalnetwork: 'physical network that is reached through a tunnel', jobinstance: 'thing the job is about',
};

/** Resources with limits and counts: `cpulimit`, `cpuavailable`, `cputotal`. */
export const resources: Readonly<Record<string, string>> = {
  backup: 'backups', backupstorage: 'GiB of backup storage', bucket: 'buckets', cpu: 'CPU cores', gpu: 'GPUs', ip: 'public addresses',
  memory: 'MiB of memory', network: 'guest networks', objectstorage: 'GiB of object storage', primarystorage: 'GiB of primary storage',
  project: 'projects', secondarystorage: 'GiB of secondary storage', snapshot: 'snapshots', template: 'templates and ISOs', vm: 'instances',
  volume: 'volumes', vpc: 'VPCs',
};
