// Hosts are switched on and off through their controllers: ipmitool against OpenIPMI's simulator of one, and Redfish against a service
// over TLS. The hosts are simulated, what is between the API and the controllers is not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startLiveCloud, type LiveCloud } from '#test/live-cloud.ts';
import { startRedfish, type Redfish } from '#test/redfish.ts';
import type { Params, Thing } from '#tools/cloud/api.ts';
import { refusal, until } from './environment.ts';
import { startIpmi, type IpmiSim } from './ipmi.ts';

const SIMULATED = { username: 'nephos', password: 'of the simulator' };

describe('out-of-band management', () => {
  let cloud: LiveCloud;
  let ipmi: IpmiSim;
  let redfish: Redfish;
  let hosts: Thing[];
  /** Passwords that were in use: none may be seen anywhere. */
  const passwords = new Set<string>();

  const block = async (host: Thing): Promise<Record<string, unknown>> => {
    const [now] = await cloud.api.list('listHosts', { id: host.id });
    return now!['outofbandmanagement'] as Record<string, unknown>;
  };
  const shows = (host: Thing, power: string): Promise<unknown> =>
    until(`the host ${host.name} is ${power}`, async () => (await block(host))['powerstate'] === power);
  const configure = async (host: Thing, params: Params): Promise<Thing> => {
    passwords.add(String(params['password']));
    return cloud.api.make('configureOutOfBandManagement', { hostid: host.id, ...params });
  };
  const enable = (host: Thing): Promise<Thing> =>
    cloud.api.make('enableOutOfBandManagementForHost', { hostid: host.id });
  const act = async (host: Thing, action: string): Promise<unknown> =>
    (await cloud.api.make('issueOutOfBandManagementPowerAction', { hostid: host.id, action }))['powerstate'];
  const fails = async (host: Thing, action: string, params: Params = {}): Promise<string> =>
    (await refusal(cloud.api.make('issueOutOfBandManagementPowerAction', { hostid: host.id, action, ...params }))).text;

  before(async () => {
    ipmi = await startIpmi();
    cloud = await startLiveCloud({ controllers: SIMULATED });
    passwords.add(SIMULATED.password);
    hosts = await cloud.api.list('listHosts', { type: 'Routing' });
  });
  after(async () => {
    await redfish?.close();
    await ipmi?.close();
    await cloud?.stop();
  });

  describe('ipmitool', () => {
    const host = (): Thing => hosts[0]!;
    const login = (): Params => ({
      driver: 'ipmitool',
      address: '127.0.0.1',
      port: String(ipmi.port),
      ...ipmi.login,
    });

    test('a host is configured, enabled, and its power seen; also when somebody presses the button', async () => {
      const made = await configure(host(), login());
      assert.deepEqual([made['enabled'], made['powerstate'], made['status']], [false, 'Disabled', true]);
      assert.equal((await enable(host()))['enabled'], true);
      await shows(host(), 'On');
      ipmi.press('Off');
      await shows(host(), 'Off');
      const listed = await cloud.api.list('listHosts', { outofbandmanagementpowerstate: 'Off' });
      assert.deepEqual(
        listed.map(({ id }) => id),
        [host().id],
      );
      ipmi.press('On');
    });

    test('off, on, cycle, reset and soft reach the machine, and end when it is so; over IPMI 1.5 too', async () => {
      const speak = (value: string): Promise<unknown> =>
        cloud.api.call('updateConfiguration', { name: 'outofbandmanagement.ipmitool.interface', value });
      await speak('lan');
      assert.equal(await act(host(), 'STATUS'), 'On');
      assert.equal(await act(host(), 'OFF'), 'Off');
      assert.deepEqual([ipmi.power(), ipmi.changes()], ['Off', ['power 0']]);
      assert.equal(await fails(host(), 'CYCLE'), `The host ${host().name} is off; ON switches it on`);
      assert.equal(await act(host(), 'ON'), 'On');
      assert.deepEqual([ipmi.power(), ipmi.changes()], ['On', ['power 1']]);
      assert.equal(await act(host(), 'CYCLE'), 'On');
      assert.deepEqual([ipmi.power(), ipmi.changes()], ['On', ['power 0', 'power 1']]);
      await act(host(), 'RESET');
      await act(host(), 'SOFT');
      assert.deepEqual(ipmi.changes(), ['reset 1', 'shutdown 1']);
      await speak('lanplus');
    });

    test('the password is changed at the controller, quotes and all; the old one opens nothing any more', async () => {
      const password = `new 'one" $x`;
      passwords.add(password);
      await cloud.api.make('changeOutOfBandManagementPassword', { hostid: host().id, password });
      assert.equal(await act(host(), 'STATUS'), 'On');
      await configure(host(), login());
      assert.match(
        await fails(host(), 'STATUS'),
        /^The controller 127\.0\.0\.1:\d+ refuses the user admin or its password$/,
      );
      assert.equal((await block(host()))['powerstate'], 'Unknown');
      const alerts = await cloud.api.list('listAlerts', { type: 29 });
      assert.equal(alerts[0]!['description'], `The controller of the host ${host().name} refuses its user or password`);
      await configure(host(), { ...login(), password });
      assert.equal(await act(host(), 'STATUS'), 'On');
    });

    test('a dead controller is told as such, in bounded time', async () => {
      await ipmi.kill();
      assert.match(await fails(host(), 'OFF', { timeout: 20 }), /^The controller 127\.0\.0\.1:\d+ does not answer$/);
      await shows(host(), 'Unknown');
    });
  });

  describe('redfish', () => {
    const host = (): Thing => hosts[1]!;
    const login = (): Params => ({
      driver: 'redfish',
      address: '127.0.0.1',
      port: String(redfish.port),
      ...redfish.login,
    });
    const certificate = async (params: Params): Promise<{ key: string; cert: string }> => {
      const made = await cloud.api.make('issueCertificate', params);
      return { key: String(made['privatekey']), cert: String(made['certificate']) };
    };

    test("with a certificate of the cloud's own it is believed; power, tasks and password", async () => {
      redfish = await startRedfish({ tls: await certificate({ ipaddress: '127.0.0.1' }) });
      await configure(host(), login());
      await enable(host());
      await shows(host(), 'On');
      redfish.knobs.taskLooks = 3;
      redfish.knobs.wantsEtag = true;
      assert.equal(await act(host(), 'OFF'), 'Off');
      assert.equal(await act(host(), 'ON'), 'On');
      assert.equal(await act(host(), 'CYCLE'), 'On');
      assert.deepEqual(redfish.systems.get('1')!.resets, ['ForceOff', 'On', 'ForceOff', 'On']);
      const password = 'another secret';
      passwords.add(password);
      await cloud.api.make('changeOutOfBandManagementPassword', { hostid: host().id, password });
      assert.equal(redfish.login.password, password);
      assert.equal(await act(host(), 'STATUS'), 'On');
    });

    test('a slow one is given up in time; one that is for another name is not believed unless that is said', async () => {
      redfish.knobs.slowMs = 600_000;
      assert.match(await fails(host(), 'STATUS', { timeout: 1 }), /has not answered in time/);
      await redfish.close();
      redfish = await startRedfish({ tls: await certificate({ domain: 'elsewhere.example' }) });
      await configure(host(), login());
      assert.match(await fails(host(), 'OFF'), /certificate that is not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
      assert.deepEqual(redfish.asked, [], 'nothing was said to it, the login above all');
      await cloud.api.call('updateConfiguration', { name: 'redfish.ignore.ssl', value: 'true' });
      assert.equal(await act(host(), 'OFF'), 'Off');
      assert.equal(redfish.systems.get('1')!.power, 'Off');
    });
  });

  test('a simulated host that is switched off is gone from its links, and is there again when it is switched on', async () => {
    const host = hosts[1]!;
    await cloud.api.call('updateConfiguration', { name: 'redfish.ignore.ssl', value: 'false' });
    const address = `127.0.0.1/${host.name}`;
    await configure(host, { driver: 'redfish', address, port: String(cloud.controllersPort), ...SIMULATED });
    const { hub } = cloud.running;
    const linked = (size: number): Promise<unknown> =>
      until(`${size} hosts are linked`, async () => hub!.size === size);
    await linked(2);
    assert.equal(await act(host, 'OFF'), 'Off');
    await linked(1);
    assert.equal(await act(host, 'ON'), 'On');
    await linked(2);
  });

  test('no password is in a log, an event, a job or an answer', async () => {
    const seen = JSON.stringify([
      cloud.serverLog,
      await cloud.api.list('listEvents', { listall: true }),
      await cloud.api.list('listAsyncJobs', { listall: true }),
      await cloud.api.list('listHosts'),
    ]);
    for (const password of passwords) assert.ok(!seen.includes(JSON.stringify(password).slice(1, -1)), password);
  });
});
