// The four verbs of service providers. A provider is enabled once what it works with is configured, and goes only when no network
// has a service of it.
import {
  addNetworkServiceProvider,
  deleteNetworkServiceProvider,
  listNetworkServiceProviders,
  updateNetworkServiceProvider,
} from '#api/network/provider.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import type { serviceProviderResponse } from '#api/network/provider-responses.ts';
import type { Tx } from '#kernel/db.ts';
import { implement } from '../context.ts';
import {
  providerName,
  providerNames,
  providers,
  serviceName,
  type ProviderName,
} from '../offering/network-services.ts';
import { recorded, type Recorded } from '../recorded.ts';
import {
  changeServices,
  findProviders,
  insertElement,
  insertProvider,
  moveProvider,
  networksServed,
  providerOn,
  providersByIds,
  removeProvider,
  type ProviderRow,
} from './provider.store.ts';

const view = (row: ProviderRow): Shape<typeof serviceProviderResponse> => ({
  id: row.uuid,
  name: row.name,
  state: row.state,
  physicalnetworkid: row.physicalNetworkUuid,
  servicelist: row.services,
  canenableindividualservice: true,
  destinationphysicalnetworkid: row.destinationUuid,
});
const show = async (cx: { tx: Tx }, { id }: Recorded) => view((await providersByIds(cx.tx, [id]))[0]!);

/** The virtual router with all its services, switched off. */
export async function addVirtualRouter(tx: Tx, physicalNetworkId: number): Promise<void> {
  const { id } = await insertProvider(tx, {
    physical_network_id: physicalNetworkId,
    name: 'VirtualRouter',
    services: Object.keys(providers.VirtualRouter),
  });
  await insertElement(tx, id);
}

function checkServices(provider: ProviderName, names: readonly string[] | undefined): string[] {
  const all = Object.keys(providers[provider]);
  return (
    names?.map((text) => {
      const name = serviceName(text);
      return name && all.includes(name)
        ? name
        : fail('invalidParameter', `servicelist has '${text.slice(0, 40)}'; ${provider} provides: ${all.join(', ')}`, {
            parameter: 'servicelist',
          });
    }) ?? all
  );
}

export const add = implement(
  addNetworkServiceProvider,
  async (cx, params) => {
    const name =
      providerName(params.name) ??
      fail(
        'invalidParameter',
        `name: there is no provider '${params.name.slice(0, 60)}' in this cloud; accepted: ${providerNames.join(', ')}`,
        { parameter: 'name' },
      );
    if (await providerOn(cx.tx, { physicalNetworkId: params.physicalNetworkId, name }))
      fail('invalidParameter', `name: the physical network has ${name} already`, { parameter: 'name' });
    const { id, uuid } = await insertProvider(cx.tx, {
      physical_network_id: params.physicalNetworkId,
      name,
      services: checkServices(name, params.serviceList),
      destination_physical_network_id: params.destinationPhysicalNetworkId,
    });
    await insertElement(cx.tx, id);
    return cx.enqueue(recorded, { id }, { lanes: [], about: uuid });
  },
  show,
);

export const list = implement(listNetworkServiceProviders, async (cx, params) => {
  const { rows, count } = await findProviders(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    name: params.name,
    physicalNetworkId: params.physicalNetworkId,
    state: params.state,
  });
  return { items: rows.map(view), count };
});

export const update = implement(
  updateNetworkServiceProvider,
  async (cx, params) => {
    const [before] = await providersByIds(cx.tx, [params.id]);
    if (params.serviceList)
      await changeServices(cx.tx, params.id, checkServices(before!.name as ProviderName, params.serviceList));
    if (params.state === 'Shutdown') {
      if (before!.state !== 'Enabled')
        fail('wrongState', `The provider is ${before!.state}; only an Enabled one is shut down`, {
          parameter: 'state',
        });
      await checkUnserved(cx.tx, params.id);
      await moveProvider(cx.tx, params.id, 'ShutdownRequested');
      await moveProvider(cx.tx, params.id, 'OperationSucceeded');
    }
    if (params.state === 'Enabled') {
      if (!before!.ready)
        fail(
          'wrongState',
          `The provider ${before!.name} is not configured; enable its element with configureVirtualRouterElement first`,
          { parameter: 'state' },
        );
      await moveProvider(cx.tx, params.id, 'Enable');
    } else if (params.state === 'Disabled') await moveProvider(cx.tx, params.id, 'Disable');
    return cx.enqueue(recorded, { id: params.id }, { lanes: [], about: before!.uuid });
  },
  show,
);

export const remove = implement(deleteNetworkServiceProvider, async (cx, params) => {
  const [provider] = await providersByIds(cx.tx, [params.id]);
  await checkUnserved(cx.tx, params.id);
  await removeProvider(cx.tx, params.id);
  return cx.enqueue(recorded, { id: params.id }, { lanes: [], about: provider!.uuid });
});

async function checkUnserved(tx: Tx, id: number): Promise<void> {
  const [provider] = await providersByIds(tx, [id]);
  const served = await networksServed(tx, provider!);
  if (served > 0)
    fail(
      'resourceInUse',
      `${provider!.name} serves ${served} network${served === 1 ? '' : 's'} of the physical network; delete ${served === 1 ? 'it' : 'them'} first`,
      { parameter: 'id' },
    );
}
