// What an operator sees of a running cloud: health, metrics, and one id from an HTTP request to a host's log. And what nobody
// may see: secrets, in no log and no table.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { startTracing } from '#protocol/otlp.ts';
import { startLiveCloud, type Line, type LiveCloud } from '#test/live-cloud.ts';

let cloud: LiveCloud;
before(async () => {
  cloud = await startLiveCloud({
    metricsPort: 0,
    settings: { 'prometheus.exporter.enable': 'true', 'vm.stats.interval': '1000' },
  });
});
after(async () => {
  await cloud?.stop();
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${cloud.running.address.url}${path}`, { headers });

/** A call of the API as a browser makes it: with a session. */
async function session(): Promise<
  (command: string, params: Record<string, string>, headers?: Record<string, string>) => Promise<Response>
> {
  const { username, password } = { username: 'admin', password: 'correct horse' };
  const url = `${cloud.running.address.url}/client/api`;
  const login = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ command: 'login', response: 'json', username, password }),
  });
  const { loginresponse } = (await login.json()) as { loginresponse: { sessionkey: string } };
  const cookie = login.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  return (command, params, headers = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { cookie, ...headers },
      body: new URLSearchParams({ command, response: 'json', sessionkey: loginresponse.sessionkey, ...params }),
    });
}

async function finished(jobId: string): Promise<void> {
  for (let n = 0; n < 400; n += 1) {
    const job = await cloud.api.call('queryAsyncJobResult', { jobid: jobId });
    if (job['jobstatus'] !== 0) return assert.equal(job['jobstatus'], 1, JSON.stringify(job));
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
  assert.fail('the job did not end');
}

test('a server that lives says so, and one that should be sent work', async () => {
  assert.deepEqual(await (await get('/healthz')).json(), { status: 'ok' });
  const ready = await get('/readyz');
  assert.equal(ready.status, 200);
  assert.deepEqual(await ready.json(), { status: 'ready', problems: [], runsJobs: true });
});

test('one id goes from the request through its job to the log of the host', async () => {
  const call = await session();
  const id = 'order-4711';
  const { zone, template, offering } = cloud;
  const reply = await call(
    'deployVirtualMachine',
    { zoneid: zone.id, templateid: template.id, serviceofferingid: offering.id, name: 'traced' },
    { 'x-request-id': id },
  );
  assert.equal(reply.headers.get('x-request-id'), id);
  const { deployvirtualmachineresponse: answer } = (await reply.json()) as Record<string, Record<string, string>>;
  const jobId = answer!['jobid']!;
  await finished(jobId);
  const ofAgent = cloud.agentLog.filter((line) => line['trace'] === id);
  assert.ok(ofAgent.some((line) => line.msg === 'call.done' && line['method'] === 'guest.start'));
  assert.deepEqual([...new Set(ofAgent.map((line) => line['job']))], [jobId]);
  const answered = cloud.serverLog.find((line) => line['trace'] === id && line.msg === 'api.answered')!;
  assert.equal(answered['command'], 'deployVirtualMachine');
  assert.match(String(answered['user']), /^[0-9a-f-]{36}$/);
});

test('a job that fails is logged with the id of its request, whichever header named it', async () => {
  const call = await session();
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const offering = await cloud.api.make('createServiceOffering', {
    name: 'huge',
    displaytext: 'huge',
    cpunumber: 500,
    cpuspeed: 2000,
    memory: 9_000_000,
  });
  const reply = await call(
    'deployVirtualMachine',
    { zoneid: cloud.zone.id, templateid: cloud.template.id, serviceofferingid: offering.id, name: 'toolarge' },
    { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
  );
  assert.equal(reply.headers.get('x-request-id'), traceId);
  const failed = await until(() => cloud.serverLog.find((line) => line.msg === 'job.failed'));
  assert.equal(failed['trace'], traceId);
});

test('without a header every request gets an id of its own, and a malformed one is not taken over', async () => {
  const ids = await Promise.all(
    [{}, {}, { 'x-request-id': 'a b\tc' }, { traceparent: 'nonsense' }].map(async (headers) =>
      (await get('/client/api?command=listZones', headers as Record<string, string>)).headers.get('x-request-id')!,
    ),
  );
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
  assert.equal(new Set(ids).size, ids.length);
});

async function until<T>(find: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let n = 0; n < 1_000; n += 1) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
  return assert.fail('it did not come');
}

/** CloudStack's exporter of 4.23, family by family, with the labels of a sample. */
const CLOUDSTACK: Readonly<Record<string, readonly string[] | undefined>> = {
  cloudstack_hosts_total: ['zone', 'filter'],
  cloudstack_hosts_total_by_tag: ['zone', 'filter', 'tags'],
  cloudstack_host_cpu_usage_mhz_total: ['zone', 'hostname', 'ip', 'overprovisioningfactor', 'filter', 'tags'],
  cloudstack_host_cpu_usage_mhz_total_by_tag: ['zone', 'filter', 'tags'],
  cloudstack_host_memory_usage_mibs_total: [
    'zone',
    'hostname',
    'ip',
    'overprovisioningfactor',
    'filter',
    'dedicated',
    'tags',
  ],
  cloudstack_host_memory_usage_mibs_total_by_tag: ['zone', 'filter', 'tags'],
  cloudstack_host_vms_cores_total: ['zone', 'hostname', 'ip', 'filter', 'dedicated', 'tags'],
  cloudstack_host_vms_cores_total_by_tag: ['zone', 'filter', 'tags'],
  cloudstack_host_vms_total: ['zone', 'hostname', 'address'],
  cloudstack_host_missing_info: undefined,
  cloudstack_host_is_dedicated: ['zone', 'hostname', 'ip'],
  cloudstack_host_dedicated_to_account: undefined,
  cloudstack_host_cert_expiry_timestamp: ['zone', 'hostname', 'ip'],
  cloudstack_vms_total: ['zone', 'filter'],
  cloudstack_vms_total_by_tag: ['zone', 'filter', 'tags'],
  cloudstack_vms_total_by_size: ['zone', 'cpu', 'memory'],
  cloudstack_volumes_total: ['zone', 'filter'],
  cloudstack_storage_pool_gibs_total: ['zone', 'name', 'address', 'type', 'overprovisioningfactor', 'filter'],
  cloudstack_private_ips_total: ['zone', 'filter'],
  cloudstack_public_ips_total: ['zone', 'filter'],
  cloudstack_shared_network_ips_total: ['zone', 'filter'],
  cloudstack_vlans_total: ['zone', 'filter'],
  cloudstack_domain_limit_cpu_cores_total: [],
  cloudstack_domain_limit_memory_mibs_total: [],
  cloudstack_domain_resource_limit: ['domain', 'type'],
  cloudstack_domain_resource_count: ['domain', 'type'],
  cloudstack_active_domains_total: ['zone'],
  cloudstack_active_accounts_total: ['zone'],
};

const metrics = async (): Promise<string> => {
  const reply = await fetch(`http://127.0.0.1:${cloud.running.address.metricsPort}/metrics`);
  assert.equal(reply.status, 200);
  return reply.text();
};

test("Prometheus reads CloudStack's families by their names and labels, and ours", async () => {
  const [host] = await cloud.api.list('listHosts', { type: 'Routing' });
  await cloud.api.make('updateHost', { id: host!.id, hosttags: 'ssd' });
  await cloud.api.make('createDomain', { name: 'metered' });
  const text = await metrics();
  const lines = text.split('\n');
  for (const [name, labels] of Object.entries(CLOUDSTACK)) {
    assert.ok(lines.includes(`# TYPE ${name} gauge`), name);
    if (labels === undefined) continue;
    const sample = lines.find((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `)) ?? '';
    assert.deepEqual(
      [...sample.matchAll(/(\w+)="/g)].map((found) => found[1]),
      labels,
      `${name}: ${sample}`,
    );
  }
  assert.ok(lines.includes('cloudstack_hosts_total{zone="zone1",filter="online"} 2'));
  assert.ok(lines.includes('cloudstack_hosts_total_by_tag{zone="zone1",filter="total",tags="ssd"} 1'));
  assert.ok(lines.includes('cloudstack_vms_total{zone="zone1",filter="running"} 1'));
  assert.ok(lines.includes('cloudstack_vms_total_by_size{zone="zone1",cpu="1",memory="128"} 1'));
  assert.ok(lines.includes('cloudstack_public_ips_total{zone="zone1",filter="total"} 191'));
  assert.ok(lines.includes('cloudstack_domain_resource_count{domain="/",type="cpu"} 1'));
  assert.ok(lines.includes('cloudstack_active_accounts_total{zone="zone1"} 1'));
  for (const ours of [
    /^nephos_http_requests_total\{command="deployVirtualMachine",status="200"\} 2$/m,
    /^nephos_job_duration_seconds_count\{kind="vm\.deploy",outcome="done"\} 1$/m,
    /^nephos_job_duration_seconds_count\{kind="vm\.deploy",outcome="failed"\} 1$/m,
    /^nephos_host_call_duration_seconds_count\{method="guest\.start",outcome="done"\} 1$/m,
    /^nephos_keeper_last_end_timestamp_seconds\{keeper="hosts\.liveness"\} 1\d{9}/m,
    /^nephos_agent_links 2$/m,
    /^nephos_queue_depth 0$/m,
    /^nephos_database_connections\{state="idle"\} \d+$/m,
    /^nephos_nodejs_eventloop_lag_p99_seconds /m,
    /^nephos_management_servers\{state="Up"\} 1$/m,
  ])
    assert.match(text, ours);
});

test('only the addresses of the setting may read metrics', async () => {
  const url = `http://127.0.0.1:${cloud.running.address.metricsPort}`;
  assert.equal((await fetch(`${url}/other`)).status, 404);
  await cloud.api.call('updateConfiguration', { name: 'prometheus.exporter.allowed.ips', value: '192.0.2.7' });
  assert.equal((await fetch(`${url}/metrics`)).status, 403);
  await cloud.api.call('updateConfiguration', { name: 'prometheus.exporter.allowed.ips', value: '127.0.0.0/8' });
  assert.equal((await fetch(`${url}/metrics`)).status, 200);
});

const CANARIES = [
  'canary-of-a-user-7f3a',
  'canary-of-a-change-7f3b',
  'canary-of-a-login-7f3c',
  'canary-of-a-setting-7f3d',
];

test('no secret is in a log or, readable, in a table', async () => {
  const call = await session();
  const [password, changed, wrong, setting] = CANARIES as [string, string, string, string];
  await call('updateConfiguration', { name: 'alert.smtp.password', value: setting });
  const person = { email: 'c@example.org', firstname: 'c', lastname: 'c', username: 'canary' };
  const made = await call('createAccount', { ...person, accounttype: '0', password });
  const { createaccountresponse } = (await made.json()) as {
    createaccountresponse: { account: { user: { id: string }[] } };
  };
  const userId = createaccountresponse.account.user[0]!.id;
  await call('updateUser', { id: userId, password: changed, currentpassword: 'correct horse' });
  await call('createAccount', { ...person, accounttype: '0', password }); // refused: the name is taken
  await call('login', { username: 'canary', password: wrong });
  const keys = (await cloud.api.make('registerUserKeys', { id: userId })) as unknown as { secretkey: string };
  assert.ok(keys.secretkey.length > 20);
  const [guest] = await cloud.api.list('listVirtualMachines', { name: 'traced' });
  const stopped = await cloud.api.make('stopVirtualMachine', { id: guest!.id, forced: true });
  const reset = await cloud.api.make('resetPasswordForVirtualMachine', { id: stopped.id });
  assert.ok(String(reset['password']).length >= 6);
  await cloud.api.make('startVirtualMachine', { id: guest!.id });
  const secrets = [...CANARIES, keys.secretkey, String(reset['password']), 'correct horse'];
  assert.deepEqual(await tablesWith(person.email), ['cloud_user']); // what is looked for would be found
  const logged = [...cloud.serverLog, ...cloud.agentLog].map((line: Line) => JSON.stringify(line));
  for (const secret of secrets) {
    assert.deepEqual(
      logged.filter((line) => line.includes(secret)),
      [],
      secret,
    );
    assert.deepEqual(await tablesWith(secret), [], secret);
  }
});

/** Tables in which the text stands in clear, in any column of any row. */
async function tablesWith(text: string): Promise<string[]> {
  const { db } = cloud.running.server;
  const tables = await db.read.rows<{ name: string }>(
    sql`select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const row = await db.read.first(sql`select 1 from ${sql.raw(name)} t where strpos(t::text, ${text}) > 0 limit 1`);
    if (row) found.push(name);
  }
  return found;
}

test('a server that drains is not ready, and says why', async () => {
  const { server, engine } = cloud.running;
  const { readiness } = await import('./health.ts');
  const draining = await readiness({ db: server.db, engine, draining: true });
  assert.deepEqual(draining.problems, ['this server is about to stop and takes no new work']);
  const unregistered = await readiness({ db: server.db, engine: { registered: false }, draining: false });
  assert.match(unregistered.problems[0]!, /engine is not registered/);
  const { openDb } = await import('#kernel/db.ts');
  const gone = openDb({ url: 'postgres://nobody@127.0.0.1:1/none', max: 1 });
  const away = await readiness({ db: gone, engine, draining: false });
  assert.deepEqual(away.problems, ['the database cannot be reached (ECONNREFUSED)']);
  await gone.close();
});

test('what hosts report of their guests is shown with the instance', async () => {
  const measured = await until(async () => {
    const [guest] = await cloud.api.list('listVirtualMachinesMetrics', { name: 'traced' });
    return guest?.['cpuused'] === undefined ? undefined : guest;
  });
  assert.match(String(measured['cpuused']), /^[\d.]+%$/);
  assert.ok(Number(measured['diskiowrite']) >= 0);
  const history = await cloud.api.list('listVirtualMachinesUsageHistory', { id: measured.id });
  assert.ok((history[0]!['stats'] as unknown[]).length > 0);
});

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  status?: { code?: number; message?: string };
}

/** Whoever collects spans: keeps what it is sent over OTLP/HTTP. */
async function openCollector(): Promise<{ url: string; spans: Span[]; service: Set<string>; close(): void }> {
  const spans: Span[] = [];
  const service = new Set<string>();
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      assert.equal(request.url, '/v1/traces');
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as {
        resourceSpans: {
          resource: { attributes: { key: string; value: { stringValue: string } }[] };
          scopeSpans: { spans: Span[] }[];
        }[];
      };
      for (const { resource, scopeSpans } of resourceSpans) {
        service.add(resource.attributes.find(({ key }) => key === 'service.name')!.value.stringValue);
        spans.push(...scopeSpans.flatMap((scope) => scope.spans));
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  const { port } = http.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, spans, service, close: () => http.close() };
}

test('with a collector, spans go from the request over its job and steps to the host, in one trace', async () => {
  const collector = await openCollector();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url;
  const endTracing = await startTracing({ service: 'nephos-test', version: '1', instance: 'here' });
  try {
    const call = await session();
    const [traceId, above] = ['af92f3577b34da6a3ce929d0e0e47361', '00f067aa0ba902b7'];
    const [guest] = await cloud.api.list('listVirtualMachines', { name: 'traced' });
    const reply = await call('stopVirtualMachine', { id: guest!.id }, { traceparent: `00-${traceId}-${above}-01` });
    await finished(((await reply.json()) as Record<string, { jobid: string }>)['stopvirtualmachineresponse']!.jobid);
    await endTracing(); // sends the last ones
    const spans = collector.spans.filter((span) => span.traceId === traceId);
    const named = (name: string): Span =>
      spans.find((span) => span.name === name) ??
      assert.fail(`no ${name} in ${spans.map((span) => span.name).join(', ')}`);
    const request = named('stopVirtualMachine');
    assert.equal(request.parentSpanId, above);
    const job = named('job vm.stop');
    assert.equal(job.parentSpanId, request.spanId);
    const atHost = named('guest.stop');
    const sent = named('call guest.stop');
    assert.equal(atHost.parentSpanId, sent.spanId);
    const step = spans.find(({ spanId }) => spanId === sent.parentSpanId)!;
    assert.equal(step.parentSpanId, job.spanId);
    assert.deepEqual([...collector.service], ['nephos-test']);
    const failed = await call(
      'stopVirtualMachine',
      { id: 'nonsense' },
      { 'x-request-id': '11111111-2222-4333-8444-555555555555' },
    );
    assert.equal(failed.headers.get('x-request-id'), '11111111-2222-4333-8444-555555555555');
  } finally {
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    await endTracing();
    collector.close();
  }
});
