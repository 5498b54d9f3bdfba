// listConsoleSessions: who opened, or may open, which instance's screen.
import { listConsoleSessions } from '#api/vm/access.ts';
import type { consoleSessionResponse } from '#api/vm/access-responses.ts';
import type { Shape } from '#api/define.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Scope } from '#kernel/list.ts';
import { implement } from '../context.ts';
import { resolveScope } from '../access.ts';
import { shownPath } from '../domain/shown-path.ts';
import { findSessions, type SessionRow } from './sessions.store.ts';

export const listSessions = implement(
  listConsoleSessions,
  async (cx, params) => {
    const { caller } = cx;
    const mine: Scope = caller.isRoot
      ? { kind: 'all' }
      : caller.isAdmin
        ? { kind: 'tree', path: caller.domainPath }
        : { kind: 'account', accountId: caller.accountId };
    const scope =
      params.domainId === undefined
        ? mine
        : await resolveScope(cx.tx, caller, { domainId: params.domainId, isRecursive: params.isRecursive });
    const { rows, count } = await findSessions(cx.tx, {
      scope,
      page: cx.page,
      keyword: cx.keyword,
      id: params.id,
      from: params.startDate,
      to: params.endDate,
      accountId: params.accountId,
      userId: params.userId,
      vmId: params.virtualMachineId,
      hostId: params.hostId,
      acquired: params.acquired,
      activeOnly: params.activeOnly,
      clientAddress: params.clientAddress,
      creatorAddress: params.consoleEndpointCreatorAddress,
    });
    return { items: rows.map((row) => sessionView(row, caller.isRoot)), count };
  },
  undefined,
  { scopesItself: true },
);

const sessionView = (row: SessionRow, isRoot: boolean): Shape<typeof consoleSessionResponse> => ({
  id: row.uuid,
  created: row.created,
  acquired: row.used,
  removed: row.ended ?? (row.used === null && row.expires < databaseNow() ? row.expires : null),
  consoleendpointcreatoraddress: row.creatorAddress,
  clientaddress: row.clientAddress,
  user: row.username,
  userid: row.userUuid,
  account: row.account,
  accountid: row.accountUuid,
  domain: row.domain,
  domainid: row.domainUuid,
  domainpath: shownPath(row.domainPath),
  virtualmachineid: row.vmUuid,
  virtualmachinename: row.vmName,
  ...(isRoot ? { hostid: row.hostUuid, hostname: row.hostName } : {}),
});
