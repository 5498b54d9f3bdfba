// Who owns things - accounts, domains, projects - with what they use, as answers show them.
import { f, response } from '../define.ts';
import { taggedLimitResponse } from './limit-responses.ts';
import { userResponse } from './responses.ts';
import { resourceIconResponse, tagResponse } from '../tag/responses.ts';

/** CloudStack's three fields for a resource: how much there may be, how much of that is left, and how much there is. */
function share<const N extends string>(resource: N, since?: string): Share<N> {
  const about = since === undefined ? {} : { since };
  return {
    [`${resource}available`]: f.string(about),
    [`${resource}limit`]: f.string(about),
    [`${resource}total`]: f.long(about),
  } as Share<N>;
}
type Text = ReturnType<typeof f.string>;
type Share<N extends string> = Record<`${N}available` | `${N}limit`, Text> &
  Record<`${N}total`, ReturnType<typeof f.long>>;

const ofAll = {
  ...share('backup', '4.21.0'),
  ...share('backupstorage', '4.21.0'),
  ...share('bucket', '4.21.0'),
  ...share('cpu', '4.2.0'),
  ...share('gpu', '4.21.0'),
  ...share('memory', '4.2.0'),
  ...share('objectstorage', '4.21.0'),
  ...share('primarystorage', '4.2.0'),
  ...share('secondarystorage', '4.2.0'),
  secondarystoragetotal: f.double({ apiType: 'float', since: '4.2.0' }),
};
const ofAccounts = {
  ...ofAll,
  ...share('ip'),
  ...share('network', '3.0.1'),
  ...share('project', '3.0.1'),
  ...share('snapshot'),
  ...share('template'),
  ...share('vm'),
  ...share('volume'),
  ...share('vpc', '4.0.0'),
};
const ofProjects = {
  ...ofAll,
  ...share('ip', '4.2.0'),
  ...share('network', '4.2.0'),
  ...share('snapshot', '4.2.0'),
  ...share('template', '4.2.0'),
  ...share('vm', '4.2.0'),
  ...share('volume', '4.2.0'),
  ...share('vpc', '4.2.0'),
};

export const accountResponse = response('account', {
  id: f.string(),
  name: f.string(),
  accountdetails: f.map(),
  accounttype: f.integer(),
  apikeyaccess: f.string({ apiType: 'apikeyaccess', fullView: true, since: '4.20.1.0' }),
  created: f.date(),
  defaultzoneid: f.string(),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string({ since: '4.13' }),
  groups: f.strings({ since: '4.4' }),
  icon: f.object(() => resourceIconResponse, { apiType: 'resourceiconresponse', since: '4.16.0.0' }),
  iscleanuprequired: f.boolean(),
  isdefault: f.boolean({ since: '4.2.0' }),
  networkdomain: f.string(),
  receivedbytes: f.long(),
  roleid: f.string(),
  rolename: f.string(),
  roletype: f.string(),
  sentbytes: f.long(),
  state: f.string(),
  taggedresources: f.objects(() => taggedLimitResponse, { since: '4.20.0' }),
  user: f.objects(() => userResponse),
  vmrunning: f.integer(),
  vmstopped: f.integer(),
  ...ofAccounts,
});

export const domainResponse = response('domain', {
  id: f.string(),
  name: f.string(),
  created: f.date(),
  domaindetails: f.map(),
  hasannotations: f.boolean(),
  haschild: f.boolean(),
  icon: f.object(() => resourceIconResponse, { apiType: 'resourceiconresponse', since: '4.16.0.0' }),
  level: f.integer(),
  networkdomain: f.string(),
  parentdomainid: f.string(),
  parentdomainname: f.string(),
  path: f.string(),
  state: f.string(),
  taggedresources: f.objects(() => taggedLimitResponse, { since: '4.20.0' }),
  tags: f.objects(() => tagResponse, { apiType: 'set' }),
  ...ofAccounts,
});

export const projectResponse = response('project', {
  id: f.string(),
  name: f.string(),
  displaytext: f.string(),
  created: f.date({ since: '4.16.0' }),
  domain: f.string(),
  domainid: f.string(),
  icon: f.object(() => resourceIconResponse, { apiType: 'resourceiconresponse', since: '4.16.0.0' }),
  owner: f.maps(),
  projectaccountname: f.string(),
  state: f.string(),
  taggedresources: f.objects(() => taggedLimitResponse, { since: '4.20.0' }),
  tags: f.objects(() => tagResponse),
  vmrunning: f.integer({ since: '4.2.0' }),
  vmstopped: f.integer({ since: '4.2.0' }),
  ...ofProjects,
});
