// What the cloud asks of primary storage. Files are named by the volume's or template's uuid, so asking twice is asking once.
import type { Call } from '#kernel/job.ts';

/** A pool as a host reaches it. */
export interface PoolPlace {
  id: string;
  kind: 'Filesystem' | 'SharedMountPoint' | 'NetworkFilesystem';
  path: string;
}

export interface StorageDriver {
  /** Bytes of the pool in all and in use, as the host sees them. */
  stat(hostId: number, pool: PoolPlace, call: Call | null): Promise<{ totalBytes: number; usedBytes: number }>;
  create(
    hostId: number,
    volume: { pool: PoolPlace; volumeId: string; sizeBytes: number; templateId: string | null },
    call: Call,
  ): Promise<{ sizeBytes: number; allocatedBytes: number }>;
  delete(hostId: number, volume: { pool: PoolPlace; volumeId: string }, call: Call): Promise<void>;
  /** Grow only; `guest` is the name of the running guest that has it, or null. */
  resize(
    hostId: number,
    volume: { pool: PoolPlace; volumeId: string; sizeBytes: number; guest: string | null },
    call: Call,
  ): Promise<{ sizeBytes: number }>;
  /** Brings a template from an image store to the pool, once. */
  fetchTemplate(
    hostId: number,
    template: { pool: PoolPlace; templateId: string; storePath: string },
    call: Call,
  ): Promise<{ virtualBytes: number }>;
  evictTemplate(hostId: number, template: { pool: PoolPlace; templateId: string }, call: Call): Promise<void>;
  /** What is really there: uuids of volume and template files. */
  list(hostId: number, pool: PoolPlace): Promise<{ volumes: string[]; templates: string[] }>;
}
