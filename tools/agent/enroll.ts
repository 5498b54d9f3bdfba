// Makes a machine's agent known to a cloud: a guid that stays, a key that never leaves, a certificate the cloud signed for them,
// and the agent's configuration. Invariant: what is there is kept, so that enrolling again is harmless.
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AgentConfigIn } from '#agent/config.ts';
import type { Api } from '../cloud/api.ts';
import { requestCertificate } from '../cloud/certificate.ts';

export interface Enrolment {
  /** Of this host's keys and configuration; made with mode 0700. */
  dir: string;
  hostname: string;
  /** Management address and the one VXLAN packets leave from. */
  address: string;
  config: Omit<AgentConfigIn, 'guid' | 'key' | 'cert' | 'ca' | 'underlayIp'>;
}

/** Path of the configuration to start the agent with. */
export async function enroll(api: Api, { dir, hostname, address, config }: Enrolment): Promise<string> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const guid = guidIn(dir);
  const files = { key: path.join(dir, 'key.pem'), cert: path.join(dir, 'cert.pem'), ca: path.join(dir, 'ca.pem') };
  if (!existsSync(files.cert)) await requestCertificate(api, { commonName: guid, names: [hostname, address], files });
  const whole: AgentConfigIn = { guid, ...files, underlayIp: address, ...config };
  const file = path.join(dir, 'agent.json');
  writeFileSync(file, JSON.stringify(whole, null, 2), { mode: 0o600 });
  return file;
}

function guidIn(dir: string): string {
  const file = path.join(dir, 'guid');
  if (!existsSync(file)) writeFileSync(file, randomUUID());
  return readFileSync(file, 'utf8').trim();
}
