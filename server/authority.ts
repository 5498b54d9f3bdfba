// The cloud's own certificate authority: made at first start, kept sealed in the database, so that every server of the cloud
// has the same one. Servers and hosts know each other by its certificates and nothing else.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { fail } from '#api/errors.ts';
import { SERVER_NAME } from '#cloud/certificate/server-name.ts';
import { databaseNowMs } from '#kernel/clock.ts';
import type { Db } from '#kernel/db.ts';
import type { Sealer } from '#kernel/seal.ts';
import { keepAuthority, lockAuthority } from './server.store.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const CA_DAYS = 3_650;
x509.cryptoProvider.set(webcrypto as never);

export interface IssueOptions {
  commonName: string;
  names: readonly string[];
  days: number;
}
export interface Authority {
  readonly caPem: string;
  /** Key and certificate for this server's agent port. */
  serverCredentials(names: readonly string[]): Promise<{ key: string; cert: string }>;
  /** Signs a request. The names come from the operator's call, never from the request itself. */
  sign(csrPem: string, options: IssueOptions): Promise<string>;
  /** A key and certificate for a host whose own key cannot be made on it. */
  issue(options: IssueOptions): Promise<{ key: string; cert: string }>;
}

export async function openAuthority(db: Db, sealer: Sealer): Promise<Authority> {
  const { certPem, keyPem } = await loadOrMake(db, sealer);
  const ca = new x509.X509Certificate(certPem);
  const caKey = await importKey(keyPem);
  const certify = async (publicKey: x509.PublicKey, { commonName, names, days }: IssueOptions): Promise<string> => {
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: `CN=${commonName.replace(/[^\w.@: -]/g, '')}`,
      issuer: ca.subject,
      notBefore: new Date(databaseNowMs() - DAY_MS / 24),
      notAfter: new Date(databaseNowMs() + days * DAY_MS),
      publicKey,
      signingKey: caKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value })),
        ),
        new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']),
      ],
    });
    return certificate.toString('pem');
  };
  const issue = async (options: IssueOptions): Promise<{ key: string; cert: string }> => {
    const pair = await makePair();
    return {
      key: await exportKey(pair.privateKey),
      cert: await certify(await x509.PublicKey.create(pair.publicKey), options),
    };
  };
  return {
    caPem: certPem,
    issue,
    serverCredentials: (names) =>
      issue({
        commonName: SERVER_NAME,
        names: [...new Set([SERVER_NAME, 'localhost', '127.0.0.1', ...names])],
        days: 365,
      }),
    sign: async (csrPem, options) => certify(await publicKeyOf(csrPem), options),
  };
}

async function publicKeyOf(csrPem: string): Promise<x509.PublicKey> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csrPem);
    if (await request.verify()) return request.publicKey;
  } catch {
    /* said below */
  }
  return fail('invalidParameter', 'csr is no certificate signing request in PEM form with a valid signature', {
    parameter: 'csr',
  });
}

async function loadOrMake(db: Db, sealer: Sealer): Promise<{ certPem: string; keyPem: string }> {
  return db.tx(async (tx) => {
    const known = await lockAuthority(tx);
    if (known) return { certPem: known.cert, keyPem: sealer.open(known.sealedKey) };
    const made = await makeCa();
    await keepAuthority(tx, { cert: made.certPem, sealedKey: sealer.seal(made.keyPem) });
    return made;
  });
}

async function makeCa(): Promise<{ certPem: string; keyPem: string }> {
  const keys = await makePair();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=Nephos cloud authority',
    notBefore: new Date(databaseNowMs() - DAY_MS),
    notAfter: new Date(databaseNowMs() + CA_DAYS * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certPem: certificate.toString('pem'), keyPem: await exportKey(keys.privateKey) };
}

const makePair = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
const exportKey = async (key: webcrypto.CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
const importKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), ALGORITHM, false, ['sign']);
const serial = (): string => `01${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex')}`;
