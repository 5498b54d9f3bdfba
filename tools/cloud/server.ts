// The database and the management servers of a one-machine cloud, what stands before several of them, and the administrator's keys.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerFile } from '#server/main.ts';
import { startPostgres } from '#server/postgres.ts';
import { withKeys, withPassword } from './api.ts';
import type { BalancerFile } from './balancer-process.ts';
import { runningChild, startChild } from './children.ts';
import { readCloudFile, writeCloudFile, type CloudFile } from './cloud-file.ts';
import type { Options } from './options.ts';
import { checkPort } from './ports.ts';

const SERVER = fileURLToPath(new URL('../../server/main.ts', import.meta.url));
const BALANCER_PROCESS = fileURLToPath(new URL('./balancer-process.ts', import.meta.url));

export const postgresDir = (options: Options): string => path.join(options.dataDir, 'postgres');

/** The external server's URL, or that of the embedded one, started or adopted. */
export const startDatabase = async (options: Options): Promise<string> =>
  options.databaseUrl ?? (await startPostgres({ dataDir: postgresDir(options) })).url;

/** A server's child and configuration are called so: `npm run upgrade` finds all of them. */
const nameOf = (index: number): string => (index === 0 ? 'server' : `server-${index + 1}`);
export const BALANCER = 'balancer';

/** Where a server answers: at the cloud's address if it is the only one, else on the ports after it. */
const portOf = ({ servers, listen }: Options, index: number): number =>
  servers === 1 ? listen.port : listen.port + 1 + index;

interface Starting {
  databaseUrl: string;
  consoleDir: string;
  agentHosts: string[];
}

/** All of them, one after the other, and the balancer before several. */
export async function startServers(options: Options, starting: Starting): Promise<void> {
  for (let index = 0; index < options.servers; index += 1) await startServer(options, starting, index);
  if (options.servers > 1) await startBalancing(options);
}

const METRICS_PORT = 9_595;

async function startServer(
  options: Options,
  { databaseUrl, consoleDir, agentHosts }: Starting,
  index: number,
): Promise<void> {
  const { dataDir, listen, servers } = options;
  const [name, port] = [nameOf(index), portOf(options, index)];
  const config: ServerFile = {
    keyFile: path.join(dataDir, 'cloud.key'),
    listen: `${servers === 1 ? listen.host : '127.0.0.1'}:${port}`,
    // The first one is itself again when others come and go.
    name: `${hostname()}:${index === 0 ? listen.port : port}`,
    agentHosts,
    agentPort: options.agentPort + index,
    integrationPort: index === 0 ? options.integrationPort : 0,
    ...(index === 0 ? {} : { metricsPort: METRICS_PORT + index }),
    // So long a server that ends still answers: the balancer has looked by then.
    ...(servers === 1 ? {} : { leaveS: 1 }),
    consoleDir,
    logFile: path.join(dataDir, 'logs', `${name}.json.log`),
  };
  const file = path.join(dataDir, `${name}.json`);
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  const { password } = readCloudFile(dataDir);
  await startChild({
    dataDir,
    name,
    argv: [process.execPath, SERVER, file],
    readyWhen: 'ready ',
    env: {
      DATABASE_URL: databaseUrl,
      NEPHOS_LISTEN: config.listen!, // ours may be the balancer's
      ...(password ? { NEPHOS_ADMIN_PASSWORD: password } : {}),
    },
  });
}

async function startBalancing(options: Options): Promise<void> {
  const { dataDir, listen, servers } = options;
  const config: BalancerFile = {
    ...listen,
    origins: Array.from({ length: servers }, (_, index) => `http://127.0.0.1:${portOf(options, index)}`),
  };
  const file = path.join(dataDir, `${BALANCER}.json`);
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  await startChild({
    dataDir,
    name: BALANCER,
    argv: [process.execPath, BALANCER_PROCESS, file],
    readyWhen: 'ready',
  });
}

/** Throws where a port that a start needs is taken. */
export async function checkServerPorts(options: Options): Promise<void> {
  const { listen, servers, agentPort } = options;
  await checkPort(listen.host, listen.port, 'NEPHOS_LISTEN=127.0.0.1:8088');
  for (let index = 0; index < servers; index += 1) {
    if (servers > 1) await checkPort('127.0.0.1', portOf(options, index), 'NEPHOS_LISTEN=127.0.0.1:8088');
    await checkPort('127.0.0.1', agentPort + index, 'NEPHOS_AGENT_PORT=8270');
  }
  if (options.integrationPort > 0) await checkPort('127.0.0.1', options.integrationPort, 'NEPHOS_INTEGRATION_PORT');
}

/** Names of the servers that run, however many were started. */
export const runningServers = (dataDir: string): string[] =>
  (existsSync(dataDir) ? readdirSync(dataDir) : [])
    .flatMap((file) => /^(server(?:-\d+)?)\.pid$/.exec(file)?.[1] ?? [])
    .filter((name) => runningChild(dataDir, name) !== undefined)
    .toSorted();

/** API keys of the administrator, made once; the ones in the file are kept while they work. */
export async function ensureKeys(options: Pick<Options, 'dataDir' | 'listen'>): Promise<CloudFile> {
  const cloud = readCloudFile(options.dataDir) as CloudFile;
  if (
    cloud.apikey &&
    (await withKeys(cloud)
      .call('listCapabilities')
      .then(
        () => true,
        () => false,
      ))
  )
    return cloud;
  const keys = await withPassword(cloud).make('registerUserKeys', {
    id: await ownId(cloud),
    name: 'one-machine cloud',
  });
  const endpoint = `http://${options.listen.host}:${options.listen.port}/client/api`;
  const file = writeCloudFile(options.dataDir, {
    apikey: String(keys['apikey']),
    secretkey: String(keys['secretkey']),
    api: endpoint,
  }) as CloudFile;
  await withKeys(file).make('updateConfiguration', { name: 'endpoint.url', value: endpoint });
  return file;
}

/** The administrator's user id, as a login tells it. */
async function ownId({ api, username, password }: CloudFile): Promise<string> {
  const answer = await fetch(api, {
    method: 'POST',
    body: new URLSearchParams({ command: 'login', response: 'json', username, password }),
  });
  const { loginresponse } = (await answer.json()) as { loginresponse: { userid?: string; errortext?: string } };
  return (
    loginresponse.userid ??
    fail(`The administrator's password in cloud.json is not right any more: ${loginresponse.errortext}`)
  );
}
const fail = (text: string): never => {
  throw new Error(text);
};

export const hasCloud = (options: Options): boolean => existsSync(path.join(options.dataDir, 'cloud.json'));
