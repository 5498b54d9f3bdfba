// Hosts that are not heard, what is held on hosts against what is on them, and storage that is nearly full.
import type { Check, Finding } from './finding.ts';
import { duration } from './finding.ts';
import { cpuMismatches, fullStorage, memoryMismatches, serversNow, silentHosts, type Mismatch } from './world.store.ts';

const SILENT_S = 60;

export const hostsNotHeard: Check = {
  area: 'hosts',
  fine: 'every host is up and heard',
  look: async ({ tx }) =>
    (await silentHosts(tx, SILENT_S)).map(({ uuid, name, zone, status, since, silentS, vms }) => ({
      severity: vms > 0 || status === 'Up' ? 'critical' : 'warning',
      summary:
        status === 'Up'
          ? `Host ${name} of zone ${zone} is believed to be up and has not been heard for ${duration(silentS)}`
          : `Host ${name} of zone ${zone} is ${status}${vms > 0 ? `; ${vms} instances are on it` : ''}`,
      advice:
        status === 'Up'
          ? 'Look whether the keeper hosts.liveness runs (below), and whether the host reaches a server on its agent port'
          : 'Look on the host whether its agent runs and reaches a server on its agent port; its instances may still run. It is taken up again when it is heard',
      since,
      about: { type: 'Host', id: uuid, name },
      details: { status, instances: vms },
    })),
};

export const capacityMismatch: Check = {
  area: 'capacity',
  fine: 'what is held on hosts is what the instances on them were given',
  look: async ({ tx }) => [
    ...(await cpuMismatches(tx)).map((one) => mismatch(one, 'MHz')),
    ...(await memoryMismatches(tx)).map((one) => mismatch(one, 'MiB')),
  ],
};

const mismatch = ({ uuid, name, recorded, summed }: Mismatch, unit: 'MHz' | 'MiB'): Finding => ({
  severity: 'warning',
  summary: `Host ${name}: ${recorded} ${unit} are held, its instances were given ${summed}`,
  advice:
    recorded > summed
      ? 'Less is placed on it than would fit. Report it with the log lines of the last jobs on this host; it is a mistake of ours'
      : 'More may be placed on it than it has. Disable the host for new instances (updateHost allocationstate=Disable) and report it; it is a mistake of ours',
  about: { type: 'Host', id: uuid, name },
  details: { recorded, summed, unit },
});

const WARN_SHARE = 0.85;
const CRITICAL_SHARE = 0.95;
const GIB = 2 ** 30;

export const diskSpace: Check = {
  area: 'disks',
  fine: 'storage and the disks of servers have room',
  look: async ({ tx }) => {
    const pools = (await fullStorage(tx, WARN_SHARE)).map(({ uuid, name, zone, type, totalBytes, usedBytes }) =>
      full({
        what: `${type === 'StoragePool' ? 'Primary storage' : 'Image store'} ${name} of zone ${zone}`,
        used: usedBytes,
        total: totalBytes,
        advice:
          type === 'StoragePool'
            ? 'Guests stop when it is full: add a pool, or remove volumes. Templates nobody uses are evicted by themselves'
            : 'Images cannot be added when it is full: add a store, or remove templates',
        about: { type, id: uuid, name },
      }),
    );
    const servers = (await serversNow(tx)).flatMap(({ name, facts: { disk }, uuid }) =>
      disk && disk.totalBytes > 0 && 1 - disk.freeBytes / disk.totalBytes >= WARN_SHARE
        ? full({
            what: `The disk of server ${name} (${disk.path})`,
            used: disk.totalBytes - disk.freeBytes,
            total: disk.totalBytes,
            advice: 'Logs, and the database where it is on the same disk, stop when it is full: make room',
            about: { type: 'ManagementServer', id: uuid, name },
          })
        : [],
    );
    return [...pools, ...servers];
  },
};

interface Full {
  what: string;
  used: number;
  total: number;
  advice: string;
  about: NonNullable<Finding['about']>;
}
const full = ({ what, used, total, advice, about }: Full): Finding => ({
  severity: used / total >= CRITICAL_SHARE ? 'critical' : 'warning',
  summary: `${what} is ${Math.floor((100 * used) / total)} % full: ${((total - used) / GIB).toFixed(1)} GiB are left`,
  advice,
  about,
  details: { usedbytes: used, totalbytes: total },
});
