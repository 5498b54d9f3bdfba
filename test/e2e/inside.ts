// Inside a laboratory's hosts and guests, without any help of the cloud: commands in a host's namespaces, commands in a guest through
// its agent (a guest that lies about its address answers there too), and every frame that passes a card.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { enterHost, readLab, type Lab } from '#agent/lab/lab.ts';
import { run } from '#agent/process.ts';
import { until, type TestCloud } from './environment.ts';

export const labOf = async (cloud: TestCloud): Promise<Lab> =>
  (await readLab(path.join(cloud.dataDir, 'lab'), cloud.labName)) ?? assert.fail('the cloud has no laboratory');

/** Standard output of a command inside host `index` (from 1). */
export const inside = async (lab: Lab, index: number, ...argv: string[]): Promise<string> =>
  (await run([...enterHost(lab, index), ...argv])).stdout;

/** A guest by the name its host knows it by. */
export interface GuestAt {
  lab: Lab;
  index: number;
  name: string;
}

export const qemuPid = async ({ lab, index, name }: GuestAt): Promise<number> =>
  Number(await inside(lab, index, 'cat', `/run/libvirt/qemu/${name}.pid`));

async function askAgent(
  { lab, index, name }: GuestAt,
  execute: string,
  more: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const asked = JSON.stringify({ execute, arguments: more });
  const said = await inside(lab, index, 'virsh', '-c', 'qemu:///system', 'qemu-agent-command', name, asked);
  return (JSON.parse(said) as { return: Record<string, unknown> }).return;
}

export const guestAnswers = (guest: GuestAt, withinMs: number): Promise<unknown> =>
  until(`the agent of ${guest.name} answers`, () => askAgent(guest, 'guest-ping', {}), withinMs);

/** What a shell script said inside the guest, and how it ended. */
export async function inGuest(guest: GuestAt, script: string): Promise<{ status: number; said: string }> {
  const { pid } = await askAgent(guest, 'guest-exec', {
    path: '/bin/sh',
    arg: ['-c', script],
    'capture-output': true,
  });
  return until(`${guest.name} has done: ${script}`, async () => {
    const now = await askAgent(guest, 'guest-exec-status', { pid });
    if (now['exited'] !== true) return undefined;
    const text = (data: unknown): string => (typeof data === 'string' ? Buffer.from(data, 'base64').toString() : '');
    return { status: Number(now['exitcode']), said: text(now['out-data']) + text(now['err-data']) };
  });
}

interface Link {
  ifname: string;
  address: string;
  linkinfo?: { info_kind?: string };
}

/** The host's ends of guests' cards by the cards' own addresses: libvirt gives them the same but for the first byte. A bridge takes
 * the address of one of its ports and is no card. */
export async function tapsOf(lab: Lab, index: number): Promise<Map<string, string>> {
  const links = JSON.parse(await inside(lab, index, 'ip', '-json', '-details', 'link')) as Link[];
  const taps = links.filter((link) => link.linkinfo?.info_kind === 'tun');
  return new Map(taps.map((link) => [`02${link.address.slice(2)}`, link.ifname]));
}

/** How many frames of a card its guard has dropped so far. */
export async function droppedBy(lab: Lab, index: number, tap: string): Promise<number> {
  const chain = await inside(lab, index, 'nft', 'list', 'chain', 'bridge', 'nephos', `tap_${tap}`);
  return [...chain.matchAll(/counter packets (\d+) bytes \d+ drop/g)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

export interface Frame {
  source: string;
  destination: string;
  /** The sender's address, of an IPv4 or ARP frame. */
  ip: string | undefined;
  arp: boolean;
  bytes: number;
}
export interface Capture {
  frames(): readonly Frame[];
  stop(): Promise<void>;
}

/** Every frame in and out of an interface, also those a guard drops afterwards. */
export async function capture(lab: Lab, index: number, link: string): Promise<Capture> {
  const [program, ...words] = [
    ...enterHost(lab, index),
    'tcpdump',
    '-i',
    link,
    '-Z',
    'root',
    '--immediate-mode',
    '-U',
    '-w',
    '-',
  ];
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let raw: Buffer = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    raw = Buffer.concat([raw, chunk]);
  });
  child.stderr.resume();
  await until(`tcpdump listens on ${link}`, () => Promise.resolve(raw.length >= FILE_HEADER));
  return {
    frames: () => framesOf(raw),
    async stop() {
      const ended = once(child, 'exit');
      if (child.kill('SIGTERM')) await ended;
    },
  };
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;

/** The frames of a file as tcpdump writes it; one that is not written to its end yet is left out. */
export function framesOf(raw: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = FILE_HEADER; at + RECORD_HEADER <= raw.length;) {
    const length = raw.readUInt32LE(at + 8);
    const frame = raw.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    if (frame.length < length) break;
    frames.push(frameOf(frame));
    at += RECORD_HEADER + length;
  }
  return frames;
}

function frameOf(frame: Buffer): Frame {
  const type = frame.readUInt16BE(12);
  const arp = type === 0x0806;
  const sender = arp ? 28 : type === 0x0800 ? 26 : undefined;
  return {
    destination: macAt(frame, 0),
    source: macAt(frame, 6),
    ip: sender === undefined ? undefined : [...frame.subarray(sender, sender + 4)].join('.'),
    arp,
    bytes: frame.length,
  };
}

const macAt = (frame: Buffer, at: number): string =>
  frame
    .subarray(at, at + 6)
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1:');
