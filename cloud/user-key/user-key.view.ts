// How a key pair looks in an answer. The secret is shown by the call that made the pair, and by none after it.
import type { Shape } from '#api/define.ts';
import type { apiKeyPairResponse, keyPermissionResponse } from '#api/identity/responses.ts';
import { shownPath } from '../domain/shown-path.ts';
import type { KeyRow, KeyRule } from './user-key.store.ts';
import { databaseNowMs } from '#kernel/clock.ts';

const ACCOUNT_TYPES: Record<number, string> = {
  0: 'NORMAL',
  1: 'ADMIN',
  2: 'DOMAIN_ADMIN',
  3: 'RESOURCE_DOMAIN_ADMIN',
};

export const keyView = (
  key: KeyRow,
  { secret, rules }: { secret?: string; rules?: readonly KeyRule[] } = {},
): Shape<typeof apiKeyPairResponse> => ({
  id: key.uuid,
  name: key.name,
  description: key.description,
  apikey: key.apiKey,
  secretkey: secret,
  created: key.created,
  startdate: key.startDate,
  enddate: key.endDate,
  state: stateOf(key, databaseNowMs()),
  userid: key.userUuid,
  username: key.username,
  accountid: key.accountUuid,
  accountname: key.accountName,
  accounttype: ACCOUNT_TYPES[key.accountType],
  domainid: key.domainUuid,
  domain: key.domainName,
  domainpath: shownPath(key.domainPath),
  roleid: key.roleUuid,
  rolename: key.roleName,
  roletype: key.roleType,
  hasannotations: key.annotated,
  permissions: rules?.map(ruleView),
});

export const ruleView = ({ rule, permission, description }: KeyRule): Shape<typeof keyPermissionResponse> => ({
  rule,
  permission,
  description,
});

function stateOf({ startDate, endDate }: Pick<KeyRow, 'startDate' | 'endDate'>, now: number): string {
  if (endDate && endDate.getTime() <= now) return 'EXPIRED';
  return startDate && startDate.getTime() > now ? 'DISABLED' : 'ENABLED';
}
