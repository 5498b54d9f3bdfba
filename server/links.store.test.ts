// Whose a host is: only the run of the server that the row names speaks for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inCloud } from '#test/cloud.ts';
import { factsOf } from '#test/hosts.ts';
import { sql } from '#kernel/sql.ts';
import { heldHosts, linksUp, register } from './links.store.ts';

test(
  'a host is held by the run of the server it dialled last, and by no other',
  inCloud(async ({ db }) => {
    const server = (name: string) =>
      register(db.read, { name, address: '127.0.0.1', version: '0', roles: ['worker'], agentAddresses: [], facts: {} });
    const [one, two] = [await server('one'), await server('two')];
    const facts = factsOf('host1');
    const hostId = 4711;
    const dial = async ({ id, run }: { id: number; run: number }) => {
      await linksUp(db.read, { links: [{ facts, hostId: undefined }], serverId: id, run });
      await db.read.run(sql`update host_link set host_id = ${hostId} where guid = ${facts.guid}`);
    };
    const holds = async ({ id, run }: { id: number; run: number }) =>
      (await heldHosts(db.read, { serverId: id, run, hostIds: [hostId, 1] })).held.has(hostId);
    await dial(one);
    assert.deepEqual([await holds(one), await holds(two)], [true, false]);
    await dial(two);
    assert.deepEqual([await holds(one), await holds(two)], [false, true]);
    const again = await server('two');
    assert.deepEqual([await holds(two), await holds(again)], [false, false]);
  }),
);
