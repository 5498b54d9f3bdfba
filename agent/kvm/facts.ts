// What a host is and how busy it is, read from the machine: processors, memory, versions. No decision is taken here.
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { HostFacts } from '#protocol/messages.ts';
import { PROTOCOL_VERSION } from '#protocol/messages.ts';
import { run } from '../process.ts';

export type Processors = { cpus: number; cpuSockets: number; cpuMhz: number };

/** From /proc/cpuinfo. The speed is what the model's name promises, else the fastest processor's reading, else 1000. */
export function parseCpuinfo(text: string): Processors {
  const values = (key: string): string[] =>
    [...text.matchAll(new RegExp(`^${key}\\s*:\\s*(.*)$`, 'gm'))].map((found) => found[1]!);
  const cpus = Math.max(1, values('processor').length);
  const promised = /@\s*([\d.]+)\s*GHz/.exec(values('model name')[0] ?? '')?.[1];
  const read = Math.max(0, ...values('cpu MHz').map(Number).filter(Number.isFinite));
  const cpuMhz = promised !== undefined ? Number(promised) * 1000 : read;
  return {
    cpus,
    cpuSockets: Math.max(1, new Set(values('physical id')).size),
    cpuMhz: Math.max(1, Math.round(cpuMhz) || 1000),
  };
}

export function parseMeminfo(text: string): { totalMib: number; availableMib: number } {
  const mib = (key: string): number =>
    Math.floor(Number(new RegExp(`^${key}:\\s*(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024);
  return { totalMib: mib('MemTotal'), availableMib: mib('MemAvailable') };
}

/** Jiffies busy and in all since boot, from the first line of /proc/stat. Waiting for disks is not being busy. */
export function parseCpuTimes(text: string): { busy: number; total: number } {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = text
    .split('\n')[0]!
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return { busy, total: busy + idle + iowait };
}

/** Each call tells the share of the time since the call before it (the first: since boot). */
export function makeLoadMeter(): () => Promise<{ cpuUsedPercent: number; memoryUsedMib: number }> {
  let before = { busy: 0, total: 0 };
  return async () => {
    const now = parseCpuTimes(await readFile('/proc/stat', 'utf8'));
    const { totalMib, availableMib } = parseMeminfo(await readFile('/proc/meminfo', 'utf8'));
    const passed = now.total - before.total;
    const share = passed > 0 ? (now.busy - before.busy) / passed : 0;
    before = now;
    return {
      cpuUsedPercent: Math.round(Math.min(1, Math.max(0, share)) * 1000) / 10,
      memoryUsedMib: totalMib - availableMib,
    };
  };
}

/** For instance `7.2.22`; throws CommandFailed where QEMU is not installed. */
export async function qemuVersion(): Promise<string> {
  const { stdout } = await run(['qemu-system-x86_64', '--version']);
  return /version (\S+)/.exec(stdout)?.[1] ?? stdout.split('\n')[0]!.trim();
}

/** Of the libraries here, which is the daemon's where both come from one package. */
export async function libvirtVersion(): Promise<string> {
  return (await run(['virsh', '--version'])).stdout.trim();
}

export type FactOptions = {
  guid: string;
  agentVersion: string;
  hypervisorVersion: string;
  accelerator: HostFacts['accelerator'];
  privateIp: string;
  underlayIp: string;
  bridges: string[];
  /** What the host offers when it is not all of the machine. */
  cpus?: number;
  memoryMib?: number;
};

export async function hostFacts(options: FactOptions): Promise<HostFacts> {
  const processors = parseCpuinfo(await readFile('/proc/cpuinfo', 'utf8'));
  const { totalMib } = parseMeminfo(await readFile('/proc/meminfo', 'utf8'));
  const { cpus, memoryMib, ...told } = options;
  return {
    ...told,
    ...processors,
    cpus: cpus ?? processors.cpus,
    memoryMib: memoryMib ?? totalMib,
    hostname: hostname(),
    hypervisor: 'KVM',
    protocol: PROTOCOL_VERSION,
    arch: process.arch === 'arm64' ? 'aarch64' : 'x86_64',
  };
}
