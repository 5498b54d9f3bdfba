// The whole desired state of a network's router, put together from rows: pure but for one read and opening sealed passwords.
// Names of metadata are those CloudStack's router serves.
import type { Tx } from '#kernel/db.ts';
import type { Sealer } from '#kernel/seal.ts';
import type { RouterHost, RouterState } from '../network/driver.ts';
import { stateRows, type AddressRow, type HostRow, type RuleRow, type StateRows } from './state.store.ts';

/** Undefined where the network has no router now. */
export async function routerState(
  { sealer }: { sealer: Pick<Sealer, 'open'> },
  tx: Tx,
  networkId: number,
): Promise<RouterState | undefined> {
  const rows = await stateRows(tx, networkId);
  return rows && assemble(rows, (sealed) => sealer.open(sealed));
}

/** Services that need the router to have a public side. */
const PUBLIC_SERVICES = ['SourceNat', 'StaticNat', 'PortForwarding', 'Lb', 'Vpn'];

export function assemble(rows: StateRows, open: (sealed: string) => string): RouterState {
  const isPublic = rows.addresses.length > 0 && PUBLIC_SERVICES.some((service) => rows.services.includes(service));
  const publicRules = isPublic ? rows.rules : [];
  return {
    id: rows.routerUuid,
    name: rows.routerName,
    generation: rows.generation,
    guest: {
      vni: rows.vni,
      mtu: rows.mtu,
      address: rows.gateway,
      prefix: rows.prefix,
      mac: rows.guestMac,
      domain: rows.domain ?? '',
      nameServers: rows.services.includes('Dns')
        ? [rows.dns1, rows.dns2].filter((server): server is string => Boolean(server))
        : [],
      hosts: rows.hosts.map((host) => guest(host, rows, open)),
    },
    public: isPublic ? publicSide(rows.bridge, rows.addresses) : null,
    firewall: publicRules
      .filter((rule) => rule.purpose === 'Firewall')
      .map((rule) => ({ ...match(rule), publicIp: rule.publicIp!, sourceCidrs: rule.sourceCidrs })),
    egress: {
      defaultAllow: rows.egressAllow,
      rules: rows.rules
        .filter((rule) => rule.purpose === 'Egress')
        .map((rule) => ({ ...match(rule), sourceCidrs: rule.sourceCidrs, destinationCidrs: rule.destinationCidrs })),
    },
    portForwards: publicRules.filter((rule) => rule.purpose === 'PortForwarding').map(forward),
    staticNats: isPublic
      ? rows.addresses
          .filter((address) => address.staticNatIp !== null)
          .map((address) => ({ publicIp: address.ip, guestIp: address.staticNatIp! }))
      : [],
  };
}

function publicSide(bridge: string, addresses: readonly AddressRow[]): NonNullable<RouterState['public']> {
  const main = addresses.find((address) => address.sourceNat) ?? addresses[0]!;
  return {
    bridge,
    gateway: main.gateway,
    addresses: addresses.map(({ ip, prefix, mac, sourceNat }) => ({ ip, prefix, mac, sourceNat })),
  };
}

function guest(host: HostRow, rows: StateRows, open: (sealed: string) => string): RouterHost {
  return {
    mac: host.mac,
    ip: host.ip,
    name: hostName(host),
    defaultRoute: host.isDefault,
    metadata: metadata(host, rows),
    userData: host.userData,
    password:
      host.password === null || host.passwordId === null ? null : { id: host.passwordId, value: open(host.password) },
  };
}

const HOST_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/i;
/** An instance's name is a host name unless it was made so by hand. */
const hostName = ({ name, instanceName }: HostRow): string =>
  [name, instanceName].find((text) => HOST_NAME.test(text)) ?? 'guest';

function metadata(host: HostRow, rows: StateRows): Record<string, string> {
  const publicIp = rows.addresses.find((address) => address.sourceNat)?.ip ?? '';
  return {
    'service-offering': host.offering,
    'availability-zone': rows.zone,
    'local-ipv4': host.ip,
    'local-hostname': hostName(host),
    'public-ipv4': publicIp,
    'public-hostname': publicIp,
    'instance-id': host.vmUuid,
    'vm-id': host.vmUuid,
    'public-keys': host.publicKeys ?? '',
    'cloud-identifier': `CloudStack-{${rows.cloudIdentifier}}`,
  };
}

type Match = Pick<RouterState['firewall'][number], 'protocol' | 'ports' | 'icmpType' | 'icmpCode'>;
function match(rule: RuleRow): Match {
  const protocol = rule.protocol as Match['protocol'];
  if (protocol === 'icmp') return { protocol, icmpType: rule.icmpType ?? -1, icmpCode: rule.icmpCode ?? -1 };
  return rule.startPort === null
    ? { protocol }
    : { protocol, ports: { start: rule.startPort, end: rule.endPort ?? rule.startPort } };
}

const forward = (rule: RuleRow): RouterState['portForwards'][number] => ({
  publicIp: rule.publicIp!,
  protocol: rule.protocol as 'tcp' | 'udp',
  publicPorts: { start: rule.startPort!, end: rule.endPort! },
  guestIp: rule.guestIp!,
  guestPorts: { start: rule.privateStartPort!, end: rule.privateEndPort! },
});
