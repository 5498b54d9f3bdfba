// Boots the guest image in plain emulation with QEMU's own user-mode network, to measure and to test it. Not the way
// the product runs guests. The disk is a throw-away overlay unless one is given; `close` leaves nothing behind.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '#agent/process.ts';

export type BootOptions = {
  image: string;
  /** Loopback ports that lead to the guest's 80 and 22. */
  httpPort: number;
  sshPort: number;
  /** What the DHCP server calls the guest. */
  hostname?: string;
  machine?: 'pc' | 'q35';
  memoryMib?: number;
  cpus?: number;
  /** A qcow2 file to write to, which stays; otherwise a throw-away overlay of the image. */
  disk?: string;
};

export type BootedGuest = {
  startedAt: number;
  /** What the guest has written on its serial console. */
  console(): string;
  /** Ask QEMU itself, in its machine protocol. */
  qmp(command: string, parameters?: Record<string, unknown>): Promise<unknown>;
  /** Path of the guest agent's socket. */
  agentSocket: string;
  /** Seconds of processor time QEMU has used. */
  cpuSeconds(): Promise<number>;
  /** Ended by itself (a guest that powers off). */
  ended: Promise<void>;
  /** Ends QEMU and removes what was made for it. */
  close(): Promise<void>;
};

export async function bootGuest(options: BootOptions): Promise<BootedGuest> {
  const folder = await mkdtemp(join(tmpdir(), 'guest-boot-'));
  const disk = options.disk ?? join(folder, 'disk.qcow2');
  if (options.disk === undefined) await makeOverlay(options.image, disk);
  const startedAt = performance.now();
  const child = spawn('qemu-system-x86_64', argumentsOf(options, folder, disk), { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit').then(() => {});
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('latin1');
    });
  return {
    startedAt,
    console: () => output,
    qmp: (command, parameters) => qmp(join(folder, 'qmp'), command, parameters),
    agentSocket: join(folder, 'agent'),
    cpuSeconds: () => cpuSeconds(child),
    ended,
    async close() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A disk on top of the image, of its size or larger. */
export async function makeOverlay(image: string, disk: string, diskBytes?: number): Promise<void> {
  const size = diskBytes === undefined ? [] : [String(diskBytes)];
  await run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', image, '-F', 'qcow2', disk, ...size]);
}

function argumentsOf(options: BootOptions, folder: string, disk: string): string[] {
  const { machine = 'pc', hostname = 'guest', httpPort, sshPort } = options;
  const forwards = `hostfwd=tcp:127.0.0.1:${httpPort}-:80,hostfwd=tcp:127.0.0.1:${sshPort}-:22`;
  // On q35 each device sits behind a port of its own, as libvirt places them; two more ports are free to plug into.
  const ports = machine === 'q35' ? ['disk', 'nic', 'serial', 'spare1', 'spare2'] : [];
  const behind = (port: string): string => (machine === 'q35' ? `,bus=${port}` : '');
  return [
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-vga',
    'std',
    '-serial',
    'stdio',
    '-accel',
    'tcg,tb-size=64',
    '-machine',
    machine,
    '-cpu',
    'max',
    '-m',
    String(options.memoryMib ?? 128),
    '-smp',
    `${options.cpus ?? 1},maxcpus=4`,
    '-qmp',
    `unix:${join(folder, 'qmp')},server=on,wait=off`,
    ...ports.flatMap((port, index) => ['-device', `pcie-root-port,id=${port},chassis=${index + 1}`]),
    '-blockdev',
    `qcow2,node-name=root,file.driver=file,file.filename=${disk}`,
    '-device',
    `virtio-blk-pci,drive=root${behind('disk')}`,
    '-netdev',
    `user,id=net,restrict=off,hostname=${hostname},${forwards}`,
    '-device',
    `virtio-net-pci,netdev=net,id=nic0,romfile=${behind('nic')}`,
    '-chardev',
    `socket,id=agent,path=${join(folder, 'agent')},server=on,wait=off`,
    '-device',
    `virtio-serial-pci${behind('serial')}`,
    '-device',
    'virtserialport,chardev=agent,name=org.qemu.guest_agent.0',
  ];
}

/** One command over a connection of its own. */
async function qmp(path: string, command: string, parameters: Record<string, unknown> = {}): Promise<unknown> {
  const socket = connect(path);
  await once(socket, 'connect');
  try {
    socket.write(
      `${JSON.stringify({ execute: 'qmp_capabilities' })}\n${JSON.stringify({ execute: command, arguments: parameters, id: 'asked' })}\n`,
    );
    for await (const line of createInterface({ input: socket })) {
      const message = JSON.parse(line) as { id?: string; return?: unknown; error?: { desc: string } };
      if (message.error !== undefined) throw new Error(`QEMU refuses ${command}: ${message.error.desc}`);
      if (message.id === 'asked') return message.return;
    }
    throw new Error(`QEMU went away during ${command}`);
  } finally {
    socket.destroy();
  }
}

const TICKS_PER_SECOND = 100;

async function cpuSeconds(child: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
