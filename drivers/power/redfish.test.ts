// The Redfish driver against a service that does what the schema says, and what real ones do.
import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import type { Controller } from '#cloud/out-of-band/driver.ts';
import type { Settings } from '#kernel/settings.ts';
import { startRedfish, type Redfish } from '#test/redfish.ts';
import { exchange, openRoads } from './https.ts';
import { redfishPower } from './redfish.ts';

const driverWith = (values: Record<string, string> = {}) => {
  const all: Record<string, string> = { 'redfish.use.https': 'false', 'redfish.retries': '0', ...values };
  const settings: Partial<Settings> = {
    boolean: (name) => all[name] === 'true',
    number: (name) => Number(all[name]),
  };
  return redfishPower(settings as Settings, { authority: '' });
};
const driver = driverWith();
const signal = AbortSignal.timeout(60_000);

const open: Redfish[] = [];
after(() => Promise.all(open.map((service) => service.close())));

interface Set {
  service: Redfish;
  controller: Controller;
}
async function withService({
  systems,
  address = '127.0.0.1',
}: { systems?: string[]; address?: string } = {}): Promise<Set> {
  const service = await startRedfish(systems ? { systems } : {});
  open.push(service);
  return {
    service,
    controller: { driver: 'redfish', address, port: service.port, username: 'admin', password: 'secret' },
  };
}
const failsWith = (work: Promise<unknown>, kind: string, text: RegExp): Promise<void> =>
  assert.rejects(work, (error: Error & { kind?: string }) => {
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, text);
    assert.ok(!error.message.includes('secret'));
    return true;
  });

test('a session is opened, used and closed; the state is read from the system', async () => {
  const { service, controller } = await withService();
  assert.equal(await driver.status(controller, signal), 'On');
  assert.deepEqual(
    service.asked.map((one) => one.replace(/[0-9a-f-]{36}$/, 'id')),
    [
      'POST /redfish/v1/SessionService/Sessions',
      'GET /redfish/v1/Systems',
      'GET /redfish/v1/Systems/1',
      'DELETE /redfish/v1/SessionService/Sessions/id',
    ],
  );
  assert.equal(service.sessions.size, 0);
  const one = service.systems.get('1')!;
  for (const [power, read] of [
    ['Off', 'Off'],
    ['PoweringOff', 'On'],
    ['PoweringOn', 'On'],
  ] as const) {
    one.power = power;
    assert.equal(await driver.status(controller, signal), read);
  }
});

test('a service without sessions is logged in to with each request', async () => {
  const { service, controller } = await withService();
  service.knobs.sessions = false;
  await driver.act(controller, 'off', signal);
  assert.equal(service.systems.get('1')!.power, 'Off');
  await failsWith(driver.status({ ...controller, password: 'x' }, signal), 'login', /refuses the user admin/);
});

test('each action is a type of reset the system knows', async () => {
  const { service, controller } = await withService();
  for (const action of ['soft', 'cycle', 'reset', 'off', 'on'] as const) await driver.act(controller, action, signal);
  assert.deepEqual(service.systems.get('1')!.resets, [
    'GracefulShutdown',
    'PowerCycle',
    'ForceRestart',
    'ForceOff',
    'On',
  ]);
  service.knobs.allowable = ['ForceOn', 'ForceOff'];
  await failsWith(
    driver.act(controller, 'soft', signal),
    'unsupported',
    /knows no GracefulShutdown; it knows: ForceOn, ForceOff/,
  );
  service.knobs.actionInfo = true;
  await failsWith(driver.act(controller, 'reset', signal), 'unsupported', /knows no ForceRestart; it knows: ForceOn/);
  await driver.act(controller, 'off', signal);
  assert.equal(service.systems.get('1')!.power, 'Off');
});

test('what the system refuses now is told in its words', async () => {
  const { service, controller } = await withService();
  service.systems.get('1')!.power = 'Off';
  await failsWith(
    driver.act(controller, 'reset', signal),
    'unsupported',
    /409 at .*: The request could not be performed/,
  );
});

test('a task is waited for, and fails with its reason', async () => {
  const { service, controller } = await withService();
  service.knobs.taskLooks = 3;
  await driver.act(controller, 'off', signal);
  assert.equal(service.asked.filter((one) => one.includes('TaskMonitors')).length, 3);
  service.systems.get('1')!.power = 'On';
  service.knobs.taskEnd = 'Exception';
  await failsWith(
    driver.act(controller, 'off', signal),
    'failed',
    /ended as Exception\. The power supply does not obey/,
  );
  service.knobs.taskLooks = 1_000_000;
  await failsWith(
    driver.act(controller, 'off', AbortSignal.timeout(200)),
    'timeout',
    /took it on and is not done|not answered in time/,
  );
});

test('an ETag is sent where it is wanted, and read anew where it has changed', async () => {
  const { service, controller } = await withService();
  service.knobs.wantsEtag = true;
  service.knobs.staleEtags = 1;
  await driver.changePassword(controller, 'new', signal);
  assert.equal(service.login.password, 'new');
  await driver.act({ ...controller, password: 'new' }, 'off', signal);
  assert.equal(service.systems.get('1')!.power, 'Off');
});

test('a password is changed for the account of that name; what is refused is told in words', async () => {
  const { service, controller } = await withService();
  await failsWith(
    driver.changePassword(controller, 'x'.repeat(21), signal),
    'unsupported',
    /property Password is too long/,
  );
  await driver.changePassword(controller, 'new', signal);
  assert.equal(await driver.status({ ...controller, password: 'new' }, signal), 'On');
  await failsWith(driver.status(controller, signal), 'login', /refuses the user admin or its password/);
  service.login.username = 'somebody';
  await failsWith(driver.status({ ...controller, password: 'new' }, signal), 'login', /refuses the user admin/);
});

test('of several systems the one after the address is meant', async () => {
  const { service, controller } = await withService({ systems: ['left', 'right'] });
  await failsWith(driver.status(controller, signal), 'failed', /is for 2 systems \(left, right\); say which with \//);
  await driver.act({ ...controller, address: '127.0.0.1/right' }, 'off', signal);
  assert.deepEqual(
    [...service.systems.values()].map(({ power }) => power),
    ['On', 'Off'],
  );
  await failsWith(
    driver.status({ ...controller, address: '127.0.0.1/up' }, signal),
    'unsupported',
    /404 at .*: There is no system up\./,
  );
});

test('redirects, floods, silence and nonsense end with what was wrong', async () => {
  const { service, controller } = await withService();
  const answers = (status: number, headers: Record<string, string> = {}, body = '') => {
    service.knobs.answers = { status, headers, body };
  };
  answers(302, { location: 'https://elsewhere.example/' });
  await failsWith(
    driver.status(controller, signal),
    'failed',
    /redirects to https:\/\/elsewhere.example\/, which is not/,
  );
  answers(500, {}, '<html>oops</html>');
  await failsWith(driver.status(controller, signal), 'failed', /answered 500 at/);
  answers(201, { 'x-auth-token': 'x', location: 'https://elsewhere.example/redfish/v1/x' }, '{}');
  await failsWith(driver.status(controller, signal), 'failed', /answered 201 at \/redfish\/v1\/Systems/);
  answers(200, { 'x-auth-token': 'x' }, '{"Members":[{"@odata.id":"http://elsewhere.example/x"}]}');
  await failsWith(driver.status(controller, signal), 'failed', /names a resource http:/);
  answers(200, { 'x-auth-token': 'x' }, '[1]');
  await failsWith(driver.status(controller, signal), 'failed', /says something else than Redfish at/);
  answers(200, {}, 'x'.repeat(2 * 1024 * 1024));
  await failsWith(driver.status(controller, signal), 'failed', /answers with more than 1048576 bytes/);
  delete service.knobs.answers;
  service.knobs.slowMs = 60_000;
  await failsWith(driver.status(controller, AbortSignal.timeout(100)), 'timeout', /not answered in time/);
});

test('nobody there is told; who breaks off is asked again, but for nothing that changes something', async () => {
  const { service, controller } = await withService();
  await service.close();
  await failsWith(driver.status(controller, signal), 'unreachable', /does not answer \(ECONNREFUSED\)/);
  let asked = 0;
  const breaks = createServer((socket) => {
    asked += 1;
    socket.once('data', () => socket.resetAndDestroy());
  });
  await new Promise<void>((resolve) => {
    breaks.listen(0, '127.0.0.1', resolve);
  });
  const { port } = breaks.address() as AddressInfo;
  const roads = openRoads(null);
  const place = { host: '127.0.0.1', port, roads, retries: 2, signal };
  for (const [method, times] of [
    ['GET', 3],
    ['POST', 1],
  ] as const) {
    asked = 0;
    await failsWith(exchange(place, { method, path: '/redfish/v1' }), 'unreachable', /does not answer \(ECONNRESET\)/);
    assert.equal(asked, times, method);
  }
  roads.close();
  breaks.close();
});
