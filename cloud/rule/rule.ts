// Rules as other nouns end them: with the guest, the address or the network they belong to. Telling the router is the caller's.
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import {
  changeRule,
  forgetTags,
  moveRule,
  rulesOfAddress,
  rulesOfNetwork,
  rulesOfNics,
  withRelated,
  type RuleRow,
} from './rule.store.ts';

/** The rule is no part of the router's state from here on. */
export async function endRule(tx: Tx, rule: Pick<RuleRow, 'id' | 'state'>): Promise<void> {
  if (rule.state !== 'Revoke') await moveRule(tx, rule.id, 'RevokeRequested');
  await moveRule(tx, rule.id, 'OperationSucceeded');
  await changeRule(tx, rule.id, { removed: databaseNow() });
  await forgetTags(tx, rule.id);
}

/** Port forwarding to these cards, with the firewall rules that came with it. */
export async function endRulesOfNics(tx: Tx, nicIds: readonly number[]): Promise<void> {
  for (const rule of await rulesOfNics(tx, nicIds))
    for (const one of await withRelated(tx, rule.id)) await endRule(tx, one);
}

export async function endRulesOfAddress(tx: Tx, publicIpId: number): Promise<void> {
  for (const rule of await rulesOfAddress(tx, publicIpId)) await endRule(tx, rule);
}

export async function endRulesOfNetwork(tx: Tx, networkId: number): Promise<void> {
  for (const rule of await rulesOfNetwork(tx, { networkId })) await endRule(tx, rule);
}
