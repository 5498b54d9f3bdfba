// What runs here and what it used, asked of libvirt for all guests at once. A guest that was started here and whose
// domain is gone is reported as Stopped until guest.stop.
// Invariant: a libvirtd that does not answer never makes running guests look stopped: QEMU's own process decides then.
import { readFile } from 'node:fs/promises';
import { guestReport, power } from '#protocol/messages.ts';
import type { GuestReport, GuestSpec } from '#protocol/messages.ts';
import type { Kvm } from './kvm.ts';
import { parseDomstats } from './virsh.ts';

type Power = GuestReport['power'];
type Stats = Map<string, string>;

/** libvirt's numbers of states: 1 running, 2 blocked, 3 paused, 4 being shut down, 5 off, 6 crashed, 7 suspended by the guest. */
const POWERS: Record<string, Power> = {
  1: power.enum.Running,
  2: power.enum.Running,
  3: power.enum.Paused,
  4: power.enum.Running,
  5: power.enum.Stopped,
  6: power.enum.Stopped,
  7: power.enum.Paused,
};

const sum = (stats: Stats, count: string, field: (i: number) => string): number =>
  Array.from({ length: Number(stats.get(count) ?? 0) }, (_, i) => Number(stats.get(field(i)) ?? 0)).reduce(
    (a, b) => a + b,
    0,
  );

export function reportOf(name: string, stats: Stats, spec: Pick<GuestSpec, 'nics'> | undefined): GuestReport {
  const disks = (what: string): number => sum(stats, 'block.count', (i) => `block.${i}.${what}`);
  const taps = Array.from({ length: Number(stats.get('net.count') ?? 0) }, (_, i) => i);
  return {
    name,
    power: POWERS[stats.get('state.state') ?? ''] ?? 'Stopped',
    cpuSeconds: Number(stats.get('cpu.time') ?? 0) / 1e9,
    memoryKib: Number(stats.get('balloon.current') ?? 0),
    diskReadBytes: disks('rd.bytes'),
    diskWriteBytes: disks('wr.bytes'),
    diskReadOps: disks('rd.reqs'),
    diskWriteOps: disks('wr.reqs'),
    nics: taps.flatMap((i) => {
      const mac = spec?.nics.find((nic) => nic.tap === stats.get(`net.${i}.name`))?.mac;
      return mac === undefined
        ? []
        : [
            {
              mac,
              rxBytes: Number(stats.get(`net.${i}.rx.bytes`) ?? 0),
              txBytes: Number(stats.get(`net.${i}.tx.bytes`) ?? 0),
            },
          ];
    }),
  };
}

const nothingUsed = (name: string, state: Power): GuestReport => ({
  name,
  power: state,
  cpuSeconds: 0,
  memoryKib: 0,
  diskReadBytes: 0,
  diskWriteBytes: 0,
  diskReadOps: 0,
  diskWriteOps: 0,
  nics: [],
});

const STATS_TIMEOUT_S = 10;
const STATS = ['domstats', '--raw', '--nowait', '--state', '--cpu-total', '--balloon', '--block', '--interface'];

/** One question to libvirt a call. Keeps the last answer for when libvirt gives none. */
export function makeGuestReporter(kvm: Pick<Kvm, 'virsh' | 'files' | 'log'>): () => Promise<GuestReport[]> {
  let last = new Map<string, GuestReport>();
  return async () => {
    const asked = kvm.files.all();
    try {
      const stats = parseDomstats(await kvm.virsh(STATS, { timeoutS: STATS_TIMEOUT_S }));
      const running = [...stats].filter(([name]) => guestReport.shape.name.safeParse(name).success);
      last = new Map(running.map(([name, values]) => [name, reportOf(name, values, asked.get(name))]));
    } catch (error) {
      kvm.log.warn({ reason: (error as Error).message }, 'libvirt.silent');
      last = await withoutLibvirt([...new Set([...last.keys(), ...asked.keys()])], last);
    }
    for (const name of asked.keys()) if (!last.has(name)) last.set(name, nothingUsed(name, 'Stopped'));
    return [...last.values()];
  };
}

async function withoutLibvirt(names: string[], before: Map<string, GuestReport>): Promise<Map<string, GuestReport>> {
  const reports = await Promise.all(
    names.map(async (name) => {
      const alive = await qemuRuns(name);
      const known = before.get(name);
      return alive
        ? {
            ...(known ?? nothingUsed(name, 'Running')),
            power: known?.power === 'Paused' ? ('Paused' as const) : ('Running' as const),
          }
        : nothingUsed(name, 'Stopped');
    }),
  );
  return new Map(reports.map((report) => [report.name, report]));
}

/** By the pid file QEMU holds open, so that a number that meanwhile belongs to another program does not count. */
async function qemuRuns(name: string): Promise<boolean> {
  const pid = (await readFile(`/run/libvirt/qemu/${name}.pid`, 'utf8').catch(() => '')).trim();
  if (!/^\d+$/.test(pid)) return false;
  const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return command.some((word) => word === `guest=${name}` || word.startsWith(`guest=${name},`));
}
