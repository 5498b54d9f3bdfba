// IPMI over the network, by the Debian program ipmitool. Invariants: a password is in no argument (other users of the machine see
// these) but in the program's environment and on its standard input; how long the program runs is bounded by the caller's signal.
import { execFile } from 'node:child_process';
import { fail } from '#api/errors.ts';
import {
  PowerFailure,
  type Controller,
  type Power,
  type PowerAction,
  type PowerDriver,
} from '#cloud/out-of-band/driver.ts';
import type { Settings } from '#kernel/settings.ts';

const PROGRAM = '/usr/bin/ipmitool';
const MAX_OUTPUT_BYTES = 256 * 1024;
const LONGEST_NAME_BYTES = 16;
const LONGEST_PASSWORD_BYTES = { lan: 16, lanplus: 20 } as const;

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}
export interface Started {
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  input: string;
  signal: AbortSignal;
}
/** Runs ipmitool to its end; rejects where there is no such program or the signal ended it. */
export type RunIpmitool = (start: Started) => Promise<Ended>;

const verbs: Record<PowerAction, string> = { on: 'on', off: 'off', soft: 'soft', cycle: 'cycle', reset: 'reset' };

export function ipmiPower(settings: Settings, run: RunIpmitool = runIpmitool): PowerDriver {
  const speak = (
    controller: Controller,
    command: readonly string[],
    { signal, input = '' }: { signal: AbortSignal; input?: string },
  ): Promise<string> => {
    const [kind, tries] = [interfaceOf(settings), settings.number('outofbandmanagement.ipmitool.retries')];
    const isSecret = input !== '';
    return understood(controller, isSecret, () =>
      run({
        args: argumentsFor(controller, command, { kind, tries, isSecret }),
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', IPMITOOL_PASSWORD: controller.password },
        input,
        signal,
      }),
    );
  };
  return {
    names: ['ipmitool'],
    check: (controller) => checkLogin(controller, LONGEST_PASSWORD_BYTES[interfaceOf(settings)]),
    status: async (controller, signal) =>
      readPower(controller, await speak(controller, ['chassis', 'power', 'status'], { signal })),
    act: async (controller, action, signal) => {
      await speak(controller, ['chassis', 'power', verbs[action]], { signal });
    },
    changePassword: async (controller, password, signal) => {
      const user = readUser(controller, await speak(controller, ['-c', 'user', 'list'], { signal }));
      // Its shell reads commands from its standard input; as bytes, since its parser has quotes of its own.
      await speak(controller, ['shell'], { signal, input: `${setPassword(user, password)}\nexit\n` });
    },
  };
}

const interfaceOf = (settings: Settings): 'lan' | 'lanplus' =>
  settings.text('outofbandmanagement.ipmitool.interface') === 'lan' ? 'lan' : 'lanplus';

/** `-E`: the password is in the environment. `-v`: a refused login is told from silence only there; not where what it is told to
 * send is a secret, which it would repeat. */
export const argumentsFor = (
  { address, port, username }: Controller,
  command: readonly string[],
  { kind, tries, isSecret }: { kind: 'lan' | 'lanplus'; tries: number; isSecret: boolean },
): string[] => [
  '-I',
  kind,
  '-H',
  address,
  '-p',
  String(port),
  '-U',
  username,
  '-E',
  ...(isSecret ? [] : ['-v']),
  '-R',
  String(Math.max(1, tries)),
  ...command,
];

function checkLogin({ address, username, password }: Controller, longestPassword: number): void {
  if (address.includes('/'))
    fail('invalidParameter', 'address: an IPMI controller is of one machine; a name or an address alone is accepted', {
      parameter: 'address',
    });
  if (Buffer.byteLength(username) > LONGEST_NAME_BYTES)
    fail('invalidParameter', `username: names of IPMI users have at most ${LONGEST_NAME_BYTES} bytes`, {
      parameter: 'username',
    });
  if (Buffer.byteLength(password) > longestPassword || password.includes('\0'))
    fail('invalidParameter', `password: passwords of IPMI users have at most ${longestPassword} bytes`, {
      parameter: 'password',
    });
}

function readPower(controller: Controller, said: string): Power {
  const found = /^Chassis Power is (on|off)\s*$/m.exec(said)?.[1];
  if (!found) throw failure(controller, 'failed', `does not say whether power is on: ${lastLine(said)}`);
  return found === 'on' ? 'On' : 'Off';
}

/** Lines of `-c user list`: `2,admin,true,false,true,ADMINISTRATOR`. */
function readUser(controller: Controller, said: string): number {
  for (const line of said.split('\n')) {
    const [, id, name] = /^(\d+),(.*),(?:true|false),(?:true|false),(?:true|false),[^,]*$/.exec(line.trim()) ?? [];
    if (id !== undefined && name === controller.username) return Number(id);
  }
  throw failure(controller, 'failed', `lists no user ${controller.username}`);
}

const SET_PASSWORD = ['raw', '0x06', '0x47'];
/** Set User Password, of 16 bytes where they are enough: that is what IPMI 1.5 knows. */
export function setPassword(user: number, password: string): string {
  const bytes = Buffer.from(password);
  const [flag, size] = bytes.length > LONGEST_PASSWORD_BYTES.lan ? [0x80, 20] : [0, 16];
  const padded = Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
  const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;
  return [...SET_PASSWORD, hex(user | flag), hex(2), ...[...padded].map(hex)].join(' ');
}

/** What refused logins look like, of both interfaces. */
const REFUSED_LOGIN =
  /HMAC is invalid|unauthorized name|unauthorized role|RAKP [24] message indicates an error|Activate Session (?:command failed|error)|Invalid user name|password is longer|Authentication type .* not supported|insufficient privilege/i;
const SILENT = /Unable to establish|Address lookup|Could not open socket|Get Auth Capabilities|Error: no response/i;
const NOT_NOW = /not supported in present state|Command not supported|Invalid command/i;
const WENT_WRONG = /^(?:Error|Unable to|Set .* failed|Invalid|.*rsp=0x).*/im;
/** Said with `-v` where nothing is wrong. */
const CHATTER =
  /^(?:Loading IANA|Unable to Get Channel Cipher Suites|Running Get|Invalid completion code received|Discovered IPMB).*$/gm;

async function understood(controller: Controller, isSecret: boolean, run: () => Promise<Ended>): Promise<string> {
  const {
    code,
    stdout: said,
    stderr,
  } = await run().catch((error: unknown) => {
    throw notRun(controller, error as NodeJS.ErrnoException);
  });
  const stdout = isSecret ? '' : said; // its shell repeats what it was told
  const complaint = stderr.replaceAll(CHATTER, '').trim();
  // The shell ends with 0 whatever its commands did.
  if (code === 0 && !WENT_WRONG.test(complaint)) return stdout;
  const all = `${complaint}\n${stdout}`;
  if (REFUSED_LOGIN.test(all))
    throw failure(controller, 'login', `refuses the user ${controller.username} or its password`);
  if (SILENT.test(all)) throw failure(controller, 'unreachable', 'does not answer');
  if (NOT_NOW.test(all)) throw failure(controller, 'unsupported', `cannot do that: ${lastLine(complaint)}`);
  throw failure(controller, 'failed', `answered: ${lastLine(complaint) || lastLine(stdout) || `code ${code}`}`);
}

function notRun(controller: Controller, error: NodeJS.ErrnoException): Error {
  if (error.name === 'AbortError') return failure(controller, 'timeout', 'has not answered in time');
  if (error.code === 'ENOENT')
    return new PowerFailure(
      'failed',
      `There is no ${PROGRAM} on the management server; the Debian package ipmitool has it`,
    );
  return failure(controller, 'failed', `could not be asked: ${error.message}`);
}

const failure = ({ address, port }: Controller, kind: PowerFailure['kind'], text: string): PowerFailure =>
  new PowerFailure(kind, `The controller ${address}:${port} ${text}`);

const lastLine = (text: string): string => (text.trim().split('\n').at(-1) ?? '').trim().slice(0, 200);

const runIpmitool: RunIpmitool = ({ args, env, input, signal }) =>
  new Promise((resolve, reject) => {
    const options = { env: { ...env }, signal, maxBuffer: MAX_OUTPUT_BYTES, killSignal: 'SIGKILL' as const };
    const child = execFile(PROGRAM, args, options, (error, stdout, stderr) => {
      const notRun: Error | null = error && typeof error.code !== 'number' ? error : null;
      if (notRun) reject(notRun);
      else resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    child.stdin?.on('error', () => {}); // it may end before it reads
    child.stdin?.end(input);
  });
