// What the cloud knows of the hosts that are connected to it.
import type { Tx } from '#kernel/db.ts';

import type { PoolPlace } from '../volume/driver.ts';

/** What a host says of itself. */
export interface HostFacts {
  guid: string;
  hostname: string;
  hypervisor: 'KVM' | 'Simulator';
  agentVersion: string;
  hypervisorVersion: string;
  accelerator: string;
  cpus: number;
  cpuSockets: number;
  cpuMhz: number;
  memoryMib: number;
  arch: string;
  privateIp: string;
  underlayIp: string;
  bridges: string[];
  /** Of the certificate it showed. */
  certificateExpires?: Date;
}

/** A host on a pool, as another host (the witness) sees it there. */
export interface SeenOn {
  pool: PoolPlace;
  /** Its installation. */
  host: string;
}
/** What hosts know of each other without a server. */
export interface LeaseDriver {
  /** `expired`: guests of the host that use the pool have ended for certain. `fenced`: the pill it took, having ended them. */
  watch(
    witnessId: number,
    at: SeenOn,
  ): Promise<{ seen: boolean; silentS: number; expired: boolean; fenced: string | null }>;
  /** Lays a pill: the host is to end its guests and start none. `off`: it is without power for certain. */
  fence(witnessId: number, at: SeenOn, pill: { id: string; off: boolean }): Promise<void>;
  clear(witnessId: number, at: SeenOn): Promise<void>;
  /** Whether the host's machine answers another host on the underlay. */
  reaches(witnessId: number, host: { guid: string; address: string }): Promise<boolean>;
}

export interface HostsDriver {
  /** Hosts that are connected with a valid certificate and belong to no zone yet, at whichever server. */
  pending(): Promise<HostFacts[]>;
  /** From the commit on the connection of `guid` is that of this host. */
  adopt(tx: Tx, hostId: number, guid: string): Promise<void>;
  /** From the commit on the host's connection is one of a host that belongs to no zone. */
  release(tx: Tx, hostId: number): Promise<void>;
  /** Is it linked to any living server? */
  isConnected(hostId: number): boolean;
  /** Grows with every connection the host makes. */
  generation(tx: Tx, hostId: number): Promise<number>;
  /** Ends the host's connection wherever it is; the host dials again by itself. */
  reconnect(hostId: number): Promise<void>;
}
