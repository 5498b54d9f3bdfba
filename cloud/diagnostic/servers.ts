// Servers, their database, their leases and standing duties, and certificates that run out.
import { X509Certificate } from 'node:crypto';
import type { Check, Finding } from './finding.ts';
import { duration } from './finding.ts';
import { keepersNow, ownerless, staleWorkers, type KeeperRow } from './work.store.ts';
import { databaseNow, expiringHosts, serversNow, standbys, type DatabaseFacts } from './world.store.ts';

const LATE_S = 60;
const LONG_S = 900;

export const lateKeepers: Check = {
  area: 'keepers',
  fine: 'every standing duty runs and succeeds',
  look: async ({ tx }) => (await keepersNow(tx)).flatMap(ofKeeper),
};

function ofKeeper(keeper: KeeperRow): Finding[] {
  const { name, running, runningS, lateS, lastStart, lastEnd, lastError } = keeper;
  const about = { type: 'Keeper', name };
  if (running && runningS > LONG_S)
    return [
      {
        severity: 'warning',
        summary: `Keeper ${name} is at it since ${duration(runningS)}`,
        advice: 'Read the log lines with this keeper; it goes on by itself, on another server if this one stops',
        since: lastStart,
        about,
      },
    ];
  if (!running && lateS > LATE_S)
    return [
      {
        severity: 'critical',
        summary: `Keeper ${name} should have begun ${duration(lateS)} ago`,
        advice: 'No server runs it: look whether servers run, and whether all are of this version',
        since: lastEnd,
        about,
      },
    ];
  if (lastError === null) return [];
  return [
    {
      severity: 'warning',
      summary: `Keeper ${name} failed at its last run: ${lastError.slice(0, 300)}`,
      advice: 'It tries again by itself; when it goes on failing, read the log lines «keeper.failed» with its name',
      since: lastEnd,
      about,
    },
  ];
}

const BEAT_S = 30;

export const leases: Check = {
  area: 'leases',
  fine: 'every running job belongs to a server that is alive',
  look: async ({ tx }) => {
    const { n } = await ownerless(tx);
    const stale = await staleWorkers(tx, BEAT_S);
    return [
      ...(n === 0
        ? []
        : [
            {
              severity: 'critical' as const,
              summary: `${n} running jobs belong to no server, and none has taken them over`,
              advice: 'A server that runs jobs takes them over within seconds: look whether one is ready (/readyz)',
              details: { jobs: n },
            },
          ]),
      ...stale.map(({ name, beat, silentS }) => ({
        severity: 'critical' as const,
        summary: `The engine of server ${name} has not renewed its lease for ${duration(silentS)}`,
        advice: 'Its jobs are taken over by any other server that is ready: start or look at one',
        since: beat,
        about: { type: 'ManagementServer', name },
      })),
    ];
  },
};

const WARN_DAYS = 30;
const CRITICAL_DAYS = 7;
const DAY_S = 86_400;

export const certificates: Check = {
  area: 'certificates',
  fine: `no certificate expires within ${WARN_DAYS} days`,
  look: async ({ tx, caPem }) => {
    const hosts = (await expiringHosts(tx, WARN_DAYS)).map(({ uuid, name, expires, leftS }) =>
      expiring(`host ${name}`, {
        expires,
        leftS,
        advice: `Issue it a new one (issueCertificate) and put it in the place of the old: the agent reads it when it dials anew`,
        about: { type: 'Host', id: uuid, name },
      }),
    );
    const servers = (await serversNow(tx)).filter(({ state }) => state === 'Up');
    return [
      ...(caPem === '' ? [] : soon('the cloud’s authority', new X509Certificate(caPem).validTo, 'ManagementServer')),
      ...hosts,
      ...servers.flatMap(({ name, facts }) => soon(`server ${name}`, facts.certificateExpires, 'ManagementServer')),
    ];
  },
};

function soon(whose: string, at: string | undefined, type: string): Finding[] {
  if (at === undefined) return [];
  const expires = new Date(at);
  const leftS = (expires.getTime() - Date.now()) / 1000;
  const advice = 'Restart the servers one after another: each makes itself a new one when it starts';
  return leftS > WARN_DAYS * DAY_S ? [] : [expiring(whose, { expires, leftS, advice, about: { type } })];
}

const expiring = (
  whose: string,
  {
    expires,
    leftS,
    advice,
    about,
  }: { expires: Date; leftS: number; advice: string; about: NonNullable<Finding['about']> },
): Finding => ({
  severity: leftS < CRITICAL_DAYS * DAY_S ? 'critical' : 'warning',
  summary: `The certificate of ${whose} ${leftS < 0 ? `expired ${duration(-leftS)} ago` : `expires in ${duration(leftS)}`}`,
  advice,
  about,
  details: { expires: expires.toISOString() },
});

const OLDEST_MAJOR = 15;
const LAG_S = 60;
const TRANSACTION_S = 300;

export const database: Check = {
  area: 'database',
  fine: 'the database takes changes, has connections left, and its standbys follow',
  look: async ({ tx }) => {
    const facts = await databaseNow(tx);
    return [
      ...ofDatabase(facts),
      ...(await standbys(tx))
        .filter(({ state, lagS }) => state !== 'streaming' || (lagS ?? 0) > LAG_S)
        .map(({ name, state, lagS }) => ({
          severity: 'warning' as const,
          summary: `Standby ${name} is ${state ?? 'in an unknown state'}${lagS === null ? '' : `, ${duration(lagS)} behind`}`,
          advice:
            'Should the primary be lost now, so would be what it has not received: look at the standby and the link to it',
          details: { state, lagseconds: lagS },
        })),
    ];
  },
};

function ofDatabase(facts: DatabaseFacts): Finding[] {
  const { version, major, writable, connections, maxConnections, oldestTransactionS } = facts;
  const details = { ...facts };
  const found = (is: boolean, severity: Finding['severity'], summary: string, advice: string): Finding[] =>
    is ? [{ severity, summary, advice, details }] : [];
  return [
    ...found(
      !writable,
      'critical',
      'The database takes no changes',
      'Point the servers to the primary, or promote this one',
    ),
    ...found(
      major < OLDEST_MAJOR,
      'warning',
      `PostgreSQL ${version} is older than what this version is tested with`,
      `Upgrade it to ${OLDEST_MAJOR} or newer`,
    ),
    ...found(
      connections > 0.9 * maxConnections,
      'warning',
      `${connections} of ${maxConnections} connections of the database are taken`,
      'Raise max_connections, or put a pooler in front for other programs',
    ),
    ...found(
      oldestTransactionS > TRANSACTION_S,
      'warning',
      `A transaction is open since ${duration(oldestTransactionS)}`,
      'It keeps old rows from being cleared: find it in pg_stat_activity; no server of ours holds one that long',
    ),
  ];
}

const SILENT_S = 45;

export const servers: Check = {
  area: 'servers',
  fine: 'every server is heard, and all are of one version',
  look: async ({ tx }) => {
    const all = await serversNow(tx);
    const up = all.filter(({ state }) => state === 'Up');
    const versions = [...new Set(up.map(({ version }) => version))];
    return [
      ...up
        .filter(({ silentS }) => silentS > SILENT_S)
        .map(({ uuid, name, seen, silentS }) => ({
          severity: 'critical' as const,
          summary: `Server ${name} has not been heard for ${duration(silentS)} and did not sign off`,
          advice:
            'Look whether its process lives (/healthz) and reaches the database; its jobs were taken over by the others',
          since: seen,
          about: { type: 'ManagementServer', id: uuid, name },
        })),
      ...(versions.length > 1
        ? [
            {
              severity: 'warning' as const,
              summary: `Servers of ${versions.length} versions run: ${up.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
              advice: 'Finish the upgrade: they may differ by one version, and not for long',
            },
          ]
        : []),
    ];
  },
};
