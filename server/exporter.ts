// Where Prometheus reads: a port of its own, as CloudStack's exporter has it, because what stands there is nobody's but the
// operator's. It answers only the addresses of `prometheus.exporter.allowed.ips`. CloudStack's families first, then ours.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cloudFamilies } from '#cloud/exporter/cloudstack.ts';
import { ownFamilies } from '#cloud/exporter/own.ts';
import { prometheusText, type Family } from '#cloud/exporter/family.ts';
import { comesFrom } from './source-address.ts';
import type { Server } from './dispatch.ts';
import type { Metrics } from './metrics.ts';

export interface Exporter {
  readonly port: number;
  close(): Promise<void>;
}

interface Options {
  server: Server;
  metrics: Metrics;
  port?: number | undefined;
}

/** Undefined where the settings want none, or where the port is taken: a server that cannot be measured still serves. */
export async function openExporter({ server, metrics, port }: Options): Promise<Exporter | undefined> {
  const { settings, log } = server;
  if (!settings.boolean('prometheus.exporter.enable')) return undefined;
  const cloud = sparing(async () => prometheusText(await readCloud(server)));
  const http = createServer((request, response) => {
    answer({ server, request, response }, async () => `${await cloud()}${await metrics.text()}`).catch(
      (error: unknown) => {
        log.warn({ err: error }, 'metrics.failed');
        response.writeHead(503).end('the metrics could not be read\n');
      },
    );
  });
  try {
    await listen(http, port ?? settings.number('prometheus.exporter.port'));
  } catch (error) {
    log.error({ err: error }, 'metrics.not-listening');
    return undefined;
  }
  return {
    port: (http.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

const readCloud = async ({ db, settings }: Server): Promise<Family[]> => {
  const reading = { tx: db.read, settings };
  return [...(await cloudFamilies(reading)), ...(await ownFamilies(reading))];
};

type Http = ReturnType<typeof createServer>;
const listen = (http: Http, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    http.once('error', reject).listen(port, () => resolve());
  });

async function answer(
  { server, request, response }: { server: Server; request: IncomingMessage; response: ServerResponse },
  text: () => Promise<string>,
): Promise<void> {
  const from = request.socket.remoteAddress ?? '';
  if (!comesFrom(server.settings.text('prometheus.exporter.allowed.ips'), from)) {
    response.writeHead(403).end('Forbidden\n');
  } else if (request.url?.split('?')[0] !== '/metrics') {
    response.writeHead(404).end('metrics are at /metrics\n');
  } else {
    const body = await text();
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body);
  }
}

const FRESH_MS = 5_000;
const SHARE = 20;

/** Asks again only after some seconds, and after longer the longer asking takes: of one connection's time, at most a twentieth. */
export function sparing<T>(ask: () => Promise<T>, now = Date.now): () => Promise<T> {
  let asked: Promise<T> | undefined;
  let until = Infinity;
  return () => {
    if (asked && now() < until) return asked;
    const begun = now();
    until = Infinity;
    asked = ask();
    asked.then(
      () => {
        until = now() + Math.max(FRESH_MS, (now() - begun) * SHARE);
      },
      () => {
        asked = undefined;
      },
    );
    return asked;
  };
}
