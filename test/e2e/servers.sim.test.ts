// Three management servers behind a balancer: hosts are linked to one of them each and reached from all, servers come, go, die
// and sleep, and nobody who uses the cloud notices more than a moment.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import type { Api } from '#tools/cloud/api.ts';
import { ADMIN_PASSWORD } from '../database.ts';
import { refusal, until } from './environment.ts';
import { allLinked, holders, must, startServersCloud, type ServersCloud } from './servers.ts';

const HOSTS = 6;
let cloud: ServersCloud;
before(async () => {
  cloud = await startServersCloud({ names: ['s1', 's2', 's3'], hosts: HOSTS });
});
after(async () => {
  await cloud?.stop();
});

const deployment = (name: string): Record<string, string> => ({
  zoneid: cloud.zone.id,
  templateid: cloud.template.id,
  serviceofferingid: cloud.offering.id,
  name,
});

test('hosts spread over the servers by themselves, one link each', async () => {
  await until('every server holds its share', async () => {
    const held = await holders(cloud.api);
    return Object.keys(held).length === 3 && (await allLinked(cloud.api, HOSTS));
  });
});

test('any server deploys, stops and starts on any host', async () => {
  await Promise.all(
    Array.from({ length: 6 }, (_, n) => cloud.servers[n % 3]!.api.make('deployVirtualMachine', deployment(`vm-${n}`))),
  );
  const guests = await cloud.api.list('listVirtualMachines', { listall: true, state: 'Running' });
  assert.equal(guests.length, 6);
  assert.ok(new Set(guests.map((guest) => guest['hostname'])).size > 1);
});

/** Deploys through the balancer, all at once; all must end well. A server that is about to end says 503: try again. */
const deployAll = (wanted: string[]): Promise<unknown> =>
  Promise.all(
    wanted.map(async (name) => {
      const { jobid } = await until('a server takes the job', () =>
        cloud.api.call('deployVirtualMachine', deployment(name)).catch((error: { status?: number }) => {
          if (error.status === 503) return undefined;
          throw error;
        }),
      );
      await allDone([String(jobid)], cloud.api);
    }),
  );
async function allDone(jobs: readonly string[], api: Api): Promise<void> {
  const states = await until('every job has ended', async () => {
    const now = await Promise.all(jobs.map((jobid) => api.call('queryAsyncJobResult', { jobid })));
    return now.every((job) => job['jobstatus'] !== 0) && now;
  });
  assert.deepEqual(
    states.filter((job) => job['jobstatus'] === 2).map((job) => job['jobresult']),
    [],
  );
}
const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
const stateOf = async (name: string): Promise<string | undefined> =>
  (await cloud.api.list('listManagementServers', { name }))[0]?.state;
const idOf = async (name: string): Promise<string> =>
  must((await cloud.api.list('listManagementServers', { name }))[0]).id;

/** Guests as the hosts have them and as the API tells them. */
async function agree(): Promise<void> {
  await until('hosts and API agree', async () => {
    const { hosts } = cloud.simulator.held();
    const held = Object.entries(hosts).flatMap(([host, { guests }]) =>
      guests.map((guest) => `${guest.name} on ${host}`),
    );
    const told = (await cloud.api.list('listVirtualMachines', { listall: true, state: 'Running' })).map(
      (guest) => `${String(guest['instancename'])} on ${String(guest['hostname'])}`,
    );
    assert.deepEqual(held.toSorted(), told.toSorted());
    return true;
  });
}

test('reconnectHost works at a server that does not hold the host', async () => {
  const [host] = await cloud.api.list('listHosts', { type: 'Routing', name: 'sim-1' });
  const holder = String(host!['managementservername']);
  const other = must(cloud.servers.find((server) => server.name !== holder));
  const again = await other.api.make('reconnectHost', { id: host!.id });
  assert.equal(again.state, 'Up');
});

test('what one server is told, all know: sessions, settings, changes on every stream', async () => {
  const [one, two, three] = cloud.servers.map(({ port }) => `http://127.0.0.1:${port}/client`);
  const session = await login(one!);
  const streams = [two!, three!].map((url) => watch(url, session));
  await Promise.all(streams.map((stream) => stream.ready));
  const [guest] = await cloud.api.list('listVirtualMachines', { listall: true, state: 'Running' });
  await cloud.servers[0]!.api.make('stopVirtualMachine', { id: guest!.id });
  await Promise.all(streams.map((stream) => stream.saw(guest!.id)));
  for (const stream of streams) stream.end();
  await cloud.servers[1]!.api.make('updateConfiguration', { name: 'allow.user.view.destroyed.vm', value: true });
  await until('every server has the setting', async () => {
    const known = await Promise.all(cloud.servers.map(({ api }) => api.call('listCapabilities')));
    return known.every(
      (answer) => (answer['capability'] as Record<string, unknown>)['allowuserviewdestroyedvm'] === true,
    );
  });
});

test('a server is prepared for maintenance by another one, and taken back', async () => {
  const id = await idOf('s2');
  const [s1, s2] = cloud.servers;
  await s1!.api.call('prepareForMaintenance', { managementserverid: id });
  await until('s2 is in maintenance and empty', async () => {
    const [shown] = await s1!.api.list('listManagementServers', { id });
    return shown!.state === 'Maintenance' && Number(shown!['agentscount']) === 0 && (await allLinked(s1!.api, HOSTS));
  });
  assert.deepEqual(
    await refusal(s2!.api.make('deployVirtualMachine', deployment('refused'))).then(({ status }) => status),
    503,
  );
  assert.equal((await fetch(`http://127.0.0.1:${s2!.port}/readyz`)).status, 503);
  assert.equal((await s2!.api.list('listZones')).length, 1);
  await s2!.api.call('cancelMaintenance', { managementserverid: id });
  await until('s2 holds hosts again', async () => ((await holders(s1!.api))['s2'] ?? 0) > 0);
  await s2!.api.make('deployVirtualMachine', deployment('accepted'));
});

test('SIGTERM under load: nothing fails, hosts have moved, the exit is clean', async () => {
  const s3 = must(cloud.servers.find(({ name }) => name === 's3'));
  const deploys = deployAll(names('drain', 8));
  const reads = keepReading();
  s3.child.kill('SIGTERM');
  assert.deepEqual(await s3.ended, { code: 0, signal: null });
  assert.equal(await stateOf('s3'), 'Down');
  await deploys;
  assert.equal(await reads.end(), 0, 'reads through the balancer failed');
  await until('every host is linked', () => allLinked(cloud.api, HOSTS));
  await agree();
  await cloud.start('s3');
  await until('s3 holds hosts again', async () => ((await holders(cloud.api))['s3'] ?? 0) > 0);
});

test('a server that is killed: its hosts are elsewhere within seconds, its jobs are done by the others', async () => {
  const victim = must(cloud.servers.find(({ name }) => name === 's1'));
  const jobs = await Promise.all(
    names('killed', 8).map((name) => victim.api.call('deployVirtualMachine', deployment(name))),
  );
  victim.child.kill('SIGKILL');
  await victim.ended;
  await until('the others say that it is Down', async () => (await stateOf('s1')) === 'Down');
  await until('every host is linked', () => allLinked(cloud.api, HOSTS));
  await allDone(
    jobs.map(({ jobid }) => String(jobid)),
    cloud.api,
  );
  await agree();
  await cloud.start('s1');
});

test('a server that is paused past its lease and wakes changes nothing', async () => {
  const sleeper = must(cloud.servers.find(({ name }) => name === 's2'));
  const asked = names('paused', 6).map((name) => sleeper.api.call('deployVirtualMachine', deployment(name)));
  const jobs = await Promise.all(asked);
  sleeper.child.kill('SIGSTOP');
  const others = cloud.servers.filter((server) => server !== sleeper);
  await allDone(
    jobs.map(({ jobid }) => String(jobid)),
    others[0]!.api,
  );
  await until('its hosts have moved', async () => (await holders(others[0]!.api))['s2'] === undefined);
  sleeper.child.kill('SIGCONT');
  await until(
    'it is Up again',
    async () => (await sleeper.api.list('listManagementServers', { name: 's2' }))[0]?.state === 'Up',
  );
  await until('every host is linked', () => allLinked(cloud.api, HOSTS));
  await agree();
});

test('a server whose clock is ten minutes off does as the others', async () => {
  const preload = new URL('skewed-clock.js', import.meta.url).href;
  const fast = await cloud.start('fast', { env: { NODE_OPTIONS: `--import=${preload}` } });
  const url = (port: number): string => `http://127.0.0.1:${port}/client`;
  const right = must(cloud.servers.find(({ name }) => name === 's1'));
  const sessions = [await login(url(fast.port)), await login(url(right.port))];
  for (const port of [fast.port, right.port])
    for (const { cookie, key } of sessions) {
      const asked = `${url(port)}/api?command=listZones&response=json&sessionkey=${encodeURIComponent(key)}`;
      assert.equal((await fetch(asked, { headers: { cookie } })).status, 200);
    }
  const client = new pg.Client({ connectionString: cloud.databaseUrl });
  await client.connect();
  try {
    const wrong = async (what: string): Promise<number> =>
      Number(
        (
          await client.query(
            `select count(*) from (${what}) t(at) where abs(extract(epoch from clock_timestamp() - at)) > 300`,
          )
        ).rows[0].count,
      );
    assert.equal(
      await wrong("select expires - interval '30 minutes' from session"),
      0,
      'sessions end at the wrong time',
    );
    await holdsHosts('fast');
    const guest = await fast.api.make('deployVirtualMachine', deployment('skewed'));
    await fast.api.make('destroyVirtualMachine', { id: guest.id });
    assert.equal(await wrong('select destroyed from vm where destroyed is not null'), 0, 'expunged at the wrong time');
    assert.equal(await wrong('select started from job_step'), 0, 'steps at the wrong time');
    assert.equal(await wrong('select last_ping from host'), 0);
  } finally {
    await client.end();
  }
  fast.child.kill('SIGTERM');
  assert.equal((await fast.ended).code, 0);
});
const holdsHosts = (name: string): Promise<boolean> =>
  until(`${name} holds hosts`, async () => ((await holders(cloud.api))[name] ?? 0) > 0);

/** As the database's owner, in one go. */
async function inDatabase(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: cloud.databaseUrl });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
/** What an hour does to the rows that tell of a server, and what keepers clear away in that time. */
const anHourPasses = (name: string): Promise<void> =>
  inDatabase(`update management_server set seen = seen - interval '1 hour' where name = '${name}';
    delete from worker where name = '${name}'; delete from stale; delete from change`);

test('a server that is resumed after an hour goes on as if it had just come', async () => {
  const preload = new URL('sleeping-clock.js', import.meta.url).href;
  const sleeper = await cloud.start('sleeper', { env: { NODE_OPTIONS: `--import=${preload}` } });
  await until('it holds hosts', async () => ((await holders(cloud.api))['sleeper'] ?? 0) > 0);
  const others = cloud.servers.filter((server) => server !== sleeper);
  const jobs = await Promise.all(
    names('slept', 4).map((name) => sleeper.api.call('deployVirtualMachine', deployment(name))),
  );
  sleeper.child.kill('SIGSTOP');
  sleeper.child.kill('SIGUSR2'); // heard when it wakes
  await allDone(
    jobs.map(({ jobid }) => String(jobid)),
    others[0]!.api,
  );
  await until('its hosts have moved', async () => (await holders(others[0]!.api))['sleeper'] === undefined);
  await anHourPasses('sleeper');
  await others[0]!.api.make('updateConfiguration', { name: 'allow.user.view.destroyed.vm', value: false });
  sleeper.child.kill('SIGCONT');
  await until('it is Up again and holds hosts', async () => ((await holders(sleeper.api))['sleeper'] ?? 0) > 0);
  const { capability } = (await sleeper.api.call('listCapabilities')) as { capability: Record<string, unknown> };
  assert.equal(capability['allowuserviewdestroyedvm'], false, 'what was changed while it slept is known');
  await sleeper.api.make('deployVirtualMachine', deployment('woken'));
  await agree();
});

test('a second server of the same name is refused, with what to do', async () => {
  await assert.rejects(cloud.start('s1'), /a management server named s1 runs already; give this one a name of its own/);
  assert.equal(
    (await fetch(`http://127.0.0.1:${must(cloud.servers.find(({ name }) => name === 's1')).port}/readyz`)).status,
    200,
  );
});

test('a server that wakes and finds its name taken ends; the one that has it goes on', async () => {
  const sleeper = must(cloud.servers.find(({ name }) => name === 'sleeper'));
  sleeper.child.kill('SIGSTOP');
  await anHourPasses('sleeper');
  const twin = await cloud.start('sleeper');
  sleeper.child.kill('SIGCONT');
  assert.deepEqual(await sleeper.ended, { code: 0, signal: null });
  await until('the other one holds hosts', async () => ((await holders(twin.api))['sleeper'] ?? 0) > 0);
  await twin.api.make('deployVirtualMachine', deployment('twin'));
  await until('every host is linked', () => allLinked(cloud.api, HOSTS));
  await agree();
});

test('a server that only answers runs no job and holds no host; one that only works does both', async () => {
  const front = await cloud.start('front', { more: { roles: ['api'] } });
  const works = await cloud.start('works', { more: { roles: ['worker'] } });
  const runsJobs = async ({ port }: { port: number }): Promise<unknown> =>
    ((await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()) as { runsJobs: boolean }).runsJobs;
  assert.deepEqual([await runsJobs(front), await runsJobs(works)], [false, true]);
  await until('the one that works holds hosts', async () => ((await holders(cloud.api))['works'] ?? 0) > 0);
  let asked = 0;
  await until('it has done a job that the other one took', async () => {
    await front.api.make('deployVirtualMachine', deployment(`front-${(asked += 1)}`));
    return (await doneBy('works')) > 0;
  });
  assert.deepEqual([await doneBy('front'), (await holders(cloud.api))['front'] ?? 0], [0, 0]);
  await agree();
});

/** Jobs that this server has, or had last. */
async function doneBy(name: string): Promise<number> {
  const client = new pg.Client({ connectionString: cloud.databaseUrl });
  await client.connect();
  try {
    const text = `select count(*)::int as n from job j join worker w on w.id = j.owner where w.name = $1`;
    return (await client.query<{ n: number }>(text, [name])).rows[0]!.n;
  } finally {
    await client.end();
  }
}

test('triggerShutdown ends the process of another server, and it can be removed then', async () => {
  const id = await idOf('s2');
  const s2 = must(cloud.servers.find(({ name }) => name === 's2'));
  const s1 = must(cloud.servers.find(({ name }) => name === 's1'));
  await s1.api.call('triggerShutdown', { managementserverid: id });
  assert.deepEqual(await s2.ended, { code: 0, signal: null });
  await s1.api.call('removeManagementServer', { id });
  assert.equal(await stateOf('s2'), undefined);
  await until('every host is linked', () => allLinked(s1.api, HOSTS));
});

/** Reads through the balancer without a pause, each on a connection of its own; `end` tells how many failed. */
function keepReading(): { end(): Promise<number> } {
  let going = true;
  let failed = 0;
  const done = (async () => {
    while (going)
      await cloud.api.list('listZones').catch((error: unknown) => {
        failed += 1;
        process.stderr.write(`a read failed: ${String(error)}\n`);
      });
  })();
  return {
    end: async () => {
      going = false;
      await done;
      return failed;
    },
  };
}

async function login(url: string): Promise<{ cookie: string; key: string }> {
  const answer = await fetch(`${url}/api`, {
    method: 'POST',
    body: new URLSearchParams({ command: 'login', response: 'json', username: 'admin', password: ADMIN_PASSWORD }),
  });
  const { loginresponse } = (await answer.json()) as { loginresponse: { sessionkey: string } };
  const cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  return { cookie, key: loginresponse.sessionkey };
}

/** Follows a server's changes with a session that another one opened. */
function watch(
  url: string,
  { cookie, key }: { cookie: string; key: string },
): { ready: Promise<void>; saw(id: string): Promise<void>; end(): void } {
  const control = new AbortController();
  let text = '';
  const ready = (async () => {
    const answer = await fetch(`${url}/stream?sessionkey=${encodeURIComponent(key)}`, {
      headers: { cookie },
      signal: control.signal,
    });
    assert.equal(answer.status, 200);
    void (async () => {
      for await (const chunk of answer.body!) text += Buffer.from(chunk).toString();
    })().catch(() => {});
    await until('the stream says hello', async () => text.includes('event: hello'));
  })();
  return {
    ready,
    saw: async (id) => void (await until('the change is told', async () => text.includes(id))),
    end: () => control.abort(),
  };
}
