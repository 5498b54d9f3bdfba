// From a call on the wire to its handler and back: validation, fencing, and one call at a time per resource.
// It knows no transport; one dispatcher serves all links of a host, so that two servers cannot work on one thing at once.
// Invariants: a handler never sees unvalidated params; a call whose epoch is older than the newest seen for its job
// does nothing; of two calls for one resource the second starts when the first has ended.
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { about, inSpan, inTrace, readTrace } from '#base/trace.ts';
import type { z } from 'zod';
import { methods } from '#protocol/messages.ts';
import type { Frame, Method, Params, Refusal, Reply } from '#protocol/messages.ts';
import { Refused, toRefusal } from './refused.ts';

export type CallContext = {
  job: string | null;
  trace: string | null;
  /** Tell how far the call is; sent at most four times a second. */
  progress: (percent: number, text: string) => void;
  /** Dial the server the call came from once more; what is read and written belongs to the ticket's stream. */
  openStream: (ticket: string) => Promise<Duplex>;
  log: Logger;
};
export type Handlers = { [M in Method]: (params: Params<M>, context: CallContext) => Promise<Reply<M>> };

type Call = Extract<Frame, { kind: 'call' }>;
type Answer = Extract<Frame, { kind: 'reply' }>;

/** What must not be worked on by two calls at once; null where order does not matter. */
export const resourceOf: { [M in Method]: (params: Params<M>) => string | null } = {
  'guest.start': (p) => `guest:${p.name}`,
  'guest.stop': (p) => `guest:${p.name}`,
  'guest.reboot': (p) => `guest:${p.name}`,
  'guest.list': () => null,
  'guest.receive': (p) => `guest:${p.guest.name}`,
  'guest.migrate': (p) => `guest:${p.guest.name}`,
  'guest.received': (p) => `guest:${p.name}`,
  'guest.stay': (p) => `guest:${p.name}`,
  'disk.attach': (p) => `guest:${p.name}`,
  'disk.detach': (p) => `guest:${p.name}`,
  'nic.attach': (p) => `guest:${p.name}`,
  'nic.detach': (p) => `guest:${p.name}`,
  'lease.watch': () => null,
  'lease.fence': (p) => `lease:${p.host}`,
  'lease.clear': (p) => `lease:${p.host}`,
  'host.probe': () => null,
  'pool.stat': (p) => `pool:${p.pool.id}`,
  'volume.create': (p) => `volume:${p.volumeId}`,
  'volume.delete': (p) => `volume:${p.volumeId}`,
  'volume.resize': (p) => `volume:${p.volumeId}`,
  'volume.list': () => null,
  'template.fetch': (p) => `template:${p.pool.id}:${p.templateId}`,
  'template.evict': (p) => `template:${p.pool.id}:${p.templateId}`,
  'image.download': (p) => `image:${p.storePath}:${p.imageId}`,
  'image.delete': (p) => `image:${p.storePath}:${p.imageId}`,
  'image.stat': () => null,
  'network.apply': (p) => `network:${p.vni}`,
  'network.remove': (p) => `network:${p.vni}`,
  'router.apply': (p) => `router:${p.id}`,
  'router.remove': (p) => `router:${p.id}`,
  'router.list': () => null,
  'console.open': () => null,
};

/** The newest epoch of each job. Bounded: the job heard of longest ago is forgotten first. */
export class Fence {
  readonly #newest = new Map<string, number>();
  readonly #capacity: number;
  constructor(capacity = 20_000) {
    this.#capacity = capacity;
  }

  /** Throws `stale` for an epoch that another call has overtaken. */
  check(job: string | null, epoch: number): void {
    if (job === null) return;
    const newest = this.#newest.get(job);
    if (newest !== undefined && epoch < newest) {
      throw new Refused('stale', `job ${job} has moved on to epoch ${newest}; this call is of epoch ${epoch}`);
    }
    this.#newest.delete(job);
    this.#newest.set(job, epoch);
    if (this.#newest.size > this.#capacity) this.#newest.delete(this.#newest.keys().next().value!);
  }

  get size(): number {
    return this.#newest.size;
  }
}

/** First come, first served, per key. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<T>(key: string | null, work: () => Promise<T>): Promise<T> {
    if (key === null) return work();
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => {});
    this.#last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    }
  }

  get size(): number {
    return this.#last.size;
  }
}

export type DispatcherOptions = {
  handlers: Handlers;
  log: Logger;
  /** Told of every valid call before it waits for its turn (a forced stop may hurry the graceful one before it). */
  arrived?: <M extends Method>(method: M, params: Params<M>) => void;
  /** Given by who does work of its own on the same resources, so that it takes its turn with the calls. */
  turns?: Turns;
  /** Calls running or waiting at once; beyond it calls are refused. Default 1024. */
  maxCalls?: number;
};
/** What a link offers to the calls that came over it. */
export type Way = { progress: CallContext['progress']; openStream: CallContext['openStream'] };
export type Dispatcher = { handle(call: Call, way: Way): Promise<Answer>; running(): number };

export function makeDispatcher(options: DispatcherOptions): Dispatcher {
  const fence = new Fence();
  const turns = options.turns ?? new Turns();
  const maxCalls = options.maxCalls ?? 1024;
  let running = 0;

  async function perform<M extends Method>(method: M, call: Call, way: Way): Promise<Reply<M>> {
    const params = parseParams(method, call.params);
    fence.check(call.job, call.epoch);
    options.arrived?.(method, params);
    return turns.take(resourceOf[method](params), () => {
      fence.check(call.job, call.epoch); // a newer owner may have come while this one waited
      return options.handlers[method](params, { job: call.job, trace: call.trace, log: options.log, ...way });
    });
  }

  async function answer(call: Call, way: Way): Promise<Answer> {
    const began = performance.now();
    const took = (): number => Math.round(performance.now() - began);
    running++;
    try {
      if (running > maxCalls) throw new Refused('refused', `this host is busy with ${maxCalls} calls; ask again later`);
      const { method } = call;
      if (!isMethod(method)) throw new Refused('invalid', `${method.slice(0, 80)} is no method of this agent`);
      const result = await inSpan(method, { kind: 'server' }, () => perform(method, call, way));
      options.log.info({ ms: took() }, 'call.done');
      return { kind: 'reply', id: call.id, result };
    } catch (error) {
      const refusal: Refusal = toRefusal(error);
      options.log.warn({ ms: took(), code: refusal.code, reason: refusal.message }, 'call.refused');
      return { kind: 'reply', id: call.id, refusal };
    } finally {
      running--;
    }
  }
  return { running: () => running, handle: (call, way) => traced(call, () => answer(call, way)) };
}

/** Every line that is logged for the call, however deep, says which one it is and which request it came from. */
function traced<T>({ id, method, job, epoch, trace }: Call, work: () => T): T {
  const fields = { method: method.slice(0, 80), call: id, ...(job === null ? {} : { job, epoch }) };
  return inTrace(readTrace(trace), () => about(fields, work));
}

const isMethod = (name: string): name is Method => Object.hasOwn(methods, name);

function parseParams<M extends Method>(method: M, params: unknown): Params<M> {
  const schema: z.ZodType = methods[method].params;
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data as Params<M>;
  const wrong = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${['params', ...issue.path].join('.')}: ${issue.message}`);
  throw new Refused('invalid', wrong.join('; '));
}
