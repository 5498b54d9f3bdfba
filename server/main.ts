// A management server's process: node server/main.ts CONFIG.json. Says `ready <url>` on stdout once it answers. SIGTERM and
// SIGINT drain it: running jobs finish or are handed on, new work is refused.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { openLog } from '#kernel/log.ts';
import { startTracing } from '#protocol/otlp.ts';
import { VERSION } from './serialize.ts';
import { startServer, type Running } from './start.ts';

const serverConfig = z.strictObject({
  /** Or DATABASE_URL. */
  databaseUrl: z.string().optional(),
  /** Or DATABASE_DIRECT_URL: the same database past the pooler that databaseUrl leads to. */
  databaseDirectUrl: z.string().optional(),
  /** 32 random bytes, made if it is missing; whoever has it and the database can read the cloud's secrets. */
  keyFile: z.string(),
  /** `host:port` for the API and the console. */
  listen: z.string().default('127.0.0.1:8080'),
  /** Addresses hosts dial in at. */
  agentHosts: z.array(z.string()).default(['127.0.0.1']),
  agentPort: z.number().int().default(8250),
  integrationPort: z.number().int().default(0),
  /** Of this server's metrics; the setting prometheus.exporter.port unless given. */
  metricsPort: z.number().int().optional(),
  consoleDir: z.string().optional(),
  name: z.string().optional(),
  logFile: z.string().optional(),
});
export type ServerFile = z.input<typeof serverConfig>;

export function parseListen(text: string): { host: string; port: number } {
  const found = /^(?:(.*):)?(\d{1,5})$/.exec(text);
  if (!found || Number(found[2]) > 65_535)
    throw new Error(`NEPHOS_LISTEN is '${text}'; host:port is accepted, for instance 127.0.0.1:8080`);
  return { host: found[1] || '127.0.0.1', port: Number(found[2]) };
}

function readKey(file: string): Buffer {
  if (!existsSync(file)) writeFileSync(file, randomBytes(32), { mode: 0o600, flag: 'wx' });
  return readFileSync(file);
}

async function main(file: string): Promise<void> {
  const config = serverConfig.parse(JSON.parse(readFileSync(file, 'utf8')));
  const databaseUrl = process.env['DATABASE_URL'] ?? config.databaseUrl;
  if (!databaseUrl) throw new Error('no database: set DATABASE_URL, or databaseUrl in the configuration');
  const databaseDirectUrl = process.env['DATABASE_DIRECT_URL'] ?? config.databaseDirectUrl;
  const log = openLog(config.logFile ? { file: config.logFile } : {});
  const instance = config.name ?? `${hostname()}:${process.env['NEPHOS_LISTEN'] ?? config.listen}`;
  const endTracing = await startTracing({ service: 'nephos-server', version: VERSION, instance });
  const running = await startServer({
    databaseUrl,
    ...(databaseDirectUrl === undefined ? {} : { databaseDirectUrl }),
    key: readKey(config.keyFile),
    listen: parseListen(process.env['NEPHOS_LISTEN'] ?? config.listen),
    agents: { hosts: config.agentHosts, port: config.agentPort },
    integrationPort: config.integrationPort,
    ...(config.metricsPort === undefined ? {} : { metricsPort: config.metricsPort }),
    consoleDir: config.consoleDir,
    name: config.name,
    adminPassword: process.env['NEPHOS_ADMIN_PASSWORD'] ?? randomBytes(12).toString('base64url'),
    log,
  });
  delete process.env['NEPHOS_ADMIN_PASSWORD'];
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end(running, endTracing));
  process.stdout.write(`ready ${running.address.url}\n`);
}

async function end(running: Running, endTracing: () => Promise<void>): Promise<void> {
  await running.stop();
  await endTracing();
  process.exit(0);
}

process.on('unhandledRejection', (error) => {
  process.stderr.write(
    `${JSON.stringify({ level: 60, msg: 'unhandled rejection', error: String((error as Error)?.stack ?? error) })}\n`,
  );
});
await main(process.argv[2] ?? '').catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
