// One API call from parameters to answer: find the command, know the caller, check the role, read the parameters, load every
// id through the caller's rights, run the verb in one transaction, write the answer. In this order: a verb never sees
// anything that has not been checked.
import { commands } from '#api/commands.ts';
import type { Command } from '#api/define.ts';
import { ApiError, fail } from '#api/errors.ts';
import { ownsOrAdministers, resolveOwner, resolveScope } from '#cloud/access.ts';
import type { Caller, Cx, Handler, Listing, Owner, Submitted, World } from '#cloud/context.ts';
import type { Permissions } from '#cloud/identity/permissions.ts';
import type { ReferenceMemory } from '#cloud/reference/reference.ts';
import type { Db, Tx } from '#kernel/db.ts';
import { DatabaseFull, DatabaseLost, isCrowded, whileAway } from '#kernel/db.ts';
import type { Log } from '#kernel/log.ts';
import { WrongState } from '#kernel/move.ts';
import type { Sealer } from '#kernel/seal.ts';
import type { Settings } from '#kernel/settings.ts';
import { authenticate, needsNewPassword, type Authenticated } from './authenticate.ts';
import type { Memories } from './memories.ts';
import type { Metrics } from './metrics.ts';
import { readPage, readParameters, resolveEntities, type Values } from './parameters.ts';
import { writtenNow } from './remembered.ts';
import { decode, sentAs, type ApiRequest, type Decoded } from './request.ts';
import { errorContent, listContent, projector, writeBody, WrittenList, type Body, type Format } from './serialize.ts';
import { checkSource } from './source-address.ts';
import { submitter, writeEvent } from './submit.ts';
import { throttleOf } from './throttle.ts';

export interface Reply extends Body {
  /** Who asked, once that is known: for the log. */
  by?: { user: string; account: string };
  status: number;
  headers: Record<string, string>;
  cookies: string[];
}

/** A command that answers before anyone is known: it writes cookies and its own errors. */
export type AnonymousVerb = (
  server: Server,
  request: ApiRequest,
  decoded: Decoded,
) => Promise<{ content: Record<string, unknown>; cookies?: string[] }>;

export interface Server extends Memories {
  readonly db: Db;
  readonly settings: Settings;
  readonly sealer: Sealer;
  readonly log: Log;
  readonly permissions: Permissions;
  readonly world: World;
  /** By name. */
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly anonymous: ReadonlyMap<string, AnonymousVerb>;
  /** Wakes the engine once something was enqueued. */
  wake(): void;
  /** UUID of this server's row in management_server. */
  managementServerId(): Promise<string>;
  /** True once this server refuses new work. */
  draining(): boolean;
  /** What is counted of its calls; tests count nothing. */
  readonly metrics?: Metrics;
}

interface Call {
  server: Server;
  request: ApiRequest;
  decoded: Decoded;
  handler: Handler;
  who: Authenticated;
}

/** Answers whatever comes; every failure becomes an error body of the catalogued form. */
export async function answer(server: Server, request: ApiRequest, trusted?: Authenticated): Promise<Reply> {
  const name = sentAs(request.sent, 'command');
  const format = formatOf(request.sent, server.settings);
  let isRoot = false;
  let by: Reply['by'];
  try {
    const decoded = decode(request.sent);
    const anonymous = name === undefined ? undefined : server.anonymous.get(name.toLowerCase());
    if (anonymous) return await answerAnonymous({ server, request, decoded }, { name: name!, verb: anonymous, format });
    const who = await whileAway(async () => {
      await refresh(server);
      return trusted ?? authenticate(server, request, decoded);
    });
    by = { user: who.caller.userUuid, account: who.caller.accountUuid };
    isRoot = who.caller.isRoot || server.settings.boolean('expose.errors.to.user');
    if (!trusted) checkSource(server.settings, who.caller, request.sourceIp);
    await throttleOf(server.settings).count(who.caller);
    if (name === undefined) fail('unknownCommand', 'Invalid request, no command sent');
    const handler = server.handlers.get(name) ?? fail('unknownCommand', `Unknown API command: ${name}`);
    checkRole({ server, request, decoded, handler, who });
    const content = await run({ server, request, decoded, handler, who });
    const body = writeBody(handler.command.key, content, { ...format, authenticated: true });
    return Object.assign(body, { by, status: 200, headers: {}, cookies: [] });
  } catch (error) {
    return { ...errorReply(server, asApiError(server, error), { name, format, isRoot }), ...(by ? { by } : {}) };
  }
}

/** From here on this process knows of everything that was changed, on any server, before the request came. */
async function refresh({ freshness, settings, permissions }: Server): Promise<void> {
  await freshness.check();
  const [read, compiled] = [settings.ready(), permissions.ready()]; // mostly nothing to wait for
  if (read) await read;
  if (compiled) await compiled;
}

async function answerAnonymous(
  call: Pick<Call, 'server' | 'request' | 'decoded'>,
  { name, verb, format }: { name: string; verb: AnonymousVerb; format: Format },
): Promise<Reply> {
  const { content, cookies = [] } = await verb(call.server, call.request, call.decoded);
  return {
    ...writeBody(`${name.toLowerCase()}response`, content, { ...format, authenticated: true }),
    status: 200,
    headers: {},
    cookies,
  };
}

function formatOf(sent: ReadonlyMap<string, string>, settings: Settings): Format {
  const asked = sentAs(sent, 'response');
  return {
    xml: asked !== 'json' && asked?.toLowerCase() !== 'json',
    authenticated: false,
    jsonType: settings.text('json.content.type'),
    encode: settings.boolean('encode.api.response'),
    tellVersion: settings.boolean('expose.cloudstack.version.api.xml.response'),
  };
}

function checkRole({ server, request, handler, who }: Call): void {
  const { command } = handler;
  if (!server.permissions.allows(who.caller, command, who.keyRules)) {
    fail(
      'unavailableCommand',
      `The API [${command.name}] does not exist or is not available for the account for user id [${who.caller.userUuid}].`,
    );
  }
  if (needsNewPassword(who, command.name))
    fail('permissionDenied', 'Choose a new password first: updateUser with password and currentpassword is accepted');
  if (
    command.http === 'POST' &&
    request.method !== 'POST' &&
    server.settings.boolean('enforce.post.requests.and.timestamps')
  ) {
    fail('badRequest', `${command.name} changes something and must be sent by POST`);
  }
  if (server.draining() && (command.mode === 'async' || command.mode === 'async-create')) {
    fail(
      'serviceUnavailable',
      'This management server is about to stop and takes no new work; ask another one or try again',
    );
  }
}

async function run(call: Call): Promise<Content> {
  const { server, handler } = call;
  const { command } = handler;
  const given = readParameters(command, call.decoded, call.who.caller);
  const facts = handler.probe ? await probe(call, given) : undefined;
  if (changesNothing(command)) return whileAway(() => runOn(server.db.read, call, { given, facts }));
  const content = await server.db.tx((tx) => runOn(tx, call, { given, facts }));
  if (command.mode === 'async' || command.mode === 'async-create') server.wake();
  return content;
}

/** Reads run outside a transaction. A few verbs that change something answer with a list all the same. */
const changesNothing = (command: Command): boolean =>
  command.http === 'GET' && (command.mode === 'list' || command.mode === 'sync');

/** The world is asked before the transaction begins, so that no row is locked while a host thinks. */
async function probe({ server, handler, who }: Call, given: Values): Promise<unknown> {
  const params = await resolveEntities(
    { tx: server.db.read, named: server.named },
    { command: handler.command, caller: who.caller, given },
  );
  return handler.probe!(server.world, who.caller, params as never);
}

async function runOn(tx: Tx, call: Call, { given, facts }: { given: Values; facts: unknown }): Promise<Content> {
  const { handler, server, who } = call;
  const params = await resolveEntities(
    { tx, named: server.named },
    { command: handler.command, caller: who.caller, given },
  );
  const result = await handler.run(await context(tx, call, params), params as never, facts as never);
  return content(handler.command, result, who.caller);
}

async function context(tx: Tx, call: Call, params: Values): Promise<Cx> {
  const { server, request, handler, who, decoded } = call;
  const { caller } = who;
  const references = tx === server.db.read ? server.references : onlyKnown(server.references);
  const scoped = !handler.scopesItself && ('listAll' in handler.command.params || 'account' in handler.command.params);
  return {
    tx,
    caller,
    settings: server.settings,
    sealer: server.sealer,
    log: server.log,
    world: server.world,
    sourceIp: request.sourceIp,
    session: who.session,
    rights: {
      commands: served(server),
      mayCall: (command) =>
        server.permissions.allows(caller, command, who.keyRules) && !needsNewPassword(who, command.name),
      permissions: server.permissions,
      calls: throttleOf(server.settings),
    },
    page: handler.command.mode === 'list' ? readPage(params, server.settings) : { offset: 0, limit: 0 },
    scope:
      handler.command.mode === 'list' && scoped
        ? await resolveScope(tx, caller, params)
        : caller.isRoot
          ? { kind: 'all' }
          : { kind: 'account', accountId: caller.accountId },
    keyword: params['keyword'] as string | undefined,
    tags: tagsOf(decoded),
    owner: (named) => resolveOwner(tx, caller, named),
    mayActFor: async (owner: Owner, what = 'this') => {
      if (!(await ownsOrAdministers(tx, caller, owner)))
        fail('permissionDenied', `Account ${caller.accountName} may not act on ${what}`);
    },
    ...submitter({ tx, command: handler.command, caller, customJobId: decoded.plain.get('customjobid') }),
    references,
    remembered: (what, ids, lively) => {
      const wanted = { on: { tx, references }, what, ids, lively, seer: caller };
      return tx === server.db.read ? server.texts.list(wanted) : writtenNow(wanted);
    },
    found: (find) => (tx === server.db.read ? server.finds.find(find) : find.read()),
    event: (about) => writeEvent(tx, { ...about, command: handler.command, caller }),
  };
}

/** In a transaction nothing new is remembered: it may be the transaction's own, and rolled back. */
const onlyKnown = (memory: ReferenceMemory): ReferenceMemory => ({
  get: (key) => memory.get(key),
  read: (read) => read(() => {}),
});

const servedBy = new WeakMap<Server['handlers'], readonly Command[]>();
/** Everything this server answers: what has a verb, and what answers before anyone is known. */
function served({ handlers, anonymous }: Server): readonly Command[] {
  const known = servedBy.get(handlers) ?? [
    ...[...handlers.values()].map(({ command }) => command),
    ...[...anonymous.keys()].map((name) => (commands as Record<string, Command>)[name]!).filter(Boolean),
  ];
  servedBy.set(handlers, known);
  return known;
}

/** `tags[0].key=a&tags[0].value=b`. */
function tagsOf({ maps }: Decoded): ReadonlyMap<string, string> | undefined {
  const entries = maps.get('tags');
  if (!entries) return undefined;
  const found = new Map<string, string>();
  for (const fields of entries.values()) {
    const key = fields.get('key');
    if (key !== undefined) found.set(key, fields.get('value') ?? '');
    else for (const [name, value] of fields) found.set(name, value);
  }
  return found;
}

type Content = Record<string, unknown> | WrittenList;

function content(command: Command, result: unknown, caller: Caller): Content {
  if (command.mode === 'async' || command.mode === 'async-create') {
    const { uuid, creates } = result as Submitted;
    return { ...(creates ? { id: creates } : {}), jobid: uuid };
  }
  const project = projector(command.returns, caller.roleType);
  if (command.shape === 'list') {
    const { items, written, count } = result as Listing<Record<string, unknown>>;
    const name = command.objectName ?? command.returns.objectName;
    if (written) return new WrittenList(name, { written, count });
    return listContent(name, { items: items.map(project), count });
  }
  const shown = project(result as Record<string, unknown>);
  return command.shape === 'object' ? { [command.objectName ?? command.returns.objectName]: shown } : shown;
}

const AWAY = 'The database cannot be reached at the moment; try again';
const FULL = 'The disk of the database is full, so nothing was done; try again when the operator has made room';
const CROWDED = 'The database has no connection to spare at the moment; try again';
const UNCERTAIN =
  'The database was lost while it recorded this, so it may have been done or not; look before you try again';

const lossInWords = (error: DatabaseLost): string => (error.uncertain ? UNCERTAIN : isCrowded(error) ? CROWDED : AWAY);

/** What is not ours to expect is logged in full and answered without detail. */
export function asApiError(server: Pick<Server, 'log'>, error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof WrongState) return new ApiError('wrongState', error.message);
  if (error instanceof DatabaseFull) return new ApiError('serviceUnavailable', FULL, { cause: error });
  if (error instanceof DatabaseLost) return new ApiError('serviceUnavailable', lossInWords(error), { cause: error });
  server.log.error({ err: error }, 'request.failed');
  return new ApiError('internal', `Internal error: ${(error as Error).message}`, { cause: error });
}

function errorReply(
  server: Server,
  error: ApiError,
  { name, format, isRoot }: { name: string | undefined; format: Format; isRoot: boolean },
): Reply {
  const command = name === undefined ? undefined : server.handlers.get(name)?.command;
  const anonymous = name !== undefined && server.anonymous.has(name.toLowerCase());
  const key =
    error.status === 432 || (!command && !anonymous)
      ? 'errorresponse'
      : (command?.errorKey ?? `${name!.toLowerCase()}response`);
  const body = writeBody(key, errorContent(error, { xml: format.xml, isRoot }), format);
  const described: Record<string, string> =
    error.csErrorCode === undefined ? {} : { 'x-description': encodeHeader(error.message) };
  const shown = isRoot || !error.masked ? described : {};
  return { ...body, status: error.status, headers: { ...shown, ...retryable(error) }, cookies: [] };
}

/** Told where nothing was done: whoever asked may ask again, here or elsewhere. A full disk does not pass while one waits. */
const retryable = ({ status, cause }: ApiError): Record<string, string> => {
  const inVain = cause instanceof DatabaseFull || (cause instanceof DatabaseLost && cause.uncertain);
  return status === 503 && !inVain ? { 'retry-after': '1' } : {};
};

/** A header holds Latin-1 on one line. */
const encodeHeader = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 1_000);
