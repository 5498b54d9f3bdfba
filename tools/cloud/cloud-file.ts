// cloud.json in the data folder: where this cloud is and how to log in. For people, the CLI and tests; readable by its owner only.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface CloudFile {
  api: string;
  username: string;
  password: string;
  apikey: string;
  secretkey: string;
  zoneid: string;
  virtualmachineid?: string;
  url?: string;
  /** How it was started, so that starting again means the same. */
  mode: 'kvm' | 'simulator';
  hosts: number;
}

const fileOf = (dataDir: string): string => path.join(dataDir, 'cloud.json');

export function readCloudFile(dataDir: string): Partial<CloudFile> {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as Partial<CloudFile>;
  } catch {
    return {};
  }
}

export function writeCloudFile(dataDir: string, change: Partial<CloudFile>): Partial<CloudFile> {
  const next = { ...readCloudFile(dataDir), ...change };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(`${fileOf(dataDir)}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${fileOf(dataDir)}.new`, fileOf(dataDir));
  return next;
}

export const newPassword = (): string => randomBytes(12).toString('base64url');
