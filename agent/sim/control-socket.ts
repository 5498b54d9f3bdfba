// The simulator's own door: knobs and questions over a UNIX socket, JSON over HTTP, for its owner only. Tests, chaos runners and
// `nephos simulate` come in here; no server of the cloud does. `openControl` is the inside, `simulator` the typed client.
import { chmod, rm } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { z } from 'zod';
import type { Saved } from './control.ts';
import { knobs, where, type Knobs, type Where } from './knobs.ts';
import type { Machines } from './redfish.ts';

const turning = z.strictObject({ where, set: knobs.partial() });
/** What happens once, at a place, instead of being so from now on. */
const happening = z.discriminatedUnion('what', [
  /** The host forgets guests, networks and routers, though it goes on. */
  z.strictObject({ what: z.literal('amnesia'), where }),
  /** Links break and are dialled again at once. */
  z.strictObject({ what: z.literal('cut'), where }),
  /** One guest powers itself off. */
  z.strictObject({ what: z.literal('poweroff'), guest: z.string() }),
]);
export type Happening = z.output<typeof happening>;

export interface SimulatedGuest {
  name: string;
  host: string;
}
export interface Summary {
  hosts: number;
  /** Links that are up now. */
  links: number;
  guests: number;
  routers: number;
  /** Calls answered since the start, by method. */
  calls: Readonly<Record<string, number>>;
  turned: readonly { where: Where; set: Partial<Knobs> }[];
  residentMib: number;
}

export interface Simulated {
  turn(where: Where, set: Partial<Knobs>): void;
  rest(where?: Where): void;
  /** To how many hosts (or guests) it happened. */
  happen(what: Happening): number;
  /** Takes in lines of a journal (journal.ts), as if its hosts had been told all that. How many hosts. */
  load(file: string): Promise<number>;
  summary(): Summary;
  held(): Saved;
  guests(where: Where): SimulatedGuest[];
  /** How many hosts are covered. */
  covered(where: Where): number;
  /** For the controllers of hosts. */
  machines: Machines;
}

const MAX_BODY_BYTES = 65_536;

export async function openControl(socketFile: string, simulated: Simulated): Promise<{ close(): Promise<void> }> {
  await rm(socketFile, { force: true });
  const server = createServer((incoming, answer) => {
    void act(incoming, simulated).then(
      (body) => answer.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
      (error: unknown) => {
        answer.statusCode = 400;
        answer.end(JSON.stringify({ error: reasonOf(error) }));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socketFile, resolve);
  });
  await chmod(socketFile, 0o600);
  return { close: () => end(server) };
}

const end = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return (error as Error).message;
  return error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`).join('; ');
}

async function act(incoming: IncomingMessage, simulated: Simulated): Promise<unknown> {
  const body = await bodyOf(incoming);
  switch (`${incoming.method} ${incoming.url}`) {
    case 'GET /':
      return simulated.summary();
    case 'GET /held':
      return simulated.held();
    case 'POST /knob': {
      const { where: at, set } = turning.parse(body);
      const hosts = covering(simulated, at);
      simulated.turn(at, set);
      return { hosts };
    }
    case 'POST /rest': {
      const { where: at } = z.strictObject({ where: where.optional() }).parse(body);
      simulated.rest(at);
      return {};
    }
    case 'POST /happen':
      return { count: simulated.happen(happening.parse(body)) };
    case 'POST /load':
      return { hosts: await simulated.load(z.strictObject({ file: z.string() }).parse(body).file) };
    case 'POST /guests':
      return { guests: simulated.guests(z.strictObject({ where }).parse(body).where) };
    default:
      throw new Error(`${incoming.method} ${incoming.url} is nothing this simulator knows`);
  }
}

function covering(simulated: Simulated, at: Where): number {
  const hosts = simulated.covered(at);
  if (hosts === 0) throw new Error(`no simulated host is at ${JSON.stringify(at)}`);
  return hosts;
}

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`a request has at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return bytes === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

export interface SimulatorClient {
  /** Answers how many hosts it reaches; refused where it reaches none. */
  knob(where: Where, set: Partial<Knobs>): Promise<number>;
  rest(where?: Where): Promise<void>;
  amnesia(where: Where): Promise<number>;
  cut(where: Where): Promise<number>;
  poweroff(guest: string): Promise<number>;
  load(file: string): Promise<number>;
  summary(): Promise<Summary>;
  /** All that its hosts hold. */
  held(): Promise<Saved>;
  guests(where?: Where): Promise<SimulatedGuest[]>;
}

/** The client of one simulator process. */
export function simulator(socketFile: string): SimulatorClient {
  const post = async <T>(path: string, body: unknown): Promise<T> => ask<T>(socketFile, { path, body });
  const happen = async (what: Happening): Promise<number> => (await post<{ count: number }>('/happen', what)).count;
  return {
    knob: async (at, set) => (await post<{ hosts: number }>('/knob', { where: at, set })).hosts,
    rest: async (at) => void (await post('/rest', { where: at })),
    amnesia: (at) => happen({ what: 'amnesia', where: at }),
    cut: (at) => happen({ what: 'cut', where: at }),
    poweroff: (guest) => happen({ what: 'poweroff', guest }),
    load: async (file) => (await post<{ hosts: number }>('/load', { file })).hosts,
    summary: () => ask(socketFile, { path: '/' }),
    held: () => ask(socketFile, { path: '/held' }),
    guests: async (at = {}) => (await post<{ guests: SimulatedGuest[] }>('/guests', { where: at })).guests,
  };
}

function ask<T>(socketPath: string, { path, body }: { path: string; body?: unknown }): Promise<T> {
  return new Promise((resolve, reject) => {
    // A connection of its own: one that was kept may be closed by a busy simulator just when it is used again.
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request({ socketPath, path, method, agent: false }, (answer) => {
      void bodyOfAnswer(answer).then((said) => {
        if (answer.statusCode === 200) resolve(said as T);
        else reject(new Error((said as { error: string }).error));
      }, reject);
    });
    sent.once('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function bodyOfAnswer(answer: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}
