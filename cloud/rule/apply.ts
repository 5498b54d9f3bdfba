// The durable half of every rule's verb: the router is told, then the rule is Active or gone. A rule that could not be put on its
// router is taken back.
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import type { World } from '../context.ts';
import { applyChange, applyLater, raiseGeneration } from '../router/router.ts';
import { endRule } from './rule.ts';
import { moveRule, ruleById, withRelated } from './rule.store.ts';

export interface RuleInput {
  ruleId: number;
  networkId: number;
}

export const addRule = workflow<RuleInput, { id: number }, World>(
  'rule.add',
  async (job, { ruleId, networkId }, world) => {
    await job.call('tell the router', async (call) => ({ told: await applyChange(world, call, networkId) }), {
      undo: async (call) => {
        await world.db.tx((tx) => takeBack(tx, { ruleId, networkId }));
        await applyLater(world, call, networkId);
      },
    });
    await job.tx('active', (tx) => activate(tx, ruleId));
    return { id: ruleId };
  },
);

/** It may have ended meanwhile, with its guest. */
async function activate(tx: Tx, ruleId: number): Promise<void> {
  for (const rule of await withRelated(tx, ruleId))
    if (rule.state === 'Add') await moveRule(tx, rule.id, 'OperationSucceeded');
}

async function takeBack(tx: Tx, { ruleId, networkId }: RuleInput): Promise<void> {
  await raiseGeneration(tx, [networkId]);
  for (const rule of await withRelated(tx, ruleId)) await endRule(tx, rule);
}

export const removeRule = workflow<RuleInput, { id: number }, World>(
  'rule.remove',
  async (job, { ruleId, networkId }, world) => {
    await job.call(
      'tell the router',
      async (call) => {
        if (world.settings.boolean('network.rule.delete.ignoreerror')) await applyLater(world, call, networkId);
        else await applyChange(world, call, networkId);
        return {};
      },
      {
        undo: async (call) => {
          await world.db.tx((tx) => putBack(tx, { ruleId, networkId }));
          await applyLater(world, call, networkId);
        },
      },
    );
    await job.tx('gone', async (tx) => {
      for (const rule of await withRelated(tx, ruleId)) await endRule(tx, rule);
    });
    return { id: ruleId };
  },
);

async function putBack(tx: Tx, { ruleId, networkId }: RuleInput): Promise<void> {
  await raiseGeneration(tx, [networkId]);
  for (const rule of await withRelated(tx, ruleId))
    if (rule.state === 'Revoke') await moveRule(tx, rule.id, 'OperationFailed');
}

/** What was recorded of a rule that stays. */
export const changeIt = workflow<RuleInput, { id: number }, World>(
  'rule.change',
  async (job, { ruleId, networkId }, world) => {
    await job.call('tell the router', async (call) => ({ told: await applyChange(world, call, networkId) }));
    return { id: ruleId };
  },
);

/** No part of the router's state from here on. Returns the rule's owner and network. */
export async function revoke(
  tx: Tx,
  ruleId: number,
): Promise<{ uuid: string; networkId: number; accountId: number; domainId: number }> {
  const rule = await ruleById(tx, ruleId);
  await raiseGeneration(tx, [rule.networkId]);
  for (const one of await withRelated(tx, ruleId)) await moveRule(tx, one.id, 'RevokeRequested');
  return rule;
}
