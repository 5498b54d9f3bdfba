// configureHAForHost, enable and disable for a host, a cluster, a zone, and what lists show. All it says is whether the power of a
// lost host may be taken and given back; that a host is looked for on shared storage and fenced there needs no configuration.
import {
  configureHAForHost,
  disableHAForCluster,
  disableHAForHost,
  disableHAForZone,
  enableHAForCluster,
  enableHAForHost,
  enableHAForZone,
  listHostHAProviders,
  listHostHAResources,
} from '#api/infra/host-ha.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import type { hostHaResponse } from '#api/infra/host-responses.ts';
import { hypervisorNamed, type Hypervisor } from '../cluster/hypervisors.ts';
import { implement, type Cx, type ResultCx, type Submitted } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { allowHa, configureHa, enableHa, findConfigured, hostHa, type HostHa } from './ha.store.ts';
import { lockHost } from './host.store.ts';

const providers: Readonly<Record<Hypervisor, readonly string[]>> = {
  KVM: ['kvmhaprovider'],
  Simulator: ['simulatorhaprovider'],
};

export const haView = (ha: HostHa): Shape<typeof hostHaResponse> => ({
  hostid: ha.uuid,
  haenable: ha.enabled,
  haprovider: ha.provider,
  hastate: ha.state,
});

const show = async ({ tx }: ResultCx, { id }: Recorded): Promise<Shape<typeof hostHaResponse>> => ({
  ...haView(await hostHa(tx, id)),
  status: true,
});

const record = (cx: Cx, id: number, about: string): Promise<Submitted> =>
  cx.enqueue(recorded, { id }, { lanes: [], about });

export const configure = implement(
  configureHAForHost,
  async (cx, { hostId, provider }) => {
    const host = await lockHost(cx.tx, hostId);
    const accepted = providers[hypervisorNamed(host.hypervisor)];
    const chosen =
      accepted.find((name) => name === provider.toLowerCase()) ??
      fail(
        'invalidParameter',
        `provider is '${provider.slice(0, 60)}'; hosts that run ${host.hypervisor} have: ${accepted.join(', ')}`,
        { parameter: 'provider' },
      );
    await configureHa(cx.tx, hostId, chosen);
    return record(cx, hostId, host.uuid);
  },
  show,
);

async function setForHost(cx: Cx, hostId: number, enabled: boolean): Promise<Submitted> {
  const { uuid } = await lockHost(cx.tx, hostId);
  if ((await enableHa(cx.tx, hostId, enabled)) === 0)
    fail('invalidParameter', 'hostid: no provider is configured for this host; call configureHAForHost first', {
      parameter: 'hostid',
    });
  return record(cx, hostId, uuid);
}
export const enableHost = implement(enableHAForHost, (cx, { hostId }) => setForHost(cx, hostId, true), show);
export const disableHost = implement(disableHAForHost, (cx, { hostId }) => setForHost(cx, hostId, false), show);

interface Whole {
  table: 'zone' | 'cluster';
  id: number;
}
async function setForAll(cx: Cx, { table, id }: Whole, allow: boolean): Promise<Submitted> {
  const { uuid } = await allowHa(cx.tx, table, id, allow);
  return record(cx, id, uuid);
}
const done = async (): Promise<{ success: boolean }> => ({ success: true });
export const enableCluster = implement(
  enableHAForCluster,
  (cx, { clusterId }) => setForAll(cx, { table: 'cluster', id: clusterId }, true),
  done,
);
export const disableCluster = implement(
  disableHAForCluster,
  (cx, { clusterId }) => setForAll(cx, { table: 'cluster', id: clusterId }, false),
  done,
);
export const enableZone = implement(
  enableHAForZone,
  (cx, { zoneId }) => setForAll(cx, { table: 'zone', id: zoneId }, true),
  done,
);
export const disableZone = implement(
  disableHAForZone,
  (cx, { zoneId }) => setForAll(cx, { table: 'zone', id: zoneId }, false),
  done,
);

export const listProviders = implement(listHostHAProviders, async (_cx, { hypervisor }) => {
  const items = providers[hypervisorNamed(hypervisor)].map((name) => ({ haprovider: name }));
  return { items, count: items.length };
});

export const listResources = implement(listHostHAResources, async (cx, { hostId }) => {
  const { rows, count } = await findConfigured(cx.tx, { page: cx.page, ...(hostId === undefined ? {} : { hostId }) });
  return { items: rows.map(haView), count };
});
