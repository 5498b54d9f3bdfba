// OpenIPMI's simulator of a controller, on a free port: what it does with the power of its machine is a file.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface IpmiSim {
  readonly port: number;
  readonly login: { username: string; password: string };
  power(): 'On' | 'Off';
  /** Somebody presses the button. */
  press(power: 'On' | 'Off'): void;
  /** What it was asked to change since the last time, in order: `power 0`, `reset 1`, `shutdown 1`. */
  changes(): string[];
  /** It dies without a word. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** Called by ipmi_sim with the address of the machine, get or set, and what. */
const SCRIPT = `#!/bin/sh
cd "$(dirname "$0")"
shift; operation=$1; shift
case $operation in
  get) for what in "$@"; do case $what in power) echo "power:$(cat power)";; boot) echo "boot:default";; esac; done;;
  set) while [ $# -gt 1 ]; do
         echo "$1 $2" >> changes
         [ "$1" = power ] && echo "$2" > power
         shift 2
       done;;
esac
exit 0
`;

const AUTHS = ['callback', 'user', 'operator', 'admin'].map((who) => ` allowed_auths_${who} none md2 md5 straight`);
const lan = (dir: string, port: number, { username, password }: IpmiSim['login']): string =>
  [
    'name "bmc"',
    'set_working_mc 0x20',
    'startlan 1',
    ` addr 127.0.0.1 ${port}`,
    ' priv_limit admin',
    ...AUTHS,
    ' guid a123456789abcdefa123456789abcdef',
    'endlan',
    `chassis_control "${dir}/chassis.sh 0x20"`,
    'user 1 true "" "test" user 10 none md2 md5 straight',
    `user 2 true "${username}" "${password}" admin 10 none md2 md5 straight`,
    '',
  ].join('\n');
const COMMANDS =
  'mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nsel_enable 0x20 1000 0x0a\nmc_enable 0x20\n';

export async function startIpmi(): Promise<IpmiSim> {
  const dir = mkdtempSync(path.join(tmpdir(), 'nephos-ipmi-'));
  const file = (name: string): string => path.join(dir, name);
  const login = { username: 'admin', password: 'old-secret' };
  const port = await freeUdpPort();
  mkdirSync(file('state/ipmi_sim/bmc'), { recursive: true });
  writeFileSync(file('chassis.sh'), SCRIPT, { mode: 0o755 });
  writeFileSync(file('lan.conf'), lan(dir, port, login));
  writeFileSync(file('commands.emu'), COMMANDS);
  writeFileSync(file('power'), '1\n');
  const args = ['-n', '-c', file('lan.conf'), '-f', file('commands.emu'), '-s', file('state')];
  const child = spawn('ipmi_sim', args, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  let seen = 0;
  await answers(port).catch(async (error: unknown) => {
    await kill();
    throw error;
  });
  return {
    port,
    login,
    power: () => (readFileSync(file('power'), 'utf8').trim() === '1' ? 'On' : 'Off'),
    press: (power) => writeFileSync(file('power'), power === 'On' ? '1\n' : '0\n'),
    changes: () => {
      const all = existsSync(file('changes')) ? readFileSync(file('changes'), 'utf8').trim().split('\n') : [];
      return all.slice(seen, (seen = all.length));
    },
    kill,
    close: async () => {
      await kill();
      rmSync(dir, { recursive: true });
    },
  };
}

/** Get Channel Authentication Capabilities, as it is on the wire; any controller answers it to anybody. */
const HELLO = Buffer.from('0600ff07000000000000000000092018c88100388e04b5', 'hex');
const ASK_EVERY_MS = 100;
const READY_WITHIN_MS = 60_000;

/** Until it has answered once. */
async function answers(port: number): Promise<void> {
  const socket = createSocket('udp4').on('error', () => {});
  const ask = setInterval(() => socket.send(HELLO, port, '127.0.0.1'), ASK_EVERY_MS);
  try {
    await once(socket, 'message', { signal: AbortSignal.timeout(READY_WITHIN_MS) });
  } finally {
    clearInterval(ask);
    socket.close();
  }
}

const freeUdpPort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject).bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
