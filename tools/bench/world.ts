// A cloud to measure: a server process of its own on a fresh database, filled with instances by SQL.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '../../clients/sdk/client.ts';
import { openDb, type Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { startPostgres, type Postgres } from '#server/postgres.ts';
import { makeZoneRows } from '#test/zone-rows.ts';

const SERVER = fileURLToPath(new URL('../../server/main.ts', import.meta.url));
const PASSWORD = 'measured';

interface Keys {
  apiKey: string;
  secretKey: string;
  version: 'v3';
}

export interface BenchWorld {
  url: string;
  db: Db;
  server: ChildProcess;
  postgres: Postgres;
  coldStartMs: number;
  keys: Keys;
  userKeys: Keys;
  zone: { zoneUuid: string; templateUuid: string; offeringUuid: string };
  stop(): Promise<void>;
}

export async function startWorld({ vms, port }: { vms: number; port: number }): Promise<BenchWorld> {
  const dir = mkdtempSync(path.join(tmpdir(), 'nephos-bench-'));
  const postgres = await startPostgres({ dataDir: path.join(dir, 'postgres') });
  const config = path.join(dir, 'server.json');
  writeFileSync(
    config,
    JSON.stringify({
      keyFile: path.join(dir, 'key'),
      listen: `127.0.0.1:${port}`,
      agentPort: port + 1,
      logFile: path.join(dir, 'log'),
    }),
  );
  const first = await launch(config, postgres.url);
  const db = openDb({ url: postgres.url, max: 2 });
  const zone = await makeZoneRows(db);
  const url = `http://127.0.0.1:${port}/client/api`;
  const admin = connect({ url, username: 'admin', password: PASSWORD });
  const keys = await keysOf(admin, 'admin');
  await admin.request(
    'createAccount',
    { accounttype: '0', username: 'tenant', password: 'tenant-1', email: 'a@b.example', firstname: 'a', lastname: 'b' },
    'POST',
  );
  const userKeys = await keysOf(admin, 'tenant');
  await fill(db, { vms, ...zone });
  await ended(first.child);
  const again = await launch(config, postgres.url);
  return {
    url,
    db,
    server: again.child,
    postgres,
    coldStartMs: again.ms,
    keys,
    userKeys,
    zone,
    stop: async () => {
      await ended(again.child);
      await db.close();
      await postgres.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function keysOf(admin: ReturnType<typeof connect>, username: string): Promise<Keys> {
  const { user } = (await admin.request('listUsers', { username, listall: 'true' })) as { user: { id: string }[] };
  const { jobid } = (await admin.request('registerUserKeys', { id: user[0]!.id, name: 'bench' }, 'POST')) as {
    jobid: string;
  };
  const { userkeys } = (await admin.waitFor(jobid)) as { userkeys: { apikey: string; secretkey: string } };
  return { apiKey: userkeys.apikey, secretKey: userkeys.secretkey, version: 'v3' };
}

function launch(config: string, databaseUrl: string): Promise<{ child: ChildProcess; ms: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, [SERVER, config], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: databaseUrl, NEPHOS_ADMIN_PASSWORD: PASSWORD },
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended (${code})`)));
    child.stdout.once('data', () => {
      child.removeAllListeners('exit');
      resolve({ child, ms: performance.now() - started });
    });
  });
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });

/** Running instances with a card and a disk each, spread over the tenant (200) and the administrator (the rest). */
async function fill(
  db: Db,
  {
    vms,
    zoneId,
    templateId,
    offeringId,
    hostIds,
    poolId,
  }: { vms: number; zoneId: number; templateId: number; offeringId: number; hostIds: number[]; poolId: number },
): Promise<void> {
  const tenant = await db.read.one<{ id: number }>(sql`select id from account where name = 'tenant'`);
  const network = await db.read.one<{
    id: number;
  }>(sql`insert into network(account_id, domain_id, zone_id, offering_id, name, display_text, guest_type, state, cidr, gateway)
    select 2, 1, ${zoneId}, id, 'big', 'big', 'Isolated', 'Implemented', '10.0.0.0/8', '10.0.0.1' from network_offering where guest_type = 'Isolated' order by id limit 1 returning id`);
  await db.read
    .run(sql`insert into vm(account_id, domain_id, user_id, zone_id, host_id, name, display_name, instance_name, service_offering_id, template_id, hypervisor, state, cpus, cpu_mhz, memory_mib)
    select case when n <= 200 then ${tenant.id}::bigint else 2 end, 1, 2, ${zoneId}, ${hostIds[0]}, 'bench-' || n, 'bench-' || n, 'i-2-b' || n || '-VM', ${offeringId}, ${templateId}, 'Simulator', 'Running', 1, 250, 128 from generate_series(1, ${vms}) n`);
  await db.read.run(
    sql`insert into nic(vm_id, network_id, device_id, mac, ip, is_default) select id, ${network.id}, 0, 'ee' || lpad(to_hex(id), 10, '0'), '10.0.0.1'::inet + id, true from vm where name like 'bench-%'`,
  );
  await db.read.run(
    sql`insert into volume(account_id, domain_id, zone_id, pool_id, vm_id, device_id, name, type, size_bytes, state) select account_id, 1, ${zoneId}, ${poolId}, id, 0, 'ROOT-' || id, 'ROOT', 52428800, 'Ready' from vm where name like 'bench-%'`,
  );
  await db.read.run(sql`analyze`);
}

const TICK_MS = 10;
const cpuOf = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
};
const parentOf = (pid: string): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1]);
  } catch {
    return 0;
  }
};

/** CPU milliseconds that the server and PostgreSQL with its backends have used. */
export function cpuMs(world: BenchWorld): { node: number; postgres: number } {
  const backends = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === world.postgres.pid)
    .map(Number);
  return {
    node: cpuOf(world.server.pid!),
    postgres: [world.postgres.pid, ...backends].reduce((sum, pid) => sum + cpuOf(pid), 0),
  };
}

export const rssMib = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
