// listDiagnostics: every check of one area or of all; where one finds nothing, it says what is in order.
import { listDiagnostics } from '#api/config/diagnostic.ts';
import type { diagnosticResponse } from '#api/config/diagnostic-responses.ts';
import type { Shape } from '#api/define.ts';
import { implement } from '../context.ts';
import type { Check, Finding, Looking } from './finding.ts';
import { capacityMismatch, diskSpace, hostsNotHeard } from './hosts.ts';
import { stuckJobs, undosGivenUp } from './jobs.ts';
import { certificates, database, lateKeepers, leases, servers } from './servers.ts';
import { overdueStates } from './states.ts';

export const checks: readonly Check[] = [
  stuckJobs,
  undosGivenUp,
  overdueStates,
  hostsNotHeard,
  lateKeepers,
  capacityMismatch,
  leases,
  diskSpace,
  certificates,
  database,
  servers,
];

const ORDER = { critical: 0, warning: 1, ok: 2 } as const;
type Shown = Shape<typeof diagnosticResponse> & { severity: keyof typeof ORDER };

export const list = implement(listDiagnostics, async (cx, { area }) => {
  const at: Looking = { tx: cx.tx, settings: cx.settings, caPem: cx.world.authority.caPem };
  const shown: Shown[] = [];
  for (const check of checks.filter((one) => area === undefined || one.area === area))
    shown.push(...ofCheck(check, await check.look(at)));
  const sorted = shown.toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity]);
  const { offset, limit } = cx.page;
  return { items: sorted.slice(offset, limit === undefined ? undefined : offset + limit), count: sorted.length };
});

const ofCheck = ({ area, fine }: Check, found: readonly Finding[]): Shown[] =>
  found.length === 0
    ? [{ area, severity: 'ok', summary: fine }]
    : found.map(({ severity, summary, advice, since, about, details }) => ({
        area,
        severity,
        summary,
        advice,
        since,
        resourcetype: about?.type,
        resourceid: about?.id,
        resourcename: about?.name,
        details: details && { ...details },
      }));
