// Hosts and guests of a zone in bulk: the rows that the API and the workflows would have left, written by a few statements, and
// the simulated hosts told what runs on them before anybody can compare. History (events, jobs) is not made up.
// Invariant: test/e2e/region.sim.test.ts builds one region both ways and compares the tables.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { guidOf, hostsOf } from '#agent/sim/fleet.ts';
import { rewrite, type Line } from '#agent/sim/journal.ts';
import { tapName } from '#cloud/network/network.ts';
import { makeSealer } from '#kernel/seal.ts';
import { guestName, NETWORK_OFFERING, OFFERING, type Say } from './build.ts';
import * as statements from './load.store.ts';
import type { ZoneShape } from './plan.ts';
import { hostsDir, simulatorOf, type Places } from './processes.ts';

const BATCH = 2_000;
const LOADED = 'vm, nic, volume, network, host, host_network, router, public_ip';
/** Tables that grow under a transaction nobody else analyses: each network would be looked for among all guests before it. */
const isPowerOf2 = (n: number): boolean => n > 0 && (n & (n - 1)) === 0;

async function inTransaction<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'nephos-loader' });
  await client.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } finally {
    await client.end();
  }
}

/** Of the zone that stands with its pods and clusters. They are Disconnected until they dial in. */
export async function loadHosts(databaseUrl: string, shape: ZoneShape, say: Say): Promise<void> {
  const hosts = hostsOf(shape.fleet);
  await inTransaction(databaseUrl, async (client) => {
    for (let from = 0; from < hosts.length; from += BATCH) {
      const batch = hosts.slice(from, from + BATCH);
      say(`${from} of ${hosts.length} of ${shape.name}`);
      await client.query(statements.INSERT_HOSTS, [
        shape.name,
        batch.map((host) => host.name),
        batch.map((host) => guidOf(host.name)),
        batch.map((host) => host.address),
        batch.map((host) => host.cluster),
        shape.fleet.cpus,
        shape.fleet.cpuMhz,
        shape.fleet.memoryMib,
      ]);
    }
  });
  await analyze(databaseUrl, 'host');
}

interface Loading {
  databaseUrl: string;
  places: Places;
  shape: ZoneShape;
}

/** Networks, guests, disks and routers of the zone, whose hosts are linked. */
export async function loadGuests({ databaseUrl, places, shape }: Loading, say: Say): Promise<void> {
  const sealer = makeSealer(readFileSync(path.join(places.dataDir, 'cloud.key')));
  await inTransaction(databaseUrl, async (client) => {
    let before = 0;
    const all = shape.networks.reduce((sum, network) => sum + network.guests, 0);
    for (const [index, network] of shape.networks.entries()) {
      say(`${before} of ${all}`);
      if (isPowerOf2(index)) await client.query(`analyze ${LOADED}`);
      const numbers = Array.from({ length: network.guests }, (_, index) => index + 1);
      const {
        rows: [made],
      } = await client.query<{ id: string }>(statements.INSERT_NETWORK, [
        shape.name,
        network.tenant,
        network.name,
        NETWORK_OFFERING,
      ]);
      // Guests fill hosts in their order, so that a network is on few of them.
      const hosts = numbers.map((number) => Math.floor(((before + number - 1) * shape.fleet.hosts) / all));
      await client.query(statements.INSERT_GUESTS, [
        made!.id,
        OFFERING,
        numbers.map((number) => guestName(network.name, number)),
        numbers.map(() => sealer.seal(randomBytes(9).toString('base64url'))),
        numbers.map(() => sealer.seal(randomBytes(6).toString('base64url'))),
        hosts,
        hosts[0],
        hosts.at(-1)! - hosts[0]! + 1,
        shape.fleet.hosts,
      ]);
      await client.query(statements.FINISH_NETWORK, [made!.id, network.guests]);
      before += network.guests;
    }
    say('counting');
    for (const statement of statements.COUNT) await client.query(statement, [shape.name]);
    say('telling hosts');
    await tellSimulator(client, { places, shape });
  });
  await analyze(databaseUrl, LOADED);
}

/** Hosts know before the rows are there: a report without a guest that should run would be believed. */
async function tellSimulator(client: pg.Client, { places, shape }: Omit<Loading, 'databaseUrl'>): Promise<void> {
  const lines: Line[] = [];
  for (const statement of statements.LINES) {
    const { rows } = await client.query<{ line: Line }>(statement, [shape.name]);
    for (const { line } of rows) lines.push(withTaps(line));
  }
  const file = path.join(hostsDir(places), `${shape.name}.load.jsonl`);
  await rewrite(file, lines);
  await simulatorOf(places, shape.name).load(file);
}

function withTaps(line: Line): Line {
  if (line[0] === 'h')
    for (const nic of line[2].guests.flatMap((guest) => guest.nics)) nic.tap = tapName(Number(nic.tap));
  return line;
}

async function analyze(databaseUrl: string, tables: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'nephos-loader' });
  await client.connect();
  await client.query(`analyze ${tables}`).finally(() => client.end());
}
