// The first guest: an offering small enough, the template, the instance, and a way in from outside.
import type { Api, Thing } from './api.ts';
import { patiently } from './zone.ts';

const OFFERING = 'Tiny Instance';
const TEMPLATE = 'tiny';
const GUEST = 'first';
const HTTP_WITHIN_MS = 180_000;

export const ensureOffering = (api: Api): Promise<Thing> =>
  api.ensure({
    list: 'listServiceOfferings',
    name: OFFERING,
    create: 'createServiceOffering',
    params: {
      name: OFFERING,
      displaytext: 'One small CPU, 128 MiB of memory',
      cpunumber: 1,
      cpuspeed: 250,
      memory: 128,
    },
  });

/** Registers the built-in template and waits until it is ready in the zone. */
export async function ensureTemplate(
  api: Api,
  { zone, url, hypervisor, say }: { zone: Thing; url: string; hypervisor: string; say: (text: string) => void },
): Promise<Thing> {
  const where = { templatefilter: 'self', zoneid: zone.id };
  const known = (await api.list('listTemplates', where)).find((one) => one.name === TEMPLATE);
  const osTypes = known ? [] : await api.list('listOsTypes', { keyword: 'Other Linux (64-bit)' });
  const template =
    known ??
    (await api.make('registerTemplate', {
      name: TEMPLATE,
      displaytext: 'Tiny guest: busybox, SSH and a web page',
      url,
      format: 'QCOW2',
      hypervisor,
      zoneid: zone.id,
      ispublic: true,
      isfeatured: true,
      passwordenabled: true,
      requireshvm: true,
      ...(osTypes[0] ? { ostypeid: osTypes[0].id } : {}),
    }));
  await patiently(async () => {
    const now = (await api.list('listTemplates', { ...where, id: template.id }))[0];
    const status = textOf(now, 'status');
    say(status);
    if (now?.['isready'] !== true) throw new Error(`the template is not ready: ${status}`);
  }, 300_000);
  return template;
}

const textOf = (thing: Thing | undefined, field: string): string => {
  const value = thing?.[field];
  return typeof value === 'string' ? value : '';
};

export async function ensureGuest(
  api: Api,
  { zone, template, offering, say }: { zone: Thing; template: Thing; offering: Thing; say: (text: string) => void },
): Promise<Thing> {
  const known = (await api.list('listVirtualMachines', { zoneid: zone.id })).find(
    (one) => one.name === GUEST && !['Error', 'Destroyed', 'Expunging'].includes(one.state ?? ''),
  );
  if (known?.state === 'Running') return known;
  if (known) return api.make('startVirtualMachine', { id: known.id }, say);
  return api.make(
    'deployVirtualMachine',
    {
      zoneid: zone.id,
      templateid: template.id,
      serviceofferingid: offering.id,
      name: GUEST,
      displayname: 'The first guest',
    },
    say,
  );
}

/** A public address whose port 80 leads to the guest. */
export async function ensureWayIn(api: Api, guest: Thing): Promise<string> {
  const network = (guest['nic'] as Thing[])[0]!['networkid'] as string;
  const rules = await api.list('listPortForwardingRules', { networkid: network });
  const known = rules.find((rule) => rule['virtualmachineid'] === guest.id && rule['publicport'] === '80');
  if (known) return known['ipaddress'] as string;
  const address = await api.make('associateIpAddress', { networkid: network });
  await api.make('createPortForwardingRule', {
    ipaddressid: address.id,
    protocol: 'tcp',
    publicport: 80,
    privateport: 80,
    virtualmachineid: guest.id,
    openfirewall: true,
  });
  return address['ipaddress'] as string;
}

export async function waitForPage(url: string, name: string): Promise<void> {
  await patiently(async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    if (!(await answer.text()).includes(name)) throw new Error(`${url} answers, but does not show ${name}`);
  }, HTTP_WITHIN_MS);
}
