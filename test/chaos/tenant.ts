// A tenant who wants one thing after the other and goes on whatever happens: instances, disks, networks, addresses, rules, tags.
// Each wish of the plan is asked of something it can be asked of; where there is nothing, an instance is deployed instead.
import { randomUUID } from 'node:crypto';
import type { Client, Params } from './client.ts';
import { idOf, is, knownOf, type Facts, type Ledger, type Thing, type ThingKind } from './ledger.ts';
import type { AskedKind, Wish } from './plan.ts';

export interface Shop {
  zoneId: string;
  templateId: string;
  offeringId: string;
  diskOfferingId: string;
  networkOfferingId: string;
}
export interface TenantOptions {
  name: string;
  client: Client;
  ledger: Ledger;
  shop: Shop;
  wishes: readonly Wish[];
  /** An operator's cancel of the job with this identity. */
  cancel: (jobUuid: string) => Promise<void>;
  goOn: () => boolean;
}

const MOST_GUESTS = 6;
const MOST_VOLUMES = 4;
const MOST_NETWORKS = 3;
const MOST_ADDRESSES = 3;

interface Asked {
  thing: Thing;
  command: string;
  params: Params;
  done?: Facts;
  failed?: Facts;
  /** Others that change with it. */
  also?: readonly { thing: Thing; done: Facts; failed?: Facts }[];
  jobUuid?: string;
}

/** Everything a tenant's wishes need. */
interface Desk {
  name: string;
  client: Client;
  ledger: Ledger;
  shop: Shop;
  wish: Wish;
  serial: number;
  cancel: TenantOptions['cancel'];
  mine: (kind: ThingKind) => Thing[];
  one: (things: readonly Thing[]) => Thing | undefined;
}

/** Asks until it is told to end; returns how many wishes were heard. */
export async function live({ wishes, goOn, ...options }: TenantOptions): Promise<number> {
  let serial = 0;
  for (; goOn(); serial += 1) {
    const wish = wishes[serial % wishes.length]!;
    const { ledger, name } = options;
    const mine = (kind: ThingKind): Thing[] =>
      ledger.things.filter(
        (thing) => thing.owner === name && thing.kind === kind && !thing.lost && thing.id !== undefined,
      );
    const one = (things: readonly Thing[]): Thing | undefined => things[Math.floor(wish.which * things.length)];
    const desk: Desk = { ...options, wish, serial, mine, one };
    if (!(await wants[wish.kind](desk))) await wants.deploy(desk);
  }
  return serial;
}

async function ask(
  desk: Desk,
  { thing, command, params, done = {}, failed = {}, also = [], jobUuid }: Asked,
): Promise<boolean> {
  const { client, ledger } = desk;
  const asked = await client.job(command, params, jobUuid);
  if (asked.id !== undefined) thing.id ??= idOf(thing, asked.id);
  const base = { command, jobUuid: asked.jobUuid, accepted: asked.accepted, told: asked.told.outcome };
  // What was refused at once changed nothing.
  const refused = asked.told.outcome === 'failed' && !asked.accepted;
  ledger.note(thing, { ...base, done, failed: refused ? {} : failed });
  for (const other of also)
    ledger.note(other.thing, { ...base, done: other.done, failed: refused ? {} : (other.failed ?? {}) });
  return true;
}

const make = (desk: Desk, kind: ThingKind, about: Thing['about'] = {}): Thing =>
  desk.ledger.add({ kind, owner: desk.name, about });
const named = (desk: Desk, what: string): string => `${desk.name}-${what}-${desk.serial}`;
const known = (thing: Thing, aspect: string): string | undefined => {
  const values = knownOf(thing)[aspect];
  return values?.length === 1 ? values[0] : undefined;
};
const running = (desk: Desk): Thing[] => desk.mine('vm').filter((vm) => is(vm, 'state', 'Running'));
const settled = (desk: Desk): Thing[] =>
  desk.mine('vm').filter((vm) => is(vm, 'state', 'Running') || is(vm, 'state', 'Stopped'));
const there = (desk: Desk, kind: ThingKind): Thing[] => desk.mine(kind).filter((thing) => is(thing, 'state', 'there'));
const loose = (desk: Desk): Thing[] =>
  desk.mine('volume').filter((volume) => is(volume, 'state', 'Ready', 'Allocated') && is(volume, 'on', ''));
const plugged = (desk: Desk): Thing[] =>
  desk
    .mine('volume')
    .filter((volume) => is(volume, 'state', 'Ready', 'Allocated') && (known(volume, 'on') ?? '') !== '');
const addressId = (thing: Thing): string => thing.id!.split('/')[0]!;

async function deploy(desk: Desk, jobUuid?: string): Promise<boolean> {
  if (desk.mine('vm').filter((vm) => !is(vm, 'state', 'gone')).length >= MOST_GUESTS) return wants.destroy(desk);
  const { zoneId, templateId, offeringId } = desk.shop;
  const network = desk.wish.how < 0.5 ? desk.one(there(desk, 'network')) : undefined;
  return ask(desk, {
    thing: make(desk, 'vm'),
    command: 'deployVirtualMachine',
    params: {
      zoneid: zoneId,
      templateid: templateId,
      serviceofferingid: offeringId,
      name: named(desk, 'vm'),
      ...(network ? { networkids: network.id! } : {}),
    },
    done: { state: ['Running'] },
    failed: { state: ['Error'] },
    ...(jobUuid === undefined ? {} : { jobUuid }),
  });
}

/** `change` of one of `things`, or false where there is none. */
const ofOne =
  (things: (desk: Desk) => Thing[], change: (thing: Thing, desk: Desk) => Omit<Asked, 'thing'>) =>
  async (desk: Desk) => {
    const thing = desk.one(things(desk));
    return thing !== undefined && ask(desk, { thing, ...change(thing, desk) });
  };

const onGuest = (desk: Desk, vm: Thing): Thing[] =>
  desk.ledger.things.filter((one) => one.kind === 'volume' && known(one, 'on') === vm.id);
const tagsOf = (desk: Desk, of: Thing): Thing[] =>
  desk.ledger.things.filter((one) => one.kind === 'tag' && one.id?.startsWith(of.id!));

const wants: Readonly<Record<AskedKind, (desk: Desk) => Promise<boolean>>> = {
  deploy: (desk) => deploy(desk),
  cancel: async (desk) => {
    const jobUuid = randomUUID();
    const timer = setTimeout(() => void desk.cancel(jobUuid), desk.wish.how * 400);
    try {
      return await deploy(desk, jobUuid);
    } finally {
      clearTimeout(timer);
    }
  },
  stop: ofOne(running, (vm, { wish }) => ({
    command: 'stopVirtualMachine',
    params: { id: vm.id!, forced: wish.how < 0.5 },
    done: { state: ['Stopped'] },
    failed: { state: ['Running', 'Stopped'] },
  })),
  start: ofOne(
    (desk) => desk.mine('vm').filter((vm) => is(vm, 'state', 'Stopped')),
    (vm) => ({
      command: 'startVirtualMachine',
      params: { id: vm.id! },
      done: { state: ['Running'] },
      failed: { state: ['Stopped'] },
    }),
  ),
  reboot: ofOne(running, (vm) => ({ command: 'rebootVirtualMachine', params: { id: vm.id! } })),
  destroy: ofOne(
    (desk) => desk.mine('vm').filter((vm) => !is(vm, 'state', 'gone')),
    (vm, desk) => ({
      command: 'destroyVirtualMachine',
      params: { id: vm.id!, expunge: true },
      done: { state: ['gone'] },
      failed: { state: ['Running', 'Stopped', 'Error', 'Destroyed', 'gone'] },
      also: [
        ...onGuest(desk, vm).map((thing) => ({ thing, done: { on: [''] }, failed: { on: ['', vm.id!] } })),
        ...tagsOf(desk, vm).map((thing) => ({
          thing,
          done: { value: ['nothing'] },
          failed: { value: ['nothing', ...(knownOf(thing)['value'] ?? [])] },
        })),
      ],
    }),
  ),
  createVolume: async (desk) => {
    if (desk.mine('volume').filter((volume) => !is(volume, 'state', 'gone')).length >= MOST_VOLUMES)
      return wants.deleteVolume(desk);
    return ask(desk, {
      thing: make(desk, 'volume'),
      command: 'createVolume',
      params: {
        name: named(desk, 'volume'),
        zoneid: desk.shop.zoneId,
        diskofferingid: desk.shop.diskOfferingId,
        size: 1,
      },
      done: { state: ['Allocated', 'Ready'], on: [''], gib: ['1'] },
      failed: { state: ['gone', 'nothing'] },
    });
  },
  attachVolume: async (desk) => {
    const [volume, vm] = [desk.one(loose(desk)), desk.one(settled(desk))];
    if (!volume || !vm) return false;
    return ask(desk, {
      thing: volume,
      command: 'attachVolume',
      params: { id: volume.id!, virtualmachineid: vm.id! },
      done: { state: ['Ready', 'Allocated'], on: [vm.id!] },
      failed: {},
    });
  },
  detachVolume: ofOne(plugged, (volume) => ({
    command: 'detachVolume',
    params: { id: volume.id! },
    done: { on: [''] },
  })),
  resizeVolume: ofOne(
    (desk) => [...loose(desk), ...plugged(desk)].filter((volume) => known(volume, 'gib') !== undefined),
    (volume) => {
      const gib = Number(known(volume, 'gib')) + 1;
      return { command: 'resizeVolume', params: { id: volume.id!, size: gib }, done: { gib: [String(gib)] } };
    },
  ),
  deleteVolume: ofOne(loose, (volume, desk) => ({
    command: 'destroyVolume',
    params: { id: volume.id!, expunge: true },
    done: { state: ['gone'] },
    failed: { state: ['Ready', 'Allocated', 'Destroy', 'gone'] },
    also: tagsOf(desk, volume).map((thing) => ({
      thing,
      done: { value: ['nothing'] },
      failed: { value: ['nothing', ...(knownOf(thing)['value'] ?? [])] },
    })),
  })),
  createNetwork: async (desk) => {
    if (there(desk, 'network').length >= MOST_NETWORKS) return wants.deleteNetwork(desk);
    const network = make(desk, 'network');
    const told = await desk.client.change('createNetwork', {
      name: named(desk, 'net'),
      zoneid: desk.shop.zoneId,
      networkofferingid: desk.shop.networkOfferingId,
    });
    if (told.outcome === 'done') network.id = (told.answer['network'] as { id: string }).id;
    desk.ledger.note(network, {
      command: 'createNetwork',
      accepted: false,
      told: told.outcome,
      done: { state: ['there'] },
      failed: {},
    });
    return true;
  },
  // One with guests is refused, which is a wish too.
  deleteNetwork: ofOne(
    (desk) => there(desk, 'network'),
    (network, desk) => ({
      command: 'deleteNetwork',
      params: { id: network.id! },
      done: { state: ['gone'] },
      failed: { state: ['there', 'gone'] },
      also: desk.ledger.things
        .filter(
          (one) =>
            one.owner === desk.name &&
            (one.kind === 'address' || one.kind === 'rule') &&
            one.about['in'] === network.id,
        )
        .map((thing) => ({
          thing,
          done: { state: thing.kind === 'address' ? ['nothing'] : ['gone'] },
          failed: { state: ['there', 'gone', 'nothing'] },
        })),
    }),
  ),
  restartNetwork: ofOne(
    (desk) => there(desk, 'network'),
    (network, { wish }) => ({ command: 'restartNetwork', params: { id: network.id!, cleanup: wish.how < 0.5 } }),
  ),
  associate: async (desk) => {
    const network = desk.one(there(desk, 'network'));
    if (!network || there(desk, 'address').length >= MOST_ADDRESSES) return false;
    return ask(desk, {
      thing: make(desk, 'address', { in: network.id! }),
      command: 'associateIpAddress',
      params: { networkid: network.id! },
      done: { state: ['there'] },
      failed: { state: ['nothing'] },
    });
  },
  disassociate: ofOne(
    (desk) => there(desk, 'address').filter((address) => !address.lost),
    (address, desk) => ({
      command: 'disassociateIpAddress',
      params: { id: addressId(address) },
      done: { state: ['nothing'] },
      failed: { state: ['nothing', 'there'] },
      also: desk.ledger.things
        .filter((one) => one.kind === 'rule' && one.about['of'] === address.id)
        .map((thing) => ({
          thing,
          done: { state: ['gone', 'nothing'] },
          failed: { state: ['there', 'gone', 'nothing'] },
        })),
    }),
  ),
  openPort: ofOneAddress((address, { wish, serial }) => ({
    command: 'createFirewallRule',
    params: {
      ipaddressid: addressId(address),
      protocol: wish.how < 0.5 ? 'tcp' : 'udp',
      startport: 1_000 + serial,
      endport: 1_000 + serial,
    },
  })),
  forwardPort: async (desk) => {
    const vm = desk.one(running(desk));
    return vm !== undefined && forward(desk, vm);
  },
  endRule: ofOne(
    (desk) => there(desk, 'rule').filter((rule) => rule.about['as'] === 'Firewall'),
    (rule) => ({
      command: 'deleteFirewallRule',
      params: { id: rule.id! },
      done: { state: ['gone'] },
      failed: { state: ['there'] },
    }),
  ),
  tag: async (desk) => {
    const of = desk.one([...settled(desk), ...loose(desk)]);
    if (!of) return false;
    const tag = make(desk, 'tag', { type: of.kind });
    tag.id = `${of.id!}/t${desk.serial}`;
    return ask(desk, {
      thing: tag,
      command: 'createTags',
      params: {
        resourceids: of.id!,
        resourcetype: of.kind === 'vm' ? 'UserVm' : 'Volume',
        'tags[0].key': `t${desk.serial}`,
        'tags[0].value': 'v',
      },
      done: { value: ['v'] },
      failed: { value: ['nothing'] },
    });
  },
  untag: ofOne(
    (desk) => desk.mine('tag').filter((tag) => is(tag, 'value', 'v')),
    (tag) => {
      const [id, key] = tag.id!.split('/') as [string, string];
      return {
        command: 'deleteTags',
        params: {
          resourceids: id,
          resourcetype: tag.about['type'] === 'vm' ? 'UserVm' : 'Volume',
          'tags[0].key': key,
        },
        done: { value: ['nothing'] },
      };
    },
  ),
};

function ofOneAddress(change: (address: Thing, desk: Desk) => Pick<Asked, 'command' | 'params'>) {
  return async (desk: Desk): Promise<boolean> => {
    const address = desk.one(there(desk, 'address'));
    if (!address) return wants.associate(desk);
    return ask(desk, {
      thing: make(desk, 'rule', { ...address.about, of: address.id!, as: 'Firewall' }),
      ...change(address, desk),
      done: { state: ['there'] },
      failed: { state: ['gone', 'nothing'] },
    });
  };
}

/** Refused where the instance is in another network than the address: a wish too. */
async function forward(desk: Desk, vm: Thing): Promise<boolean> {
  const address = desk.one(there(desk, 'address'));
  if (!address) return false;
  return ask(desk, {
    thing: make(desk, 'rule', { ...address.about, of: address.id!, as: 'PortForwarding' }),
    command: 'createPortForwardingRule',
    params: {
      ipaddressid: addressId(address),
      protocol: 'tcp',
      publicport: 20_000 + desk.serial,
      privateport: 80,
      virtualmachineid: vm.id!,
      openfirewall: false,
    },
    // It ends with its guest too, which is not followed here.
    done: { state: ['there', 'gone'] },
    failed: { state: ['gone', 'nothing'] },
  });
}
