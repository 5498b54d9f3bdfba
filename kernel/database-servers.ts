// Which server of the database a connection goes to. A connection string may name several (a primary and its standbys);
// every connection goes to the one that takes writes, and those to another one are dropped as soon as that is known.
// Invariant: never back to an older history. After a failover each server's timeline tells which one was promoted last, so a
// dead primary that comes back as a primary is not followed, however early it answers.
import pg from 'pg';

export interface DatabaseAddress {
  /** One connection string per server, as `pg` reads them. */
  readonly urls: readonly string[];
  /** Whether a server that takes no writes is passed over. */
  readonly mustWrite: boolean;
}

export interface DatabaseServers {
  /** The first server's connection string: what all of them have in common is in it. */
  readonly url: string;
  /** Connects to the server that takes writes. */
  readonly Client: typeof pg.Client;
  /** Something went wrong with the server in use: the next connection looks at all of them. */
  doubt(): void;
}

const ATTRIBUTES = new Map([
  ['any', false],
  ['read-write', true],
  ['primary', true],
]);
const PROBE_WITHIN_MS = 2_000;

/** Reads what `pg` does not: several hosts, and `target_session_attrs`. Throws with what is accepted; shows no password. */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const found = /^(?<head>postgres(?:ql)?:\/\/(?:[^/?@]*@)?)(?<hosts>[^/?]*)(?<tail>.*)$/s.exec(text);
  if (!found) return { urls: [text], mustWrite: false };
  const { head, hosts, tail } = found.groups as { head: string; hosts: string; tail: string };
  const { rest, attribute } = withoutAttribute(tail);
  const names = hosts.split(',');
  const wrong = names.find((name) => names.length > 1 && !/^(\[[0-9a-fA-F:.]+\]|[^:\s]+)(:\d{1,5})?$/.test(name));
  if (wrong !== undefined)
    throw new Error(
      `the database's address names '${wrong}' as a server; host:port is accepted, several with commas between them`,
    );
  if (attribute !== undefined && !ATTRIBUTES.has(attribute))
    throw new Error(
      `target_session_attrs of the database's address is '${attribute}'; ${[...ATTRIBUTES.keys()].join(', ')} are accepted`,
    );
  return {
    urls: names.map((name) => `${head}${name}${rest}`),
    mustWrite: attribute === undefined ? names.length > 1 : ATTRIBUTES.get(attribute)!,
  };
}

function withoutAttribute(tail: string): { rest: string; attribute: string | undefined } {
  const at = tail.indexOf('?');
  if (at < 0) return { rest: tail, attribute: undefined };
  const params = tail.slice(at + 1).split('&');
  const kept = params.filter((param) => !param.startsWith('target_session_attrs='));
  const attribute = params.find((param) => !kept.includes(param))?.split('=')[1];
  return { rest: tail.slice(0, at) + (kept.length > 0 ? `?${kept.join('&')}` : ''), attribute };
}

/** Ends a connection without a word to its server, which may be gone: whatever waits for it fails at once. */
export const abandon = (client: pg.ClientBase): unknown =>
  (client as unknown as { connection: { stream: { destroy(): unknown } } }).connection.stream.destroy();

export function databaseServers(text: string): DatabaseServers {
  const { urls, mustWrite } = parseDatabaseUrl(text);
  if (!mustWrite) return { url: urls[0]!, Client: pg.Client, doubt: () => {} };
  const search = new Search(urls);
  return { url: urls[0]!, Client: writingClient(search), doubt: () => search.doubt() };
}

interface Place {
  readonly url: string;
  readonly timeline: number;
}
/** A server that answered as it should not: lost, not refused. */
const unfit = (why: string): Error => Object.assign(new Error(`the database server ${why}`), { code: '25006' });

/** Knows the server that takes writes, and the connections to it. */
class Search {
  readonly #urls: readonly string[];
  readonly #clients = new Map<pg.ClientBase, string>();
  #place: Place | undefined;
  #looking: Promise<Place> | undefined;
  #newestTimeline = 0;

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  doubt(): void {
    this.#place = undefined;
  }

  async find(): Promise<Place> {
    if (this.#place) return this.#place;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Throws when the server behind a new connection is not the one we want (any more). */
  accept(client: pg.ClientBase, { url, timeline }: Place): void {
    if (timeline < this.#newestTimeline) throw unfit('has an older history than another one');
    this.#newestTimeline = timeline;
    this.#clients.set(client, url);
    client.once('end', () => this.#clients.delete(client));
  }

  async #look(): Promise<Place> {
    const answers = await Promise.allSettled(this.#urls.map(probe));
    const places = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const best = places.toSorted((a, b) => b.timeline - a.timeline)[0];
    if (!best || best.timeline < this.#newestTimeline) throw noneOf(answers, best !== undefined);
    this.#place = best;
    for (const [client, url] of this.#clients) if (url !== best.url) abandon(client);
    return best;
  }
}

/** What the caller learns when no server will do: what the only one, or the first one, said. */
function noneOf(answers: readonly PromiseSettledResult<Place>[], stale: boolean): Error {
  const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as Error] : []));
  const refusal = reasons.find((reason) => /^(28|3D)/.test((reason as { code?: string }).code ?? ''));
  if (refusal) return refusal; // a wrong password does not pass by itself
  return stale
    ? unfit('that was promoted last does not answer; the others have an older history')
    : Object.assign(new Error('no server of the database takes writes', { cause: reasons[0] }), { code: '08001' });
}

// A standby has no log of its own to name; `pg_walfile_name` begins with the timeline.
const PLACE = `select case when pg_is_in_recovery() then null
  else ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int end as timeline,
  current_setting('transaction_read_only') = 'on' as "readOnly"`;

async function placeOf(client: pg.ClientBase, url: string): Promise<Place> {
  const { rows } = await client.query<{ timeline: number | null; readOnly: boolean }>(PLACE);
  const { timeline, readOnly } = rows[0]!;
  if (timeline === null) throw unfit('is a standby');
  if (readOnly) throw unfit('takes no writes');
  return { url, timeline };
}

async function probe(url: string): Promise<Place> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'nephos-probe',
    connectionTimeoutMillis: PROBE_WITHIN_MS,
    query_timeout: PROBE_WITHIN_MS,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const place = await placeOf(client, url);
    void client.end().catch(() => {});
    return place;
  } catch (error) {
    abandon(client);
    throw error;
  }
}

type Connected = (error: Error | null, client?: pg.Client) => void;

function writingClient(search: Search): typeof pg.Client {
  return class WritingClient extends pg.Client {
    #left = false;

    override connect(): Promise<pg.Client>;
    override connect(callback: Connected): void;
    override connect(callback?: Connected): Promise<pg.Client> | void {
      const connected = this.#connect();
      if (!callback) return connected;
      connected.then(
        () => setImmediate(callback, null, this),
        (error: Error) => setImmediate(callback, error),
      );
    }

    override end(): Promise<void>;
    override end(callback: (error: Error) => void): void;
    override end(callback?: (error: Error) => void): Promise<void> | void {
      this.#left = true;
      return callback ? super.end(callback) : super.end();
    }

    async #connect(): Promise<pg.Client> {
      const { url } = await search.find();
      try {
        this.#aimAt(url);
        await super.connect();
        search.accept(this, await placeOf(this, url));
      } catch (error) {
        search.doubt();
        abandon(this);
        throw error;
      }
      this.once('end', () => {
        if (!this.#left) search.doubt();
      });
      return this;
    }

    #aimAt(url: string): void {
      const { host, port } = new pg.Client({ connectionString: url });
      Object.assign(this, { host, port });
    }
  };
}
