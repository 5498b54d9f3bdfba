// Storage pools and image stores as answers show them.
import { f, response } from '../define.ts';

export const storagePoolResponse = response('storagepool', {
  id: f.string(),
  name: f.string(),
  allocatediops: f.long(),
  capacitybytes: f.long({ since: '4.22.0' }),
  capacityiops: f.long(),
  clusterid: f.string(),
  clustername: f.string(),
  created: f.date(),
  details: f.map(),
  disksizeallocated: f.long(),
  disksizetotal: f.long(),
  disksizeused: f.long(),
  hasannotations: f.boolean(),
  hypervisor: f.string(),
  ipaddress: f.string(),
  istagarule: f.boolean(),
  managed: f.boolean(),
  nfsmountopts: f.string({ since: '4.19.1' }),
  overprovisionfactor: f.string({ since: '4.4' }),
  path: f.string(),
  podid: f.string(),
  podname: f.string(),
  provider: f.string(),
  scope: f.string(),
  state: f.string({ apiType: 'storagepoolstatus' }),
  storageaccessgroups: f.string({ since: '4.21.0' }),
  storagecapabilities: f.map(),
  storagecustomstats: f.map({ since: '4.18.1' }),
  suitableformigration: f.boolean(),
  tags: f.string(),
  type: f.string(),
  usediops: f.long({ since: '4.20.1' }),
  zoneid: f.string(),
  zonename: f.string(),
});

export const storageProviderResponse = response('dataStoreProvider', {
  name: f.string(),
  type: f.string(),
});

export const storageTagResponse = response('storagetag', {
  id: f.string(),
  name: f.string(),
  poolid: f.long(),
});

export const imageStoreResponse = response('imagestore', {
  id: f.string(),
  name: f.string(),
  disksizetotal: f.long(),
  disksizeused: f.long(),
  hasannotations: f.boolean(),
  protocol: f.string(),
  providername: f.string(),
  readonly: f.boolean(),
  scope: f.string({ apiType: 'scopetype' }),
  url: f.string(),
  zoneid: f.string(),
  zonename: f.string(),
});
