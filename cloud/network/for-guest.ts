// Which networks a new guest gets: the ones named, checked; or its account's own.
import { fail } from '#api/errors.ts';
import { findEntity } from '../access.ts';
import type { Cx, Owner } from '../context.ts';
import { makeDefaultNetwork } from './make.ts';
import { networkById, ownIsolated, usableBy, type NetworkRow } from './network.store.ts';

export interface Wanted {
  networkIds: readonly (number | string)[];
  owner: Owner;
  zoneId: number;
}

export async function networksForGuest(cx: Cx, { networkIds, owner, zoneId }: Wanted): Promise<NetworkRow[]> {
  if (networkIds.length === 0) return [await networkById(cx.tx, await ownDefault(cx, { owner, zoneId }))];
  const networks: NetworkRow[] = [];
  for (const named of networkIds) {
    const id = await resolve(cx, named);
    const network = await checkUsable(cx, { id, owner, zoneId });
    if (networks.some((one) => one.id === id))
      fail('invalidParameter', `networkids names the network ${network.name} twice; once is accepted`, {
        parameter: 'networkids',
      });
    networks.push(network);
  }
  return networks;
}

async function resolve(cx: Cx, named: number | string): Promise<number> {
  if (typeof named === 'number') return named;
  return (
    (await findEntity(cx.tx, ['network'], named))?.found.id ??
    fail('notFound', `networkids: there is no network ${named.slice(0, 60)}`, { parameter: 'networkids' })
  );
}

/** The network, if a card of this owner's guest may be in it. */
export async function checkUsable(
  cx: Pick<Cx, 'tx'>,
  { id, owner, zoneId, parameter = 'networkids' }: { id: number; owner: Owner; zoneId: number; parameter?: string },
): Promise<NetworkRow> {
  const network = await networkById(cx.tx, id);
  // Whose it is comes first: what somebody else has is nothing to explain.
  if (!(await usableBy(cx.tx, network, owner)))
    fail('permissionDenied', `${parameter}: that network is not for instances of this account`, { parameter });
  if (network.isSystem)
    fail('invalidParameter', `${parameter}: the network ${network.name} is the platform's own`, { parameter });
  if (network.removed || network.deleting || network.state === 'Destroy')
    fail('invalidParameter', `${parameter}: the network ${network.name} is being deleted`, { parameter });
  if (network.zoneId !== zoneId)
    fail('invalidParameter', `${parameter}: the network ${network.name} is in another zone`, { parameter });
  return network;
}

async function ownDefault(cx: Cx, { owner, zoneId }: { owner: Owner; zoneId: number }): Promise<number> {
  const own = await ownIsolated(cx.tx, { accountId: owner.accountId, zoneId });
  if (own.length > 1)
    fail(
      'invalidParameter',
      `networkids: the account has ${own.length} networks in this zone; say which one the instance is for`,
      { parameter: 'networkids' },
    );
  return own[0]?.id ?? makeDefaultNetwork(cx, { owner, zoneId });
}
