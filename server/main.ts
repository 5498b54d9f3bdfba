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
  /** Addresses hosts and other servers dial in at; on all servers in the same order of networks. */
  agentHosts: z.array(z.string()).default(['127.0.0.1']),
  /** Where they are told to dial when it is not what this server listens on: for 0.0.0.0, or behind address translation. */
  agentAdvertise: z.array(z.string()).min(1).optional(),
  agentPort: z.number().int().default(8250),
  integrationPort: z.number().int().default(0),
  /** Of this server's metrics; the setting prometheus.exporter.port unless given. */
  metricsPort: z.number().int().optional(),
  consoleDir: z.string().optional(),
  /** Its name among the servers, the same after a restart; default is host name and port. */
  name: z.string().min(1).max(255).optional(),
  /** `api` answers; `worker` also runs jobs and keepers and holds hosts. */
  roles: z
    .array(z.enum(['api', 'worker']))
    .min(1)
    .default(['api', 'worker']),
  /** How long running jobs may take to finish when this process is told to end; the rest is handed to other servers. */
  graceS: z.number().min(0).max(3600).default(5),
  /** How long a server that is about to end still answers, until load balancers have seen it at /readyz; within the grace. */
  leaveS: z.number().min(0).max(3600).default(0),
  logFile: z.string().optional(),
  /** Each answer says in x-nephos-statements how many statements it took: for measuring. */
  tellStatements: z.boolean().optional(),
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

/** What closing takes beyond the jobs' grace before the process ends anyway: what it left, others take over. */
const CLOSING_S = 10;
const EXIT_FORCED = 1;

async function main(file: string): Promise<void> {
  const config = serverConfig.parse(JSON.parse(readFileSync(file, 'utf8')));
  const databaseUrl = process.env['DATABASE_URL'] ?? config.databaseUrl;
  if (!databaseUrl) throw new Error('no database: set DATABASE_URL, or databaseUrl in the configuration');
  const databaseDirectUrl = process.env['DATABASE_DIRECT_URL'] ?? config.databaseDirectUrl;
  const unreachable = ['0.0.0.0', '::'].find((any) => config.agentHosts.includes(any));
  if (unreachable && !config.agentAdvertise && config.roles.includes('worker'))
    throw new Error(`agentHosts has ${unreachable}: say in agentAdvertise at which addresses hosts reach this server`);
  const log = openLog(config.logFile ? { file: config.logFile } : {});
  const instance = config.name ?? `${hostname()}:${process.env['NEPHOS_LISTEN'] ?? config.listen}`;
  const endTracing = await startTracing({ service: 'nephos-server', version: VERSION, instance });
  const ending = Promise.withResolvers<string>();
  let asked = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (++asked > 1) process.exit(EXIT_FORCED); // jobs are taken over as after a crash
      ending.resolve(signal);
    });
  const running = await startServer({
    databaseUrl,
    ...(databaseDirectUrl === undefined ? {} : { databaseDirectUrl }),
    key: readKey(config.keyFile),
    listen: parseListen(process.env['NEPHOS_LISTEN'] ?? config.listen),
    agents: {
      hosts: config.agentHosts,
      port: config.agentPort,
      ...(config.agentAdvertise ? { advertise: config.agentAdvertise } : {}),
    },
    integrationPort: config.integrationPort,
    ...(config.metricsPort === undefined ? {} : { metricsPort: config.metricsPort }),
    consoleDir: config.consoleDir,
    name: config.name,
    roles: config.roles,
    leaveMs: config.leaveS * 1000,
    tellStatements: config.tellStatements,
    adminPassword: process.env['NEPHOS_ADMIN_PASSWORD'] ?? randomBytes(12).toString('base64url'),
    log,
    onEnd: () => ending.resolve('the cloud'),
  });
  delete process.env['NEPHOS_ADMIN_PASSWORD'];
  process.stdout.write(`ready ${running.address.url}\n`);
  const why = await ending.promise;
  log.info({ why }, 'server.ending');
  await end({ running, endTracing, graceS: config.graceS });
}

interface Ending {
  running: Running;
  endTracing: () => Promise<void>;
  graceS: number;
}
async function end({ running, endTracing, graceS }: Ending): Promise<void> {
  setTimeout(() => process.exit(EXIT_FORCED), (graceS + CLOSING_S) * 1000).unref();
  await running.stop(graceS * 1000);
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
