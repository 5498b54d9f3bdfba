// Network cards as answers show them.
import { type Response, f, response } from '../define.ts';

export const nicDhcpOptionResponse = response('nicdhcpoption', {
  id: f.string(),
  extradhcpoptioncode: f.integer({ apiType: 'int' }),
  extradhcpoptionname: f.string(),
  extradhcpvalue: f.string(),
  nicid: f.string(),
});

export const nicSecondaryIpResponse = response('nicsecondaryip', {
  id: f.string(),
  description: f.string(),
  ipaddress: f.string(),
  networkid: f.string(),
  nicid: f.string(),
  secondaryip: f.objects((): Response => nicSecondaryIpResponse),
  virtualmachineid: f.string(),
});

export const nicResponse = response('nic', {
  id: f.string(),
  adaptertype: f.string({ since: '4.14.0' }),
  broadcasturi: f.string(),
  deviceid: f.string({ since: '4.4' }),
  enabled: f.boolean(),
  extradhcpoption: f.objects(() => nicDhcpOptionResponse, { since: '4.11.0' }),
  gateway: f.string(),
  ip6address: f.string(),
  ip6cidr: f.string(),
  ip6gateway: f.string(),
  ipaddress: f.string(),
  ipaddresses: f.strings({ since: '4.14.0' }),
  isdefault: f.boolean(),
  isolatedpvlan: f.integer({ since: '4.14.0' }),
  isolatedpvlantype: f.string({ since: '4.14.0' }),
  isolationuri: f.string(),
  macaddress: f.string(),
  mtu: f.integer({ since: '4.18.0' }),
  netmask: f.string(),
  networkid: f.string(),
  networkname: f.string(),
  nicdnsname: f.string(),
  nsxlogicalswitch: f.string({ since: '4.6.0' }),
  nsxlogicalswitchport: f.string({ since: '4.6.0' }),
  publicip: f.string(),
  publicipid: f.string(),
  secondaryip: f.objects(() => nicSecondaryIpResponse),
  traffictype: f.string(),
  type: f.string(),
  virtualmachineid: f.string(),
  vlanid: f.integer({ since: '4.14.0' }),
  vpcid: f.string(),
  vpcname: f.string(),
});
