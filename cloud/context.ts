// What a verb is given and how it is tied to its promise. A handler decides and records in one transaction; what touches
// the world goes into a workflow, which is given the `World`.
import type { Command, Mode, ParamMap, Response, RoleType, Shape, Values } from '#api/define.ts';
import type { Db, Tx } from '#kernel/db.ts';
import type { Enqueued } from '#kernel/queue.ts';
import type { Workflow } from '#kernel/job.ts';
import type { Page, Scope } from '#kernel/list.ts';
import type { Log } from '#kernel/log.ts';
import type { Sealer } from '#kernel/seal.ts';
import type { Settings } from '#kernel/settings.ts';
import type { MailDriver } from './alert/driver.ts';
import type { HostsDriver, LeaseDriver } from './host/driver.ts';
import type { CallCounter } from './calls.ts';
import type { PowerDriver } from './out-of-band/driver.ts';
import type { Permissions } from './identity/permissions.ts';
import type { Reading, ReferenceMemory } from './reference/reference.ts';
import type { HypervisorDriver } from './vm/driver.ts';
import type { StorageDriver } from './volume/driver.ts';
import type { ImageDriver } from './template/driver.ts';
import type { NetworkDriver } from './network/driver.ts';

/** Who asks. */
export interface Caller {
  readonly userId: number;
  readonly userUuid: string;
  readonly username: string;
  readonly accountId: number;
  readonly accountUuid: string;
  readonly accountName: string;
  readonly domainId: number;
  readonly domainUuid: string;
  readonly domainPath: string;
  readonly roleId: number;
  readonly roleType: RoleType;
  /** May do everything, sees everything. */
  readonly isRoot: boolean;
  /** Root or domain administrator. */
  readonly isAdmin: boolean;
}

/** For whom something is made. */
export interface Owner {
  readonly accountId: number;
  readonly domainId: number;
}

export interface Submitted extends Enqueued {
  /** What an async-create command makes. */
  readonly creates: string | null;
}

export interface Submit {
  /** Lanes of the job; see kernel/queue.ts. */
  lanes: readonly string[];
  /** UUID of the thing it is about. */
  about?: string;
  /** Its owner where that is not the caller: whose job it is. */
  owner?: Owner;
}

/** What there is to call, and who may call what. */
export interface Rights {
  /** Every command this server answers. */
  readonly commands: readonly Command[];
  /** May the caller, with the key it came with? */
  mayCall(command: Command): boolean;
  /** Of roles. */
  readonly permissions: Permissions;
  /** How often accounts called. */
  readonly calls: CallCounter;
}

export interface Cx {
  readonly tx: Tx;
  /** What answers refer to and is known to be true since the call came. */
  readonly references?: ReferenceMemory | undefined;
  readonly caller: Caller;
  readonly settings: Settings;
  readonly sealer: Sealer;
  readonly log: Log;
  /** For what must happen after the commit; never asked inside the transaction. */
  readonly world: World;
  readonly rights: Rights;
  /** Of a list command: which part of which rows. */
  readonly page: Page;
  readonly scope: Scope;
  readonly keyword: string | undefined;
  readonly tags: ReadonlyMap<string, string> | undefined;
  readonly sourceIp: string;
  /** Hash of the session's id, where the caller came with one. */
  readonly session: string | undefined;
  /** Account and domain parameters resolved and checked; the caller's own without them. */
  owner(params: { account?: string; domainId?: number; projectId?: number }): Promise<Owner>;
  /** Throws unless the caller may act on what belongs to this owner. */
  mayActFor(owner: Owner, what?: string): Promise<void>;
  enqueue<I>(flow: Workflow<I, unknown, World>, input: I, options: Submit): Promise<Submitted>;
  /** The things with these ids, in their order, from memory where nothing changed; who is gone is left out. */
  remembered<R extends Response>(
    what: Remembering<R>,
    ids: readonly number[],
    lively?: ReadonlyMap<number, Shape<R>>,
  ): Promise<Written<Shape<R>>>;
  /** What `read` finds, from memory while nothing of what it was found in changed; whoever gets it must not change it. */
  found<T>(find: Find<T>): Promise<T>;
  /** Writes an event of the command's type (or another) about a thing, in this transaction. */
  event(about: {
    description: string;
    uuid?: string;
    type?: string;
    resourceType?: string;
    owner?: Owner;
    /** Watchers of such things are told as well: what they call it. */
    tells?: string;
  }): Promise<void>;
}

/** What workflows and keepers reach the world with. */
export interface World {
  readonly db: Db;
  readonly settings: Settings;
  readonly sealer: Sealer;
  readonly log: Log;
  readonly drivers: Drivers;
  /** Signs host certificates. */
  readonly authority: {
    readonly caPem: string;
    sign(csrPem: string, options: { commonName: string; names: readonly string[]; days: number }): Promise<string>;
    issue(options: {
      commonName: string;
      names: readonly string[];
      days: number;
    }): Promise<{ key: string; cert: string }>;
  };
  /** Makes a keeper run soon. */
  poke(keeper: string): void;
  /** What every server keeps in memory is different now: each reads it anew. For after a commit. */
  tell(what: 'settings' | 'permissions' | 'servers' | 'links'): void;
  /** Something was enqueued outside a command: look for it now. */
  enqueued(): void;
}

export interface Drivers {
  readonly hosts: HostsDriver;
  readonly hypervisor: HypervisorDriver;
  readonly storage: StorageDriver;
  readonly image: ImageDriver;
  readonly network: NetworkDriver;
  readonly mail: MailDriver;
  readonly leases: LeaseDriver;
  /** Controllers of hosts (BMCs). */
  readonly power: PowerDriver;
}

export interface Listing<S> {
  items: readonly S[];
  /** Instead of items: their JSON, as the caller's role sees them. */
  written?: Written<S>;
  count: number;
}

/** Everything whose change shows in an answer: kinds and ids of `stale`. */
export type MadeOf = readonly (readonly [kind: string, id: number])[];
declare const shape: unique symbol;
/** Objects of an answer as JSON in UTF-8, with commas between them. */
export interface Written<S> {
  readonly length: number;
  readonly json: Uint8Array;
  readonly [shape]?: S;
}

/** Something that is found by reading, and may be remembered. */
export interface Find<T> {
  /** Says all that the finding depends on beside the database; begins with what it is. */
  key: string;
  of: MadeOf;
  read(): Promise<T>;
}

/** Which answers of a list are remembered as they were written, one by one. */
export interface Remembering<R extends Response> {
  readonly response: R;
  /** Fields that are different all the time: whoever lists reads them itself, and they are put in their places. */
  readonly lively?: readonly (keyof Shape<R> & string)[];
  /** What is not remembered: the things with these ids, for callers of a role; nothing of it may depend on who else asks. */
  read(
    on: Reading,
    ids: readonly number[],
    seer: Pick<Caller, 'isRoot' | 'roleType'>,
  ): Promise<readonly { id: number; shown: Shape<R>; of: MadeOf }[]>;
}

type Answer<C extends Command> =
  C extends Command<ParamMap, infer R, infer M>
    ? M extends 'list'
      ? Listing<Shape<R>>
      : M extends 'async' | 'async-create'
        ? Submitted
        : C['shape'] extends 'list'
          ? Listing<Shape<R>>
          : Shape<R>
    : never;

/** Shows what a job made, for its result; runs in the transaction that ends the job, as the caller of the command. */
export type ShowResult<R extends Response> = (cx: ResultCx, result: never) => Promise<Shape<R>>;
export interface ResultCx {
  readonly tx: Tx;
  readonly caller: Caller;
  readonly settings: Settings;
  readonly sealer: Sealer;
}

export interface Handler<C extends Command = Command> {
  readonly command: C;
  readonly run: (cx: Cx, params: never, facts: never) => Promise<unknown>;
  readonly show?: ShowResult<Response>;
  readonly probe?: Probe;
  /** Of a list: it decides itself whose rows it shows; `scope` is not worked out for it. */
  readonly scopesItself?: true;
}

/** Asks the world something for a command that answers at once. Runs before the transaction and outside it, with parameters
 * already resolved and checked; what it finds is the third argument of the verb. It must not change anything for good. */
export type Probe = (world: World, caller: Caller, params: never) => Promise<unknown>;

/** Ties a verb to its promise. `show` is needed by asynchronous commands that answer with an object. */
export function implement<P extends ParamMap, R extends Response, M extends Mode, T = never, F = undefined>(
  command: Command<P, R, M>,
  run: (cx: Cx, params: Values<P>, facts: F) => Promise<Answer<Command<P, R, M>>>,
  show?: (cx: ResultCx, result: T) => Promise<Shape<R>>,
  {
    probe,
    scopesItself,
  }: { probe?: (world: World, caller: Caller, params: Values<P>) => Promise<F>; scopesItself?: true } = {},
): Handler<Command<P, R, M>> {
  return {
    command,
    run,
    show,
    ...(probe ? { probe } : {}),
    ...(scopesItself ? { scopesItself } : {}),
  };
}

/** The answer of a verb that has nothing to show. */
export const done = { success: true } as const;
