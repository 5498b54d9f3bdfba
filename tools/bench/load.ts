// Closed-loop HTTP load on loopback: a fixed number of connections, a fixed number of requests.
import { Agent, request } from 'node:http';

export interface Sent {
  url: string;
  /** Of a POST. */
  body?: string;
}
export interface Sample {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  failures: number;
}

/** Sends `count` requests over `connections`; `next` gives each one's URL (and form body for a POST). */
export async function load(count: number, connections: number, next: (n: number) => Sent): Promise<Sample> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  let sent = 0;
  let failures = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (sent < count) {
        const one = next(sent++);
        const began = performance.now();
        const { status } = await send(agent, one).catch(() => ({ status: 0 }));
        if (status !== 200) failures += 1;
        times.push(performance.now() - began);
      }
    }),
  );
  const elapsed = performance.now() - started;
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { perSecond: count / (elapsed / 1000), p50Ms: at(0.5), p99Ms: at(0.99), failures };
}

/** Statements that one request takes when nobody else asks: what the server says of it. */
export async function statementsOf(one: Sent): Promise<number | undefined> {
  const agent = new Agent();
  const { statements } = await send(agent, one);
  agent.destroy();
  return statements;
}

function send(agent: Agent, { url, body }: Sent): Promise<{ status: number; statements: number | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent,
        method: body === undefined ? 'GET' : 'POST',
        headers: body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' },
      },
      (answer) => {
        const told = answer.headers['x-nephos-statements'];
        answer.resume();
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 0, statements: told === undefined ? undefined : Number(told) }),
        );
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
