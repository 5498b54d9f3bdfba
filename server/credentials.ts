// This server's certificate, which hosts and other servers believe it by: made at the start and made anew while it runs, long
// before it expires. Connections that stand are not touched; every new one is made with what is current.
import { X509Certificate } from 'node:crypto';
import { coalesce } from '#base/coalesce.ts';
import { databaseNowMs } from '#kernel/clock.ts';
import type { Log } from '#kernel/log.ts';
import type { Authority } from './authority.ts';

export interface Credentials {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}
export interface OwnCredentials {
  readonly current: Credentials;
  readonly expires: Date;
  /** Told of each that follows. */
  listen(listener: (credentials: Credentials) => void): void;
  stop(): void;
}
export interface CredentialsOptions {
  authority: Authority;
  /** Where this server listens. */
  addresses: readonly string[];
  log: Log;
  lookEveryMs?: number;
}

const LOOK_EVERY_MS = 3_600_000;
/** A quarter of its life. */
const RENEW_BEFORE_MS = 90 * 86_400_000;

export async function openCredentials(options: CredentialsOptions): Promise<OwnCredentials> {
  const { authority, addresses, log, lookEveryMs = LOOK_EVERY_MS } = options;
  const make = async (): Promise<Credentials> => ({
    ...(await authority.serverCredentials(addresses)),
    ca: authority.caPem,
  });
  const listeners = new Set<(credentials: Credentials) => void>();
  let current = await make();
  const look = coalesce(async (): Promise<void> => {
    if (expiryOf(current).getTime() - databaseNowMs() > RENEW_BEFORE_MS) return;
    current = await make();
    log.info({ expires: expiryOf(current) }, 'certificate.renewed');
    for (const listener of listeners) listener(current);
  });
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.warn({ err: error }, 'certificate.renew.failed'));
  }, lookEveryMs);
  timer.unref();
  return {
    get current() {
      return current;
    },
    get expires() {
      return expiryOf(current);
    },
    listen: (listener) => void listeners.add(listener),
    stop: () => clearInterval(timer),
  };
}

const expiryOf = ({ cert }: Credentials): Date => new Date(new X509Certificate(cert).validTo);
