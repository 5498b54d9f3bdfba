// The one way by which the agent fetches something a user has named: http and https, nothing else. A name is resolved
// once, every address it has is judged, and the connection goes to a judged address; each redirect is judged anew.
// It uses no proxy and sends no credentials.
// Invariant: no packet leaves towards an address that was not judged.
import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as connectPlain, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Refused } from '../refused.ts';
import { plainAddress, whyNotPublic } from './address.ts';

const MAX_REDIRECTS = 5;
const MAX_ADDRESSES = 4;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Where names become addresses and addresses connections; tests put their own in place. */
export type Outside = {
  resolve: (name: string) => Promise<string[]>;
  /** `name` is whom the certificate must be made out to; null is a plain connection. */
  connect: (to: { address: string; port: number; tls: { name: string } | null }) => Socket;
  connectS: number;
  /** Longest silence before and during the answer. */
  stallS: number;
};

export const internet: Outside = {
  resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
  connect: ({ address, port, tls }) => {
    if (tls === null) return connectPlain({ host: address, port });
    // An address has no name to indicate; the certificate is then checked against the address.
    return connectTls({
      host: address,
      port,
      servername: isIP(tls.name) === 0 ? tls.name : undefined,
      ALPNProtocols: ['http/1.1'],
    });
  },
  connectS: 15,
  stallS: 60,
};

export type Answer = {
  stream: IncomingMessage;
  /** Null when the server does not say. */ contentLength: number | null;
};

/** Follow `start` to an answer of 200. The caller reads or destroys the stream. */
export async function fetchOutside(
  start: URL,
  allowedInternal: readonly string[],
  outside: Outside = internet,
): Promise<Answer> {
  let url = start;
  for (let redirects = 0; ; redirects++) {
    checkWebUrl(url);
    const answer = await ask(url, await judgedAddresses(url, allowedInternal, outside), outside);
    const { statusCode = 0, headers } = answer;
    if (statusCode === 200) return { stream: answer, contentLength: lengthOf(headers['content-length']) };
    answer.destroy();
    if (!REDIRECTS.has(statusCode))
      throw new Refused(
        'failed',
        `${url.host} answered ${statusCode} ${answer.statusMessage ?? ''} for ${url.pathname}`.trimEnd(),
      );
    if (headers.location === undefined) throw new Refused('failed', `${url.host} redirects without saying where to`);
    if (redirects >= MAX_REDIRECTS)
      throw new Refused('refused', `${start.host} redirects more than ${MAX_REDIRECTS} times`);
    url = parseUrl(headers.location, url);
  }
}

/** Throws `refused` with what is accepted. */
export function parseUrl(text: string, base?: URL): URL {
  try {
    return new URL(text, base);
  } catch {
    throw new Refused(
      'refused',
      `${text.slice(0, 200)} is no address of a file; http://, https:// or file:// is accepted`,
    );
  }
}

function checkWebUrl(url: URL): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Refused('refused', `images are not fetched by ${url.protocol}//; http:// and https:// are accepted`);
  if (url.username !== '' || url.password !== '')
    throw new Refused('refused', `the address of an image on ${url.hostname} must not hold a user name or password`);
  if (url.hostname === '') throw new Refused('refused', 'the address of an image must name a server');
}

async function judgedAddresses(url: URL, allowedInternal: readonly string[], outside: Outside): Promise<string[]> {
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const literal = isIP(name) !== 0;
  const addresses = literal ? [name] : await resolve(name, outside);
  for (const address of addresses) {
    const what = whyNotPublic(address, allowedInternal);
    if (what === null) continue;
    const whose = literal ? `the address ${address}` : `the address ${address} of ${name}`;
    throw new Refused(
      'refused',
      `${whose} is ${what}; images come from public addresses or from networks the operator has allowed`,
    );
  }
  return addresses.map(plainAddress).slice(0, MAX_ADDRESSES);
}

async function resolve(name: string, outside: Outside): Promise<string[]> {
  try {
    const addresses = await outside.resolve(name);
    if (addresses.length > 0) return addresses;
  } catch (cause) {
    throw new Refused(
      'failed',
      `the name ${name} cannot be looked up (${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message})`,
      { cause },
    );
  }
  throw new Refused('failed', `the name ${name} has no address`);
}

/** The first address that takes a connection gets the question; a server that took it is not asked elsewhere again. */
async function ask(url: URL, addresses: readonly string[], outside: Outside): Promise<IncomingMessage> {
  const tls = url.protocol === 'https:';
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port);
  let last: unknown;
  for (const address of addresses) {
    try {
      const socket = await connected(
        { address, port, tls: tls ? { name: url.hostname.replace(/^\[(.*)\]$/, '$1') } : null },
        outside,
      );
      return await question(url, socket, outside);
    } catch (error) {
      if (error instanceof Refused) throw error;
      last = error;
    }
  }
  throw new Refused('failed', `${url.host} cannot be reached (${(last as Error).message})`, { cause: last });
}

function connected(to: Parameters<Outside['connect']>[0], outside: Outside): Promise<Socket> {
  return new Promise((done, refuse) => {
    const socket = outside.connect(to);
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection within ${outside.connectS} s`)),
      outside.connectS * 1000,
    );
    socket.once(to.tls === null ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      done(socket);
    });
    const failed = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      refuse(error);
    };
    socket.once('error', failed);
  });
}

function question(url: URL, socket: Socket, outside: Outside): Promise<IncomingMessage> {
  return new Promise((done, refuse) => {
    const asked = request({
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      // No agent: with one, Node would make a connection of its own, to an address nobody judged.
      createConnection: () => socket,
      headers: {
        host: url.host,
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': 'nephos',
        connection: 'close',
      },
    });
    const silent = (): Refused => new Refused('failed', `${url.host} has sent nothing for ${outside.stallS} s`);
    asked.setTimeout(outside.stallS * 1000, () => asked.destroy(silent()));
    asked.once('error', (error) =>
      refuse(
        error instanceof Refused
          ? error
          : new Refused('failed', `${url.host} broke off (${error.message})`, { cause: error }),
      ),
    );
    asked.once('response', (answer) => {
      answer.setTimeout(outside.stallS * 1000, () => answer.destroy(silent()));
      done(answer);
    });
    asked.end();
  });
}

function lengthOf(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : null;
}
