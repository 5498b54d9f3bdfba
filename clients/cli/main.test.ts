// The client from its command line to its streams and exit codes, against a server on loopback.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pretendCloud } from '../sdk/pretend-cloud.ts';
import type { Handlers, PretendCloud } from '../sdk/pretend-cloud.ts';
import { testWorld } from './test-world.ts';
import type { TestWorld } from './test-world.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const lists: Handlers = {
  listZones: ({ keyword }) => {
    const zone = [
      { id: id(1), name: 'zone1' },
      { id: id(2), name: 'zone2' },
      { id: id(3), name: 'twin' },
      { id: id(4), name: 'twin' },
    ];
    const found = zone.filter(({ name }) => !keyword || name.includes(keyword));
    return found.length ? { count: found.length, zone: found } : {};
  },
  listVirtualMachines: ({ keyword }) =>
    keyword
      ? {}
      : {
          count: 1,
          virtualmachine: [
            { id: id(9), name: 'i-2-9', displayname: 'Web server', zonename: 'zone1', account: 'admin' },
          ],
        },
  listServiceOfferings: () => ({ count: 1, serviceoffering: [{ id: id(5), name: 'Small' }] }),
  listTemplates: () => ({ count: 1, template: [{ id: id(6), name: 'tiny' }] }),
  listNetworks: () => ({
    count: 2,
    network: [
      { id: id(7), name: 'front' },
      { id: id(8), name: 'back' },
    ],
  }),
};

async function atCloud(t: TestContext, handlers: Handlers = {}): Promise<TestWorld & { cloud: PretendCloud }> {
  const cloud = await pretendCloud({ ...lists, ...handlers });
  t.after(() => cloud[Symbol.asyncDispose]());
  const env = { CLOUDSTACK_API_URL: cloud.url, CLOUDSTACK_API_KEY: 'key', CLOUDSTACK_SECRET_KEY: 'hidden' };
  return { ...testWorld(t, { env }), cloud };
}

test('a list is printed, filtered, as asked', async (t) => {
  const { nephos } = await atCloud(t);
  assert.deepEqual(await nephos('list', 'zones', 'filter=name', '-o', 'csv'), {
    code: 0,
    out: 'name\nzone1\nzone2\ntwin\ntwin\n',
    err: '',
  });
  assert.deepEqual(await nephos('listZones', 'KEYWORD=zone1', 'filter=name,id'), {
    code: 0,
    out: `{\n  "count": 1,\n  "zone": [\n    {\n      "name": "zone1",\n      "id": "${id(1)}"\n    }\n  ]\n}\n`,
    err: '',
  });
});

test('an empty list says so beside the output', async (t) => {
  const { nephos } = await atCloud(t, {
    listVolumes: () => ({}),
    listHosts: () => ({ count: 900, host: [{ id: id(1) }] }),
  });
  assert.deepEqual(await nephos('list', 'volumes'), { code: 0, out: '{}\n', err: 'listVolumes: nothing found\n' });
  assert.deepEqual(await nephos('list', 'volumes', '-o', 'table'), {
    code: 0,
    out: '',
    err: 'listVolumes: nothing found\n',
  });
  assert.match((await nephos('list', 'hosts')).err, /^1 of 900 shown; page= and pagesize=/);
});

test('a refusal of the API is one line and exit code 1', async (t) => {
  const { nephos } = await atCloud(t, {
    deleteZone: () => ({ refuse: { status: 431, cserrorcode: 4350, text: 'the zone has pods' } }),
  });
  assert.deepEqual(await nephos('delete', 'zone', `id=${id(1)}`), {
    code: 1,
    out: '',
    err: '(HTTP 431, error code 4350) the zone has pods\n',
  });
});

test('a wrong command line is exit code 2 and nothing is sent', async (t) => {
  const { nephos, cloud } = await atCloud(t);
  const wrong = [
    ['list', 'zonez'],
    ['list'],
    ['deploy', 'virtualmachine', 'zoneid=zone1'],
    ['list', 'zones', 'nmae=x'],
    ['list', 'zones', '-o', 'xml'],
    ['list', 'zones', '--frob'],
    ['set', 'output', 'xml'],
    ['completion', 'tcsh'],
  ];
  for (const argv of wrong) {
    const { code, out, err } = await nephos(...argv);
    assert.deepEqual([code, out], [2, ''], argv.join(' '));
    assert.match(err, /^\S.*\n$/);
  }
  assert.deepEqual(cloud.requests, []);
  assert.match((await nephos('deploy', 'virtualmachine', 'zoneid=zone1')).err, /needs serviceofferingid=/);
});

test('a server that is not there is exit code 1 and names the profile', async (t) => {
  const { nephos } = testWorld(t, { env: { CLOUDSTACK_API_URL: 'http://127.0.0.1:1/client/api' } });
  const { code, err } = await nephos('list', 'zones');
  assert.equal(code, 1);
  assert.match(
    err,
    /^cannot reach http:\/\/127\.0\.0\.1:1\/client\/api: .*\nprofile environment; 'nephos set' shows and changes it\n$/,
  );
});

const deploying = (): Handlers => {
  const done = (name: string): object => ({ name, state: 'done', ended: '2024-01-02T03:04:05+0000' });
  const polls = [
    { jobstatus: 0, progress: 10, steps: [done('place'), { name: 'disks', state: 'running' }] },
    {
      jobstatus: 1,
      progress: 100,
      steps: [done('place'), done('disks')],
      jobresult: { virtualmachine: { id: id(9), state: 'Running' } },
    },
  ];
  return { deployVirtualMachine: () => ({ jobid: id(77), id: id(9) }), queryAsyncJobResult: () => polls.shift()! };
};

test('a job is waited for; steps are told on standard error, the result on standard output', async (t) => {
  const { nephos, cloud } = await atCloud(t, deploying());
  const { code, out, err } = await nephos(
    'deploy',
    'virtualmachine',
    'zoneid=zone1',
    'serviceofferingid=Small',
    'templateid=tiny',
    'networkids=front,back',
    '-o',
    'yaml',
  );
  assert.deepEqual([code, out], [0, `virtualmachine:\n  id: "${id(9)}"\n  state: Running\n`]);
  assert.match(
    err,
    /^deployVirtualMachine: place done\ndeployVirtualMachine: disks done\ndeployVirtualMachine: done after [\d.]+ s\n$/,
  );
  const { params, method } = cloud.requests.find(({ command }) => command === 'deployVirtualMachine')!;
  assert.deepEqual(
    [method, params.zoneid, params.serviceofferingid, params.templateid, params.networkids],
    ['POST', id(1), id(5), id(6), `${id(7)},${id(8)}`],
  );
});

test('with --no-wait the job is the answer', async (t) => {
  const { nephos, cloud } = await atCloud(t, deploying());
  const { code, out, err } = await nephos(
    'deploy',
    'virtualmachine',
    `zoneid=${id(1)}`,
    `serviceofferingid=${id(5)}`,
    `templateid=${id(6)}`,
    '--no-wait',
    '-o',
    'jsonl',
  );
  assert.deepEqual([code, out, err], [0, `{"jobid":"${id(77)}","id":"${id(9)}"}\n`, '']);
  assert.equal(cloud.requests.length, 1, 'ids are not looked up');
});

test('a job that fails is exit code 1 with its reason', async (t) => {
  const { nephos } = await atCloud(t, {
    startVirtualMachine: () => ({ jobid: id(77) }),
    queryAsyncJobResult: () => ({
      jobstatus: 2,
      jobresultcode: 533,
      jobresult: { errorcode: 533, errortext: 'no host has room' },
    }),
  });
  const { code, out, err } = await nephos('start', 'virtualmachine', `id=${id(9)}`);
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /failed after [\d.]+ s\n\(job \S+, error code 533\) no host has room\n$/);
});

test('a name stands for an id when one thing bears it, otherwise the candidates are told', async (t) => {
  const { nephos, cloud } = await atCloud(t, {
    stopVirtualMachine: () => ({ jobid: id(77) }),
    updateZone: () => ({ zone: {} }),
  });
  assert.equal(
    (await nephos('stop', 'virtualmachine', 'id=Web server', '--no-wait')).code,
    0,
    'a display name no keyword finds',
  );
  assert.equal(cloud.requests.at(-1)?.params.id, id(9));
  assert.deepEqual(await nephos('update', 'zone', 'id=twin'), {
    code: 2,
    out: '',
    err: `id: 2 things are called 'twin'; there are:\n  ${id(3)}  twin\n  ${id(4)}  twin\n`,
  });
  assert.match(
    (await nephos('update', 'zone', 'id=zone')).err,
    new RegExp(`^id: nothing is called 'zone'; there are:\n  ${id(1)}  zone1\n  ${id(2)}  zone2\n$`),
  );
  assert.match(
    (await nephos('update', 'zone', 'id=moon')).err,
    /nothing is called 'moon'; there are:\n.*zone1\n.*zone2\n.*twin/,
  );
  assert.equal(
    cloud.requests.some(({ command }) => command === 'updateZone'),
    false,
  );
});

test('a name that cannot be looked up says why', async (t) => {
  const { nephos } = await atCloud(t);
  const { code, err } = await nephos('update', 'user', 'id=ann');
  assert.equal(code, 1);
  assert.match(err, /^id=ann is no id, and to look it up as a name is refused: \(HTTP 432, .*listUsers/);
});

test('debug shows requests and no secret', async (t) => {
  const { nephos, cloud } = await atCloud(t, { updateUser: () => ({ user: {} }) });
  const { err } = await nephos('update', 'user', `id=${id(1)}`, 'password=tops3cret', 'firstname=Ann', '-d');
  assert.match(err, /^POST http:\S+ updateUser id="\S+" password=\*\*\* firstname="Ann" → HTTP 200 in \d+ ms\n$/);
  assert.equal(cloud.requests[0]?.params.password, 'tops3cret');
});

test('a login ends with the command', async (t) => {
  const cloud = await pretendCloud({ ...lists, login: () => ({ sessionkey: 'x' }), logout: () => ({}) });
  t.after(() => cloud[Symbol.asyncDispose]());
  const { nephos, write } = testWorld(t);
  write(
    '.cmk/config',
    `[core]\nprofile = p\n[p]\nurl = ${cloud.url}\nusername = admin\npassword = password\ndomain = /\n`,
  );
  assert.equal((await nephos('list', 'zones', '-o', 'csv')).code, 0);
  assert.deepEqual(
    cloud.requests.map(({ command }) => command),
    ['login', 'listZones', 'logout'],
  );
});

test('sync teaches commands that are not built in', async (t) => {
  const { nephos } = await atCloud(t, {
    listApis: () => ({
      count: 2,
      api: [
        { name: 'listZones', isasync: false, params: [], response: [] },
        {
          name: 'listMoons',
          description: 'List moons',
          isasync: false,
          params: [{ name: 'planet', type: 'string', required: true }],
          response: [],
        },
      ],
    }),
    listMoons: () => ({ count: 1, moon: [{ id: '1' }] }),
  });
  assert.equal((await nephos('list', 'moons', 'planet=mars')).code, 2);
  assert.match((await nephos('sync')).err, /^2 commands at http:\S+, 1 of them new here\n$/);
  assert.deepEqual(await nephos('list', 'moons', 'planet=mars', '-o', 'csv'), { code: 0, out: 'id\n1\n', err: '' });
  assert.match((await nephos('list', 'moons')).err, /listMoons needs planet=/);
});

test('help tells the verbs, the nouns of one, and parameters with the required ones first', async (t) => {
  const { nephos } = testWorld(t);
  assert.match((await nephos('help')).out, /^Usage: nephos <verb> <noun>[^]*list \(\d+\)[^]*--no-wait/);
  assert.match((await nephos('help', 'deploy')).out, /^deploy virtualmachine +\S/);
  const { out } = await nephos('deploy', 'virtualmachine', '-h');
  assert.deepEqual(await nephos('help', 'deploy', 'virtualmachine'), { code: 0, out, err: '' });
  assert.match(
    out,
    /^deployVirtualMachine: .*\nAsynchronous: .*\n\n  serviceofferingid= +uuid, required .*\n  zoneid= +uuid, required .*; see list zones\n  name= +string/,
  );
});

test('completion offers verbs, nouns, parameters, and ids with names, as each shell takes them', async (t) => {
  const { nephos } = await atCloud(t);
  const offered = async (shell: string, line: string): Promise<string> => (await nephos('__complete', shell, line)).out;
  assert.equal(await offered('bash', 'nephos dep'), 'deploy\n');
  assert.match(await offered('zsh', 'nephos list zone'), /^zones\tList zones/);
  assert.match(
    await offered('bash', 'nephos deploy virtualmachine '),
    /^serviceofferingid=\nzoneid=\nname=\n[^]*details\[0\]\.\n/,
  );
  assert.doesNotMatch(await offered('bash', 'nephos deploy virtualmachine zoneid=x '), /zoneid/);
  assert.equal(
    await offered('bash', 'nephos list hosts zoneid='),
    [1, 2, 3, 4].map((n) => `${id(n)} (${n < 3 ? `zone${n}` : 'twin'})\n`).join(''),
  );
  assert.equal(await offered('bash', `nephos list hosts zoneid=${id(2)}`), `${id(2)}\n`);
  assert.equal(await offered('fish', `nephos start virtualmachine id=`), `id=${id(9)}\ti-2-9 (zone1, admin)\n`);
  assert.equal(
    await offered('zsh', `nephos deploy virtualmachine networkids=${id(7)},`),
    `networkids=${id(7)},${id(7)}\tfront\nnetworkids=${id(7)},${id(8)}\tback\n`,
  );
  assert.equal(await offered('bash', 'nephos list hosts listall='), '');
  assert.equal(await offered('bash', 'nephos list virtualmachines listall=t'), 'true\n');
  assert.equal(await offered('bash', 'nephos list zones -o t'), 'table\ntext\n');
  assert.equal(await offered('bash', 'nephos list zones id="'), '');
});

test('completion is silent when the server is not', async (t) => {
  const { nephos } = testWorld(t, { env: { CLOUDSTACK_API_URL: 'http://127.0.0.1:1/client/api' } });
  assert.deepEqual(await nephos('__complete', 'bash', 'nephos list hosts zoneid='), { code: 0, out: '', err: '' });
});

test('set shows settings without secrets, and keeps what is set', async (t) => {
  const { nephos } = testWorld(t);
  assert.equal((await nephos('set', 'output', 'csv')).code, 0);
  assert.equal((await nephos('set', 'secretkey', 'tops3cret')).code, 0);
  const { out } = await nephos('set');
  assert.match(out, /output = csv\n/);
  assert.match(out, /secretkey = \*\*\*\n/);
});

test('the definitions are read once and their descriptions kept', async (t) => {
  const { nephos, home } = await atCloud(t);
  await nephos('list', 'zones');
  assert.deepEqual(readdirSync(join(home, '.nephos', 'cache')), ['built-in']);
});

test('it runs as a program, and its version needs neither definitions nor a home', async (t) => {
  const { home } = testWorld(t);
  const { stdout } = await promisify(execFile)(process.execPath, [main, '-v'], { env: { HOME: home } });
  assert.match(stdout, /^nephos \d+\.\d+\.\d+\n$/);
  assert.deepEqual(readdirSync(home), []);
});

test('a reader that has enough ends it quietly', async (t) => {
  const { cloud, home } = await atCloud(t, {
    listHosts: () => ({ count: 1, host: [{ id: id(1), notes: 'x'.repeat(1_000_000) }] }),
  });
  const child = spawn(process.execPath, [main, 'list', 'hosts'], {
    env: { HOME: home, CLOUDSTACK_API_URL: cloud.url, CLOUDSTACK_API_KEY: 'k', CLOUDSTACK_SECRET_KEY: 's' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = (await once(child, 'close')) as [number];
  assert.deepEqual([code, err], [0, '']);
});

// script(1) is the terminal: it comes with every Linux, and a program below it believes a person is there.
test(
  'on a terminal it is a shell with history that keeps no secret',
  { skip: !existsSync('/usr/bin/script') },
  async (t) => {
    const { cloud, home } = await atCloud(t);
    const child = spawn('/usr/bin/script', ['-qec', `stty cols 100; '${process.execPath}' '${main}'`, '/dev/null'], {
      env: {
        HOME: home,
        TERM: 'dumb',
        CLOUDSTACK_API_URL: cloud.url,
        CLOUDSTACK_API_KEY: 'k',
        CLOUDSTACK_SECRET_KEY: 's',
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    t.after(() => child.kill());
    let seen = '';
    child.stdout.on('data', (text) => {
      seen += text;
    });
    const type = async (line: string, answer: RegExp): Promise<void> => {
      seen = '';
      child.stdin.write(line);
      await until(
        () => answer.test(seen),
        () => `${JSON.stringify(line)} was answered with ${JSON.stringify(seen)}`,
      );
    };
    await type('', /environment\) 🐱 > $/);
    await type('list zones id="zone1" -o csv filter=name\r', /\nname\r\nzone1\r\n[^]*🐱 > /);
    await type('set secretkey tops3cret\r', /noted in profile localcloud[^]*🐱 > /);
    await type('list zonez\r', /did you mean: list zones[^]*🐱 > /);
    child.stdin.write('exit\r');
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 0);
    const history = readFileSync(join(home, '.nephos', 'history'), 'utf8');
    assert.match(history, /list zones id/);
    assert.doesNotMatch(history, /tops3cret/);
  },
);

async function until(isTrue: () => boolean, describe: () => string): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  while (!isTrue()) {
    if (Date.now() > deadlineMs) throw new Error(describe());
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
