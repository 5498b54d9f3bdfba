// Redfish: the power of a ComputerSystem, and the password of the account that logs in. What can be asked of a system is read from it.
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { z } from 'zod';
import { fail } from '#api/errors.ts';
import { PowerFailure, type Controller, type PowerAction, type PowerDriver } from '#cloud/out-of-band/driver.ts';
import type { Settings } from '#kernel/settings.ts';
import { named, openRoads, type Place } from './https.ts';
import { inService, type Service } from './redfish-service.ts';

const SYSTEMS = '/redfish/v1/Systems';
const ACCOUNTS = '/redfish/v1/AccountService';
const MOST_ACCOUNTS = 64;
const NAMED_SYSTEMS = 5;

/** Types of reset that do it, the best first. */
const resets: Record<PowerAction, readonly string[]> = {
  on: ['On', 'ForceOn'],
  off: ['ForceOff'],
  soft: ['GracefulShutdown'],
  cycle: ['PowerCycle'],
  reset: ['ForceRestart'],
};

const link = z.object({ '@odata.id': z.string() });
const collection = z.object({ Members: z.array(link) });
const reset = z.object({
  target: z.string(),
  'ResetType@Redfish.AllowableValues': z.array(z.string()).optional(),
  '@Redfish.ActionInfo': z.string().optional(),
});
const system = z.object({
  PowerState: z.string().nullish(),
  Actions: z.object({ '#ComputerSystem.Reset': reset.optional() }).optional(),
});
const actionInfo = z.object({
  Parameters: z.array(z.object({ Name: z.string(), AllowableValues: z.array(z.string()).optional() })),
});
const accounts = z.object({ Accounts: link });
const account = z.object({ UserName: z.string().nullish() });

/** `authority`: the cloud's own, trusted beside those of the system. */
export function redfishPower(settings: Settings, { authority }: { authority: string }): PowerDriver {
  // Made once: to read all authorities takes as long as a dozen requests.
  let known: SecureContext | undefined;
  const authorities = (): SecureContext =>
    (known ??= createSecureContext({ ca: [...getCACertificates('default'), authority] }));
  const within = <T>(
    controller: Controller,
    signal: AbortSignal,
    work: (service: Service, at: string) => Promise<T>,
  ): Promise<T> => {
    const roads = openRoads(
      settings.boolean('redfish.use.https')
        ? { authorities: authorities(), verify: !settings.boolean('redfish.ignore.ssl') }
        : null,
    );
    const place: Place = {
      host: controller.address.split('/')[0]!,
      port: controller.port,
      roads,
      retries: settings.number('redfish.retries'),
      signal,
    };
    return inService(place, controller, (service) => work(service, named(place))).finally(roads.close);
  };
  return {
    names: ['redfish'],
    check: ({ username }) => {
      if (username.includes(':'))
        fail('invalidParameter', 'username: a colon cannot be part of a name that logs in over HTTP', {
          parameter: 'username',
        });
    },
    status: (controller, signal) =>
      within(controller, signal, async (service, at) => {
        const { PowerState: state } = await service.get(await systemPath(service, controller, at), system);
        if (!state) throw new PowerFailure('unsupported', `${at} does not say whether the system is on`);
        return state === 'Off' ? 'Off' : 'On'; // PoweringOff and the like are not off yet
      }),
    act: (controller, action, signal) =>
      within(controller, signal, async (service, at) => {
        const of = await systemPath(service, controller, at);
        const { target, type } = await resetFor(service, { of, action, at });
        await service.change({ method: 'POST', path: target, body: { ResetType: type }, of });
      }),
    changePassword: (controller, password, signal) =>
      within(controller, signal, async (service, at) => {
        const path = await accountPath(service, controller, at);
        await service.change({ method: 'PATCH', path, body: { Password: password }, of: path });
      }),
  };
}

/** The only one, or the one whose id follows the address: its place is the schema's. */
async function systemPath(service: Service, { address }: Controller, at: string): Promise<string> {
  const [, wanted] = address.split('/');
  if (wanted !== undefined) return `${SYSTEMS}/${wanted}`;
  const { Members } = await service.get(SYSTEMS, collection);
  const paths = Members.map((member) => member['@odata.id']);
  if (paths.length === 1) return paths[0]!;
  const known = paths.slice(0, NAMED_SYSTEMS).map(idOf).join(', ') || 'none';
  throw new PowerFailure(
    'failed',
    `${at} is for ${paths.length} systems (${known}); say which with / and its id after the address`,
  );
}
const idOf = (path: string): string => path.replace(/\/$/, '').split('/').at(-1)!;

async function resetFor(
  service: Service,
  { of, action, at }: { of: string; action: PowerAction; at: string },
): Promise<{ target: string; type: string }> {
  const found = (await service.get(of, system)).Actions?.['#ComputerSystem.Reset'];
  if (!found) throw new PowerFailure('unsupported', `${at} lets nobody change the power of the system`);
  const allowed =
    found['ResetType@Redfish.AllowableValues'] ?? (await allowedByInfo(service, found['@Redfish.ActionInfo']));
  const type = allowed ? resets[action].find((one) => allowed.includes(one)) : resets[action][0];
  if (type === undefined)
    throw new PowerFailure(
      'unsupported',
      `${at} knows no ${resets[action].join(' or ')}; it knows: ${allowed!.join(', ')}`,
    );
  return { target: found.target, type };
}

async function allowedByInfo(service: Service, path: string | undefined): Promise<string[] | undefined> {
  if (path === undefined) return undefined;
  const { Parameters } = await service.get(path, actionInfo);
  return Parameters.find(({ Name }) => Name === 'ResetType')?.AllowableValues;
}

async function accountPath(service: Service, { username }: Controller, at: string): Promise<string> {
  const { Accounts } = await service.get(ACCOUNTS, accounts);
  const { Members } = await service.get(Accounts['@odata.id'], collection);
  for (const { '@odata.id': path } of Members.slice(0, MOST_ACCOUNTS))
    if ((await service.get(path, account)).UserName === username) return path;
  throw new PowerFailure('failed', `${at} has no account of ${username}`);
}
