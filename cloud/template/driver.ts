// What the cloud asks of an image store. Work is done by a host that reaches the store.
import type { Call } from '#kernel/job.ts';

export interface Download {
  storePath: string;
  imageId: string;
  url: string;
  format: 'QCOW2' | 'RAW' | 'VMDK' | 'VHD' | 'ISO';
  checksum: string | null;
  maxBytes: number;
  allowedInternal: string[];
  allowedPaths: string[];
}
export interface Downloaded {
  format: Download['format'];
  virtualBytes: number;
  physicalBytes: number;
  sha256: string;
}

export interface ImageDriver {
  /** Progress goes to the call. */
  download(hostId: number, download: Download, call: Call): Promise<Downloaded>;
  delete(hostId: number, image: { storePath: string; imageId: string }, call: Call): Promise<void>;
  stat(hostId: number, storePath: string): Promise<{ totalBytes: number; usedBytes: number }>;
}
