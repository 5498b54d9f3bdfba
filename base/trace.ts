// What ties together everything that one request causes, on whichever machine: an id that stands in every log line, and the
// span that is open. The runtime keeps it along the chain of calls, so that no function hands it on by hand.
// Invariant: without a tracer nothing is recorded and a span costs one call.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, randomBytes, randomUUID } from 'node:crypto';

export interface Trace {
  /** What people search logs for: the request's id, as its sender chose it or as it was made. */
  readonly id: string;
  /** 32 and 16 hexadecimal digits, as in W3C's traceparent. No span: nothing is open above. */
  readonly traceId: string;
  readonly spanId: string | undefined;
  readonly sampled: boolean;
  /** What else each log line says: the command, the job, the call. */
  readonly about: Readonly<Record<string, string | number>>;
}

export interface SpanStart {
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client';
  readonly parent: Trace;
  readonly attributes: Readonly<Record<string, string | number>>;
}
export interface OpenSpan {
  readonly spanId: string;
  readonly sampled: boolean;
  /** `problem` is a code, never a message: messages may carry what a tenant typed. */
  end(problem?: string): void;
}
export interface Tracer {
  start(span: SpanStart): OpenSpan;
}

const store = new AsyncLocalStorage<Trace>();
let tracer: Tracer | undefined;

/** Once, when the process starts. */
export const useTracer = (one: Tracer | undefined): void => {
  tracer = one;
};

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const ID = /^[\w.:@/+=-]{1,64}$/;
const ZEROS = /^0+$/;

/** Begins a trace, with what the sender of a request said of it; what is malformed is as if it were not there. */
export function openTrace({
  requestId,
  traceparent,
  about: said = {},
}: { requestId?: string | undefined; traceparent?: string | undefined; about?: Trace['about'] } = {}): Trace {
  const given = requestId !== undefined && ID.test(requestId) ? requestId : undefined;
  const [, traceId, spanId, flags] = (traceparent === undefined ? null : TRACEPARENT.exec(traceparent)) ?? [];
  if (traceId !== undefined && !ZEROS.test(traceId) && !ZEROS.test(spanId!))
    return { id: given ?? traceId, traceId, spanId, sampled: (Number.parseInt(flags!, 16) & 1) === 1, about: said };
  const made = given === undefined ? newTraceId() : traceIdOf(given);
  return { id: given ?? made, traceId: made, spanId: undefined, sampled: true, about: said };
}

/** Of random bytes that the runtime made in advance: each request needs one. */
const newTraceId = (): string => randomUUID().replaceAll('-', '');

/** A UUID is a trace id already; of any other id one is made, always the same. */
function traceIdOf(id: string): string {
  const hex = id.replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(hex) && !ZEROS.test(hex)
    ? hex
    : createHash('sha256').update(id).digest('hex').slice(0, 32);
}

/** As it is kept with a job and sent to a host: a traceparent, and the id where that is another. */
export function traceText({ id, traceId, spanId, sampled }: Trace): string {
  const parent = `00-${traceId}-${spanId ?? randomBytes(8).toString('hex')}-${sampled ? '01' : '00'}`;
  return id === traceId ? parent : `${parent} ${id}`;
}

/** Reads `traceText`; anything else begins a trace of its own. */
export function readTrace(text: string | null | undefined): Trace {
  const [traceparent, requestId] = (text ?? '').split(' ', 2);
  return openTrace({ traceparent, ...(requestId === undefined ? {} : { requestId }) });
}

export const currentTrace = (): Trace | undefined => store.getStore();
/** Of the trace that is open here, or null. */
export const currentTraceText = (): string | null => {
  const trace = store.getStore();
  return trace ? traceText(trace) : null;
};

/** Runs `work`, and all that it causes, as part of the trace. */
export const inTrace = <T>(trace: Trace, work: () => T): T => store.run(trace, work);

/** Log lines of `work` say this too. */
export function about<T>(fields: Readonly<Record<string, string | number>>, work: () => T): T {
  const trace = store.getStore() ?? openTrace();
  return store.run({ ...trace, about: { ...trace.about, ...fields } }, work);
}

/** What every log line says of where it comes from. */
export function traceFields(): Readonly<Record<string, string | number>> {
  const trace = store.getStore();
  return trace ? { trace: trace.id, ...trace.about } : {};
}

type SpanOptions = { kind?: SpanStart['kind']; attributes?: SpanStart['attributes'] };

/** Runs `work` as a span below the one that is open. Its failure is the span's. */
export function inSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  return tracer ? recorded(tracer, { name, options, work }) : work();
}

async function recorded<T>(
  by: Tracer,
  { name, options, work }: { name: string; options: SpanOptions; work: () => Promise<T> },
): Promise<T> {
  const parent = store.getStore() ?? openTrace();
  const { kind = 'internal', attributes = {} } = options;
  const span = by.start({ name, kind, parent, attributes });
  let problem: string | undefined;
  try {
    return await store.run({ ...parent, spanId: span.spanId, sampled: span.sampled }, work);
  } catch (error) {
    problem = codeOf(error);
    throw error;
  } finally {
    span.end(problem);
  }
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'Error';
}
