// A host's certificate: the key is made here and stays here; the cloud signs a request for it.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import * as x509 from '@peculiar/x509';
import type { Api } from './api.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
x509.cryptoProvider.set(webcrypto as never);

export interface CertificateFiles {
  key: string;
  cert: string;
  ca: string;
}

export async function requestCertificate(
  api: Api,
  { commonName, names, files }: { commonName: string; names: readonly string[]; files: CertificateFiles },
): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: ALGORITHM,
  });
  const ips = names.filter((name) => /^[\d.]+$/.test(name));
  const domains = [commonName, ...names.filter((name) => !ips.includes(name))];
  const issued = await api.make('issueCertificate', {
    csr: csr.toString('pem'),
    domain: domains.join(','),
    ...(ips.length > 0 ? { ipaddress: ips.join(',') } : {}),
  });
  writeFileSync(
    files.key,
    x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY'),
    { mode: 0o600 },
  );
  writeFileSync(files.ca, String(issued['cacertificates']));
  writeFileSync(files.cert, String(issued['certificate']));
}
