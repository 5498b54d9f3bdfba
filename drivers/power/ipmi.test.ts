// What ipmitool is started with, and what its answers mean. The answers are those of ipmitool 1.8.19 against OpenIPMI's simulator.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Settings } from '#kernel/settings.ts';
import { ipmiPower, setPassword, type Ended, type Started } from './ipmi.ts';

const CONTROLLER = { driver: 'ipmitool', address: '10.0.0.5', port: 6230, username: 'admin', password: 'very secret' };
const SILENT_SESSION = 'Error: Unable to establish IPMI v2 / RMCP+ session';
const settings = (values: Record<string, string> = {}): Settings =>
  ({
    text: (name: string) => values[name] ?? 'lanplus',
    number: (name: string) => Number(values[name] ?? 1),
  }) as Partial<Settings> as Settings;
const { signal } = new AbortController();

function told(answers: readonly (Partial<Ended> | Error)[], values?: Record<string, string>) {
  const started: Started[] = [];
  const driver = ipmiPower(settings(values), async (start) => {
    const answer = answers[started.push(start) - 1];
    if (answer instanceof Error) throw answer;
    return { code: 0, stdout: '', stderr: '', ...answer };
  });
  return { driver, started };
}
const failsWith = async (answer: Partial<Ended> | Error, kind: string, text: RegExp): Promise<void> => {
  await assert.rejects(told([answer]).driver.status(CONTROLLER, signal), (error: Error & { kind?: string }) => {
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, text);
    return true;
  });
};

test('arguments are a vector that holds no password; the environment holds nothing else of ours', async () => {
  const { driver, started } = told([{ stdout: 'Chassis Power is on\n' }]);
  assert.equal(await driver.status(CONTROLLER, signal), 'On');
  assert.equal(started[0]!.args.join(' '), '-I lanplus -H 10.0.0.5 -p 6230 -U admin -E -v -R 1 chassis power status');
  assert.deepEqual(started[0]!.env, { PATH: '/usr/bin:/bin', LC_ALL: 'C', IPMITOOL_PASSWORD: 'very secret' });
});

test('interface and retries are the settings', async () => {
  const { driver, started } = told([{}], {
    'outofbandmanagement.ipmitool.interface': 'lan',
    'outofbandmanagement.ipmitool.retries': '4',
  });
  await driver.act(CONTROLLER, 'off', signal);
  assert.deepEqual(started[0]!.args.slice(0, 2), ['-I', 'lan']);
  assert.deepEqual(started[0]!.args.slice(-5), ['-R', '4', 'chassis', 'power', 'off']);
});

test('each action is its word', async () => {
  for (const action of ['on', 'off', 'soft', 'cycle', 'reset'] as const) {
    const { driver, started } = told([{ stdout: 'Chassis Power Control: whatever' }]);
    await driver.act(CONTROLLER, action, signal);
    assert.deepEqual(started[0]!.args.slice(-3), ['chassis', 'power', action]);
  }
});

test('chatter of -v is no failure', async () => {
  const stderr =
    'Loading IANA PEN Registry...\nUnable to Get Channel Cipher Suites\nRunning Get VSO Capabilities my_addr 0x20, transit 0, target 0x20\nInvalid completion code received: Invalid command\nDiscovered IPMB address 0x0\n';
  assert.equal(await told([{ stdout: 'Chassis Power is off\n', stderr }]).driver.status(CONTROLLER, signal), 'Off');
});

test('refusals are told apart, and none holds the password', async () => {
  const failed = (stderr: string): Partial<Ended> => ({ code: 1, stderr: `${stderr}\n${SILENT_SESSION}` });
  await failsWith(
    failed('> RAKP 2 HMAC is invalid'),
    'login',
    /^The controller 10.0.0.5:6230 refuses the user admin or/,
  );
  await failsWith(failed('RAKP 2 message indicates an error : unauthorized name'), 'login', /refuses the user/);
  await failsWith(failed('Activate Session command failed'), 'login', /refuses the user/);
  await failsWith(failed('Get Auth Capabilities error'), 'unreachable', /does not answer/);
  await failsWith(failed('Address lookup for nowhere failed'), 'unreachable', /does not answer/);
  const busy = 'Set Chassis Power Control to Reset failed: Command not supported in present state';
  await failsWith(
    { code: 1, stderr: busy },
    'unsupported',
    /cannot do that: Set Chassis Power Control to Reset failed/,
  );
  await failsWith(
    { stdout: 'Chassis Power is unknown' },
    'failed',
    /does not say whether power is on: Chassis Power is/,
  );
  await failsWith({ code: 1 }, 'failed', /answered: code 1/);
  await failsWith(Object.assign(new Error('x'), { name: 'AbortError' }), 'timeout', /not answered in time/);
  await failsWith(Object.assign(new Error('x'), { code: 'ENOENT' }), 'failed', /the Debian package ipmitool has it/);
});

test('a password goes in by standard input, as bytes, for the user of that name', async () => {
  const list =
    '1,,true,false,true,USER\n2,other,true,false,true,ADMINISTRATOR\n3,admin,true,false,true,ADMINISTRATOR\n';
  const { driver, started } = told([{ stdout: list }, {}]);
  await driver.changePassword(CONTROLLER, `a'b "c`, signal);
  assert.deepEqual(started[0]!.args.slice(-3), ['-c', 'user', 'list']);
  assert.deepEqual(started[1]!.args.slice(-3), ['-R', '1', 'shell']);
  assert.ok(!started[1]!.args.includes('-v'), 'it would repeat the bytes');
  assert.equal(started[1]!.input, `raw 0x06 0x47 0x03 0x02 0x61 0x27 0x62 0x20 0x22 0x63${' 0x00'.repeat(10)}\nexit\n`);
  const longer = setPassword(3, '12345678901234567890').split(' ');
  assert.deepEqual([longer[3], longer.length], ['0x83', 5 + 20]);
  await assert.rejects(
    told([{ stdout: '2,root,true,false,true,USER\n' }]).driver.changePassword(CONTROLLER, 'x', signal),
    {
      message: 'The controller 10.0.0.5:6230 lists no user admin',
    },
  );
  const refused = {
    stderr: 'Unable to send RAW command (channel=0x0 netfn=0x6 lun=0x0 cmd=0x47 rsp=0xc9): Parameter out of range',
  };
  await assert.rejects(told([{ stdout: list }, refused]).driver.changePassword(CONTROLLER, 'x', signal), {
    kind: 'failed',
    message: /Parameter out of range/,
  });
});

test('what IPMI cannot carry is refused by name', () => {
  const { driver } = told([]);
  driver.check(CONTROLLER);
  assert.throws(() => driver.check({ ...CONTROLLER, password: 'x'.repeat(21) }), {
    parameter: 'password',
    message: /at most 20 bytes/,
  });
  assert.throws(() => driver.check({ ...CONTROLLER, username: 'x'.repeat(17) }), {
    parameter: 'username',
    message: /at most 16 bytes/,
  });
});
