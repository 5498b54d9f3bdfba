// A test run on somebody else's server leaves nothing there, removes what a killed run of this machine has left, and touches
// nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { openTestDatabase } from './throw-away-database.ts';

test('on a server that is given, the databases of this run are gone afterwards, and those of dead ones before', async () => {
  const url = process.env['NEPHOS_TEST_DATABASE_URL']!;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const there = async (name: string): Promise<boolean> =>
    (await client.query('select from pg_database where datname = $1', [name])).rowCount === 1;
  const given = { ...process.env };
  process.env['DATABASE_URL'] = url;
  const first = await openTestDatabase();
  const prefix = process.env['NEPHOS_TEST_DATABASE_PREFIX']!;
  const [own, dead, other] = [`${prefix}a`, prefix.replace(/\d+_$/, '4194305_left'), `nephos_other_${process.pid}`]; // above any pid
  try {
    for (const name of [own, dead, other]) await client.query(`create database ${name}`);
    await openTestDatabase();
    assert.deepEqual([await there(own), await there(dead), await there(other)], [true, false, true]);
    await first.remove();
    assert.deepEqual([await there(own), await there(other)], [false, true]);
  } finally {
    await client.query(`drop database if exists ${other}`);
    await client.end();
    process.env = given;
  }
});
