// The database and the management server of a one-machine cloud, and the administrator's keys.
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerFile } from '#server/main.ts';
import { startPostgres } from '#server/postgres.ts';
import { withKeys, withPassword } from './api.ts';
import { startChild } from './children.ts';
import { readCloudFile, writeCloudFile, type CloudFile } from './cloud-file.ts';
import type { Options } from './options.ts';

const SERVER = fileURLToPath(new URL('../../server/main.ts', import.meta.url));

export const postgresDir = (options: Options): string => path.join(options.dataDir, 'postgres');

/** The external server's URL, or that of the embedded one, started or adopted. */
export const startDatabase = async (options: Options): Promise<string> =>
  options.databaseUrl ?? (await startPostgres({ dataDir: postgresDir(options) })).url;

export async function startServer(
  options: Options,
  { databaseUrl, consoleDir, agentHosts }: { databaseUrl: string; consoleDir: string; agentHosts: string[] },
): Promise<string> {
  const config: ServerFile = {
    keyFile: path.join(options.dataDir, 'cloud.key'),
    listen: `${options.listen.host}:${options.listen.port}`,
    agentHosts,
    agentPort: options.agentPort,
    integrationPort: options.integrationPort,
    consoleDir,
    logFile: path.join(options.dataDir, 'logs', 'server.json.log'),
  };
  const file = path.join(options.dataDir, 'server.json');
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  const { password } = readCloudFile(options.dataDir);
  const { said } = await startChild({
    dataDir: options.dataDir,
    name: 'server',
    argv: [process.execPath, SERVER, file],
    readyWhen: 'ready ',
    env: { DATABASE_URL: databaseUrl, ...(password ? { NEPHOS_ADMIN_PASSWORD: password } : {}) },
  });
  return said;
}

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
