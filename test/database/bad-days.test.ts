// Bad days of the database that are not its death: its disk is full, its connections are all taken. Whoever asks is told what is
// wrong, nothing is half-written, no job is lost or done twice, the log stays readable, and it ends when its cause does.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { refusal, until } from '../e2e/environment.ts';
import { startServersCloud, type ServersCloud } from '../e2e/servers.ts';
import { noSmallDisk, startOnSmallDisk, type SmallDisk } from './small-disk.ts';

const skip = noSmallDisk() ?? false;
let disk: SmallDisk;
let cloud: ServersCloud;
let admin: pg.Client;
before(async () => {
  if (skip !== false) return;
  disk = await startOnSmallDisk({ max_connections: '40' });
  admin = await disk.superuser();
  const database = { url: disk.url, drop: async () => {} };
  cloud = await startServersCloud({ names: ['s1'], hosts: 2, database, env: { NEPHOS_LOG: 'info' } });
});
after(async () => {
  await cloud?.stop();
  await admin?.end();
  await disk?.stop();
});

const server = () => cloud.servers[0]!;
const deploy = (name: string): Promise<string> =>
  server()
    .api.call('deployVirtualMachine', {
      zoneid: cloud.zone.id,
      templateid: cloud.template.id,
      serviceofferingid: cloud.offering.id,
      name,
    })
    .then(({ jobid }) => String(jobid));
const readyz = async (): Promise<{ status: number; problems: string[] }> => {
  const answer = await fetch(`http://127.0.0.1:${server().port}/readyz`);
  return { status: answer.status, problems: ((await answer.json()) as { problems: string[] }).problems };
};
const number = async (text: string): Promise<number> => Number((await admin.query<{ n: string }>(text)).rows[0]!.n);
/** As the cloud's database, whose rows the superuser may read. */
async function inCloud(text: string): Promise<number> {
  const client = new pg.Client({ connectionString: disk.url });
  await client.connect();
  try {
    return Number((await client.query<{ n: string }>(text)).rows[0]!.n);
  } finally {
    await client.end();
  }
}
const said = (event: string): number =>
  server()
    .log()
    .split('\n')
    .filter((line) => line.includes(`"${event}"`)).length;
const complaints = (): number =>
  server()
    .log()
    .split('\n')
    .filter((line) => /"level":[456]0/.test(line)).length;

/** Every job has ended well, and hosts have each guest once. */
async function allWell(jobs: readonly string[]): Promise<void> {
  for (const jobid of jobs) {
    const job = await until('the job has ended', async () => {
      const now = await server().api.call('queryAsyncJobResult', { jobid });
      return now['jobstatus'] !== 0 && now;
    });
    assert.equal(job['jobstatus'], 1, JSON.stringify(job['jobresult']));
  }
  const guests = Object.values(cloud.simulator.held().hosts).flatMap((host) => host.guests.map(({ name }) => name));
  const told = await server().api.list('listVirtualMachines', { listall: true, state: 'Running' });
  assert.deepEqual(guests.toSorted(), told.map((guest) => String(guest['instancename'])).toSorted());
}

test(
  'the disk of the database is full: told, nothing half-written, and it goes on where there is room',
  { skip },
  async () => {
    const jobs: string[] = [await deploy('before')];
    disk.fill();
    let accepted = 1;
    const refused = await until('a deploy is refused', async () => {
      const answer = await deploy(`full-${accepted}`).then(
        (jobid) => void (jobs.push(jobid), (accepted += 1)),
        (error: unknown) => refusal(Promise.reject(error as Error)),
      );
      return answer ?? undefined;
    });
    assert.equal(refused.status, 503);
    assert.match(refused.text, /^The disk of the database is full, so nothing was done/);
    assert.equal(await inCloud('select count(*) as n from vm'), accepted);
    assert.equal(await inCloud(`select count(*) as n from job where kind = 'vm.deploy'`), accepted);

    const state = await until('it says so', async () => {
      const now = await readyz();
      return now.status === 503 && now;
    });
    assert.deepEqual(state.problems, [
      'the disk of the database is full: what is asked for is refused until there is room',
    ]);
    assert.equal((await server().api.list('listZones')).length, 1, 'what is there can be read');

    const before = complaints();
    const rolledBack = `select xact_rollback as n from pg_stat_database where datname = 'cloud'`;
    const looks = await number(rolledBack);
    await until('it has looked for room twice more', async () => (await number(rolledBack)) >= looks + 2);
    assert.ok(complaints() - before <= 5, server().log().slice(-3_000));

    disk.empty();
    await until('it is ready again', async () => (await readyz()).status === 200);
    await allWell([...jobs, await deploy('after')]);
    assert.deepEqual([said('database.full'), said('database.room')], [1, 1]);
  },
);

test('all connections of the database are taken: told, and it goes on when one is free', { skip }, async () => {
  const jobs = [await deploy('crowd')];
  const crowd = await gather();
  try {
    const { status, problems } = await readyz();
    assert.equal(status, 503);
    assert.equal(problems[0], 'the database has no connection to spare: its max_connections is reached');
    // Asked without the client's patience, which would ask again.
    const answer = await fetch(
      `http://127.0.0.1:${server().port}/client/api?command=listZones&response=json&apiKey=none`,
    );
    assert.equal(answer.status, 503);
    assert.match(
      await answer.text(),
      /"errorcode":503.*The database has no connection to spare at the moment; try again/,
    );
  } finally {
    await crowd.end();
  }
  await until('it is ready again', async () => (await readyz()).status === 200);
  await allWell([...jobs, await deploy('room')]);
});

/** Others who take every connection there is: ours are ended until none of theirs is missing. Then no slot is ever free. */
async function gather(): Promise<{ end(): Promise<void> }> {
  const slots = await number(
    `select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int - 1 as n`,
  );
  const clients: pg.Client[] = [];
  await until('they have every connection but the superuser’s', async () => {
    while (await takeOne(clients));
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'nephos%'`);
    return (await number(`select count(*) as n from pg_stat_activity where application_name = 'crowd'`)) === slots;
  });
  return { end: async () => void (await Promise.all(clients.map((client) => client.end()))) };
}

/** False: there is none. */
async function takeOne(clients: pg.Client[]): Promise<boolean> {
  const client = new pg.Client({ connectionString: disk.url, application_name: 'crowd' });
  client.on('error', () => {});
  try {
    await client.connect();
    clients.push(client);
    return true;
  } catch {
    return false;
  }
}
