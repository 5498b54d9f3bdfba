// What somebody wants of every start, kept in a file instead of the environment: `config.json` in the data folder, or the file
// NEPHOS_CONFIG names. The environment is asked first.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

type Env = Readonly<Record<string, string | undefined>>;

const configFile = z.strictObject({
  /** `host:port` of API and console. */
  listen: z.string().optional(),
  agentPort: z.number().int().optional(),
  /** More addresses of this machine at which hosts dial in. */
  agentHosts: z.array(z.string()).optional(),
  integrationPort: z.number().int().optional(),
  databaseUrl: z.string().optional(),
  labName: z.string().optional(),
  publicCidr: z.string().optional(),
});

const VARIABLES: Readonly<Record<keyof z.infer<typeof configFile>, string>> = {
  listen: 'NEPHOS_LISTEN',
  agentPort: 'NEPHOS_AGENT_PORT',
  agentHosts: 'NEPHOS_AGENT_HOSTS',
  integrationPort: 'NEPHOS_INTEGRATION_PORT',
  databaseUrl: 'DATABASE_URL',
  labName: 'NEPHOS_LAB_NAME',
  publicCidr: 'NEPHOS_PUBLIC_CIDR',
};

/** The environment, with what the file adds to it. Throws with the file's name, the field and what is accepted. */
export function withConfigFile(env: Env, dataDir: string): Env {
  const file = env['NEPHOS_CONFIG'] ?? path.join(dataDir, 'config.json');
  if (!existsSync(file)) {
    if (env['NEPHOS_CONFIG'] === undefined) return env;
    throw new Error(`NEPHOS_CONFIG is '${file}'; there is no such file`);
  }
  const fields = Object.entries(read(file)).map(([field, value]) => [
    VARIABLES[field as keyof typeof VARIABLES],
    value,
  ]);
  return { ...Object.fromEntries(fields.map(([name, value]) => [name, String(value)])), ...env };
}

/** Keeps one wish in the data folder's file; the others stay. */
export function setConfigField(dataDir: string, field: keyof z.infer<typeof configFile>, value: string): void {
  const file = process.env['NEPHOS_CONFIG'] ?? path.join(dataDir, 'config.json');
  const fields = { ...(existsSync(file) ? read(file) : {}), [field]: value };
  writeFileSync(`${file}.new`, `${JSON.stringify(fields, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function read(file: string): z.infer<typeof configFile> {
  const parsed = configFile.safeParse(json(file));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`);
  throw new Error(`${file}: ${issues.join('; ')}. Fields are ${Object.keys(VARIABLES).join(', ')}`);
}

function json(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
