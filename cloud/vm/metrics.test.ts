// Instances with how large they are: the same ones as listVirtualMachines shows to the same caller, and no host's name to tenants.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { makeGuest, makePlace } from '#test/guests.ts';
import { makeAccount, type TestAccount } from '#test/tenants.ts';
import { makeZone } from '#test/zone-rows.ts';

interface Scene {
  one: TestAccount;
  other: TestAccount;
  web: { id: number; uuid: string };
  db: { id: number; uuid: string };
}
async function scene(cloud: TestCloud): Promise<Scene> {
  const [one, other] = [await makeAccount(cloud, { name: 'one' }), await makeAccount(cloud, { name: 'other' })];
  const place = await makePlace(cloud.db, one);
  const web = await makeGuest(cloud.db, place, { ...one, name: 'web', state: 'Running' });
  const db = await makeGuest(cloud.db, place, { ...one, name: 'db' });
  await cloud.db.read.run(sql`update vm set cpus = 4, cpu_mhz = 1550, memory_mib = 2560 where id = ${web.id}`);
  return { one, other, web, db };
}
