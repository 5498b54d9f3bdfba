// A cloud inside one transaction, for tests of verbs: real dispatch, real PostgreSQL, no network, nothing kept.
//   test('…', inCloud(async (cloud) => { const zone = await cloud.admin.call('createZone', {…}); … }))
import { after } from 'node:test';
import { settingDefinitions } from '#cloud/config/definitions.ts';
import { openPermissions } from '#cloud/identity/permissions.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';
import { sign, textToSign } from '#cloud/identity/signature.ts';
import type { Db } from '#kernel/db.ts';
import { Freshness } from '#kernel/fresh.ts';
import { sql } from '#kernel/sql.ts';
import { silentLog } from '#kernel/log.ts';
import { makeSealer } from '#kernel/seal.ts';
import { openSettings } from '#kernel/settings.ts';
import { callerOf, type Authenticated } from '#server/authenticate.ts';
import { answer, type Reply, type Server } from '#server/dispatch.ts';
import { allHandlers } from '#server/handlers.ts';
import { openMemories } from '#server/memories.ts';
import { rolledBack, sharedDatabase } from './database.ts';
import { settle } from './jobs.ts';
import { testWorld, type TestWorld } from './world.ts';

export type Params = Readonly<Record<string, string | number | boolean>>;
// eslint-disable-next-line typescript/no-explicit-any -- answers are checked by the tests themselves
type Json = Record<string, any>;

export interface User {
  /** The content below the response key, of a call that must succeed. */
  call(command: string, params?: Params): Promise<Json>;
  /** The error content of a call that must fail. */
  refused(command: string, params?: Params): Promise<{ errorcode: number; cserrorcode?: number; errortext: string }>;
  raw(command: string, params?: Params): Promise<Reply>;
  /** Submits an asynchronous command, runs its job, and hands out the result; the job must succeed. */
  job(command: string, params?: Params): Promise<Json>;
  /** The same with a job that must fail: its error. */
  failedJob(command: string, params?: Params): Promise<{ code: string; text: string }>;
}

export interface TestCloud {
  readonly db: Db;
  readonly server: Server;
  /** Drivers are the test's to set. */
  readonly world: TestWorld;
  readonly admin: User;
  /** Calls as the user with this internal number, with a key of these rules where some are given. */
  as(userId: number, keyRules?: Authenticated['keyRules']): Promise<User>;
  /** Calls as a stranger who signs with these keys. */
  signing(apiKey: string, secretKey: string): User;
}

const handlers = allHandlers();

/** A server on the given database handle; background refreshes end with `close`. */
export async function testServer(db: Db): Promise<{ server: Server; world: TestWorld; close: () => void }> {
  const freshness = new Freshness(db);
  const settings = await openSettings(db, settingDefinitions, freshness);
  const permissions = await openPermissions(db, freshness);
  const sealer = makeSealer(Buffer.alloc(32, 7));
  const world = testWorld({ db, settings, sealer });
  const server: Server = {
    db,
    settings,
    permissions,
    ...openMemories({ db, freshness, sealer }),
    handlers,
    sealer,
    world,
    log: silentLog,
    anonymous: new Map(),
    wake: () => {},
    draining: () => false,
    managementServerId: async () => '00000000-0000-4000-8000-000000000001',
  };
  return {
    server,
    world,
    close: () => {
      settings.close();
      permissions.close();
    },
  };
}

export const inCloud = (work: (cloud: TestCloud) => Promise<void>) => (): Promise<void> =>
  rolledBack(async (db) => {
    const { server, world, close } = await testServer(db);
    try {
      const as = async (userId: number, keyRules?: Authenticated['keyRules']): Promise<User> =>
        userOf(server, { ...(await identify(db, userId)), ...(keyRules ? { keyRules } : {}) });
      await work({
        db,
        server,
        world,
        admin: await as(2),
        as,
        signing: (apiKey, secretKey) => userOf(server, { apiKey, secretKey }),
      });
    } finally {
      close();
    }
  });

async function identify(db: Db, userId: number): Promise<Authenticated> {
  const identity = await findIdentity(db.read, userId);
  if (!identity) throw new Error(`no enabled user ${userId}`);
  return { caller: callerOf(identity), identity };
}

interface Keys {
  readonly apiKey: string;
  readonly secretKey: string;
}
const signed = (sent: Map<string, string>, { apiKey, secretKey }: Keys): Map<string, string> => {
  const all = new Map([...sent, ['apiKey', apiKey]]);
  return all.set('signature', sign(secretKey, textToSign(all)));
};

export function userOf(server: Server, who: Authenticated | Keys): User {
  const raw = (command: string, params: Params = {}): Promise<Reply> => {
    const sent = new Map([
      ['command', command],
      ['response', 'json'],
      ...Object.entries(params).map(([name, value]) => [name, String(value)] as const),
    ]);
    const request = { method: 'POST' as const, cookies: new Map<string, string>(), sourceIp: '127.0.0.1' };
    return 'apiKey' in who
      ? answer(server, { ...request, sent: signed(sent, who) })
      : answer(server, { ...request, sent }, who);
  };
  const content = (reply: Reply): Json => Object.values(JSON.parse(reply.text) as Record<string, Json>)[0]!;
  const call = async (command: string, params?: Params): Promise<Json> => {
    const reply = await raw(command, params);
    if (reply.status !== 200) throw new Error(`${command} answered ${reply.status}: ${content(reply)['errortext']}`);
    return content(reply);
  };
  const ended = async (
    command: string,
    params?: Params,
  ): Promise<{ state: string; result: Json; error: { code: string; text: string } | null }> => {
    const { jobid } = await call(command, params);
    await settle(server);
    return server.db.read.one(sql`select state, result, error from job where uuid = ${jobid}`);
  };
  return {
    raw,
    call,
    job: async (command, params) => {
      const { state, result, error } = await ended(command, params);
      if (state !== 'done') throw new Error(`the job of ${command} is ${state}: ${error?.text ?? 'nobody ran it'}`);
      return result;
    },
    failedJob: async (command, params) => {
      const { state, error } = await ended(command, params);
      if (!error) throw new Error(`the job of ${command} is ${state}, but had to fail`);
      return error;
    },
    refused: async (command, params) => {
      const reply = await raw(command, params);
      if (reply.status === 200)
        throw new Error(`${command} succeeded, but had to be refused: ${reply.text.slice(0, 300)}`);
      return content(reply) as never;
    },
  };
}

after(async () => {
  const { drop } = await sharedDatabase().catch(() => ({ drop: async () => {} }));
  await drop();
});
