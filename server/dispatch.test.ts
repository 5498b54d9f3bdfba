// What dispatch promises to verbs: the world is asked before the transaction, everything that changes something runs in one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deleteZone } from '#api/infra/zone.ts';
import { addCluster } from '#api/infra/cluster.ts';
import { fail } from '#api/errors.ts';
import { done, implement } from '#cloud/context.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';
import { sql } from '#kernel/sql.ts';
import { inCloud, userOf } from '#test/cloud.ts';
import { callerOf } from './authenticate.ts';

const zone = { name: 'zone1', dns1: '8.8.8.8', internaldns1: '10.0.0.1', networktype: 'Advanced' };

test(
  'a probe runs with resolved parameters before the transaction, and its facts reach the verb',
  inCloud(async ({ admin, server }) => {
    const made = (await admin.call('createZone', zone))['zone'];
    const seen: unknown[] = [];
    const probing = implement(
      deleteZone,
      async (_cx, { id }, facts: { bytes: number }) => {
        seen.push(['run', id, facts]);
        return done;
      },
      undefined,
      {
        probe: async (world, caller, { id }) => {
          seen.push(['probe', id, caller.isRoot, world === server.world]);
          return { bytes: 7 };
        },
      },
    );
    const user = userOf({ ...server, handlers: new Map([['deleteZone', probing]]) }, await identified(server));
    await user.call('deleteZone', { id: made.id });
    const { id } = await server.db.read.one<{ id: number }>(sql`select id from zone where uuid = ${made.id}`);
    assert.deepEqual(seen, [
      ['probe', id, true, true],
      ['run', id, { bytes: 7 }],
    ]);
  }),
);

test(
  'what a probe refuses is answered, and the verb does not run',
  inCloud(async ({ admin, server }) => {
    const made = (await admin.call('createZone', zone))['zone'];
    const refusing = implement(deleteZone, async () => assert.fail('the verb ran'), undefined, {
      probe: async () => fail('hostUnavailable', 'no host answers'),
    });
    const user = userOf({ ...server, handlers: new Map([['deleteZone', refusing]]) }, await identified(server));
    assert.match((await user.refused('deleteZone', { id: made.id })).errortext, /no host answers/);
  }),
);

test(
  'a verb that answers with a list but changes something runs in a transaction',
  inCloud(async ({ admin, server }) => {
    const made = (await admin.call('createZone', zone))['zone'];
    const { id: zoneId } = await server.db.read.one<{ id: number }>(sql`select id from zone where uuid = ${made.id}`);
    const pod = await server.db.read.one<{ uuid: string }>(
      sql`insert into pod(zone_id, name, gateway, cidr) values (${zoneId}, 'pod1', '10.0.0.1', '10.0.0.0/24') returning uuid`,
    );
    const breaking = implement(addCluster, async (cx) => {
      await cx.tx.run(sql`update zone set name = 'changed' where id = ${zoneId}`);
      return fail('invalidParameter', 'no');
    });
    const user = userOf({ ...server, handlers: new Map([['addCluster', breaking]]) }, await identified(server));
    await user.refused('addCluster', {
      clustername: 'c',
      clustertype: 'CloudManaged',
      hypervisor: 'KVM',
      podid: pod.uuid,
      zoneid: made.id,
    });
    assert.equal(
      (await server.db.read.one<{ name: string }>(sql`select name from zone where id = ${zoneId}`)).name,
      'zone1',
    );
  }),
);

async function identified(server: Parameters<typeof userOf>[0]): Promise<Parameters<typeof userOf>[1]> {
  const identity = (await findIdentity(server.db.read, 2))!;
  return { caller: callerOf(identity), identity };
}
