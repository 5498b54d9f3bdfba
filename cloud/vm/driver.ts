// What the cloud asks of a hypervisor. Every verb is repeatable and names things by identity; a driver that cannot do
// something says so in its capabilities and is not asked.
import type { Call } from '#kernel/job.ts';
import type { PoolPlace } from '../volume/driver.ts';

export interface GuestDisk {
  volumeId: string;
  pool: PoolPlace;
  format: 'qcow2' | 'raw';
  device: number;
  readIops?: number;
  writeIops?: number;
}
export interface GuestNic {
  nicId: string;
  vni: number;
  tap: string;
  mac: string;
  ip: string | null;
  secondaryIps: string[];
  mtu: number;
  device: number;
  rateMbps: number | null;
}
export interface Guest {
  name: string;
  uuid: string;
  title: string;
  cpus: number;
  cpuMhz: number;
  memoryMib: number;
  disks: GuestDisk[];
  nics: GuestNic[];
  consolePassword: string;
}
export interface StopHow {
  force: boolean;
  graceS: number;
}

/** A host as the driver finds it (its row), and as hosts know each other (its installation). */
export interface HostName {
  id: number;
  guid: string;
}
export interface Migration {
  from: HostName;
  to: HostName;
  /** As it is to be on the target host. */
  guest: Guest;
  /** Volumes (uuids) whose content moves along; both hosts reach the others. */
  copy: readonly string[];
}

/** `hostId` is the row of the host; the driver finds the way to it. */
export interface HypervisorDriver {
  start(hostId: number, guest: Guest, call: Call): Promise<void>;
  stop(hostId: number, name: string, how: StopHow, call: Call): Promise<void>;
  reboot(hostId: number, name: string, how: StopHow, call: Call): Promise<void>;
  attachDisk(hostId: number, name: string, disk: GuestDisk, call: Call): Promise<void>;
  detachDisk(hostId: number, name: string, volumeId: string, call: Call): Promise<void>;
  attachNic(hostId: number, name: string, nic: GuestNic, call: Call): Promise<void>;
  detachNic(hostId: number, name: string, nic: { mac: string; tap: string }, call: Call): Promise<void>;
  /** Moves the running guest; it runs on the target when this comes back. Asked again, it goes on from wherever it is. */
  migrate(migration: Migration, call: Call): Promise<void>;
  /** After a migration of which nobody knows how it ended: it has ended, and this is where the guest is. Nothing of it is left on
   * the other host. `nowhere`: it powered off or died meanwhile. */
  settleMigration(migration: Migration, call: Call): Promise<'source' | 'target' | 'nowhere'>;
  /** Guests that run on the host by its own word, now. */
  running(hostId: number): Promise<string[]>;
  /** Asks the host to connect the guest's screen to the stream of this ticket. */
  openConsole(hostId: number, name: string, ticket: string): Promise<void>;
  /** Whether this process can reach the host now. */
  reachable(hostId: number): boolean;
}
