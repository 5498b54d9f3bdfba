// Closed-loop HTTP load on loopback: a fixed number of connections, a fixed number of requests.
import { Agent, request } from 'node:http';

export interface Sample {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  failures: number;
}

/** Sends `count` requests over `connections`; `next` gives each one's URL (and form body for a POST). */
export async function load(
  count: number,
  connections: number,
  next: (n: number) => { url: string; body?: string },
): Promise<Sample> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  let sent = 0;
  let failures = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (sent < count) {
        const { url, body } = next(sent++);
        const began = performance.now();
        if ((await send(agent, url, body)) !== 200) failures += 1;
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

function send(agent: Agent, url: string, body: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent,
        method: body === undefined ? 'GET' : 'POST',
        headers: body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
