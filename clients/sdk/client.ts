// A typed client of the API: what may be passed and what comes back follows from the definition.
// It holds one key pair or one session; it caches nothing, and tries again only what surely was not done.
import type { Command, Mode, ParamMap, Response, Shape } from '#api/define.ts';
import { openTransport } from './transport.ts';
import type { Answer, ConnectOptions } from './transport.ts';
import type { WireParams } from './signature.ts';
import { decodeList, decodeOne, encodeParams } from './values.ts';
import type { Inputs, Page } from './values.ts';
import { waitForJob } from './wait.ts';
import type { WaitOptions } from './wait.ts';

/** A job that was started; `id` is what it is going to make, where the server knows already. */
export interface Job<R extends Response = Response> {
  readonly jobId: string;
  readonly id?: string;
  readonly definition: Command<ParamMap, R>;
}

type Outcome<R extends Response, M extends Mode> = M extends 'list'
  ? Page<Shape<R>>
  : M extends 'async' | 'async-create'
    ? Job<R>
    : Shape<R>;
type Arguments<P extends ParamMap> = {} extends Inputs<P> ? [inputs?: Inputs<P>] : [inputs: Inputs<P>];

export interface Client {
  /** Calls what a definition promises: a page of a list, the job of asynchronous work, the thing itself. */
  call<P extends ParamMap, R extends Response, M extends Mode>(
    definition: Command<P, R, M>,
    ...inputs: Arguments<P>
  ): Promise<Outcome<R, M>>;
  /** All things of a list, page by page as they are wanted. */
  list<P extends ParamMap, R extends Response>(
    definition: Command<P, R, 'list'>,
    ...inputs: Arguments<P>
  ): AsyncIterableIterator<Shape<R>>;
  /** What the job made. Throws ApiFailure when it failed. */
  wait<R extends Response>(job: Job<R>, options?: WaitOptions): Promise<Shape<R>>;
  /** The same two for names and texts, without definitions: what lies under the response key, as it was sent. */
  request(command: string, params?: WireParams, method?: 'GET' | 'POST'): Promise<Answer>;
  waitFor(jobId: string, options?: WaitOptions): Promise<Answer>;
  /** Ends the session of a login. */
  close(): Promise<void>;
}

/** Does not talk yet: a login happens with the first call. */
export function connect(options: ConnectOptions): Client {
  const transport = openTransport(options);
  const ask = (definition: Command, inputs: object = {}): Promise<Answer> =>
    transport.send(
      definition.name,
      encodeParams(definition.params, inputs as Record<string, unknown>),
      definition.http,
    );
  return {
    call: async <P extends ParamMap, R extends Response, M extends Mode>(
      definition: Command<P, R, M>,
      ...[inputs]: Arguments<P>
    ) => outcomeOf(definition, await ask(definition, inputs)) as Outcome<R, M>,
    list: (definition, ...[inputs]) => pages(definition, (page) => ask(definition, { ...inputs, ...page })),
    wait: async (job, wishes) => decodeOne(job.definition, await waitForJob(transport, job.jobId, wishes)),
    request: (command, params = {}, method = 'GET') => transport.send(command, params, method),
    waitFor: (jobId, wishes) => waitForJob(transport, jobId, wishes),
    close: () => transport.close(),
  };
}

function outcomeOf(definition: Command, answer: Answer): Page<unknown> | Job | object {
  if (definition.mode === 'list') return decodeList(definition.returns, answer);
  if (definition.mode === 'sync') return decodeOne(definition, answer);
  return { jobId: String(answer.jobid), definition, ...(typeof answer.id === 'string' ? { id: answer.id } : {}) };
}

const PAGE_SIZE = 500;

async function* pages<R extends Response>(
  definition: Command<ParamMap, R>,
  ask: (page: object) => Promise<Answer>,
): AsyncIterableIterator<Shape<R>> {
  const isPaged = 'page' in definition.params && 'pageSize' in definition.params;
  for (let page = 1, seen = 0; ; page += 1) {
    const { count, items } = decodeList(definition.returns, await ask(isPaged ? { page, pageSize: PAGE_SIZE } : {}));
    yield* items;
    seen += items.length;
    if (!isPaged || items.length === 0 || seen >= count) return;
  }
}
