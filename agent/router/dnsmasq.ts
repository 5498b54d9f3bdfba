// Addresses and names for the guests, as dnsmasq's files: a pure function of the spec. Only reservations are served.
// There is no lease file: every address is reserved and the server is authoritative, so a restart loses nothing.
// Invariant: no entry of the hosts file carries a tag. dnsmasq 2.90 crashes on SIGHUP when a tagged entry has a live
// lease; tags are given in the main file, whose change means a restart.
import type { RouterSpec } from '#protocol/messages.ts';
import { netmaskOf, networkOf } from './ipv4.ts';
import { GUEST_NIC } from './names.ts';

export type DnsmasqPaths = { config: string; dhcpHosts: string; dnsHosts: string; pid: string };
export type DnsmasqFiles = { config: string; dhcpHosts: string; dnsHosts: string };

const LEASE = '12h';
/** A guest with this tag has its default route elsewhere. */
const NO_ROUTE = 'noroute';
/** Where guests look for their metadata and password. */
const DATA_SERVER = 'data-server';

export function dnsmasq(spec: RouterSpec, paths: DnsmasqPaths): DnsmasqFiles {
  return { config: mainFile(spec.guest, paths), dhcpHosts: reservations(spec.guest), dnsHosts: names(spec) };
}

function mainFile(guest: RouterSpec['guest'], paths: DnsmasqPaths): string {
  return [
    `interface=${GUEST_NIC}`,
    'except-interface=lo',
    'bind-interfaces',
    'user=dnsmasq',
    `pid-file=${paths.pid}`,
    'no-hosts',
    `addn-hosts=${paths.dnsHosts}`,
    'no-resolv',
    'domain-needed',
    'bogus-priv',
    'cache-size=1000',
    ...guest.nameServers.map((server) => `server=${server}`),
    ...(guest.domain === ''
      ? []
      : [`domain=${guest.domain}`, `local=/${guest.domain}/`, `dhcp-option=option:domain-search,${guest.domain}`]),
    `dhcp-range=${networkOf(guest.address, guest.prefix).split('/')[0]},static,${netmaskOf(guest.prefix)},${LEASE}`,
    `dhcp-hostsfile=${paths.dhcpHosts}`,
    'dhcp-authoritative',
    'leasefile-ro',
    'dhcp-lease-max=100000',
    'no-ping',
    'quiet-dhcp',
    `dhcp-option=tag:!${NO_ROUTE},option:router,${guest.address}`,
    `dhcp-option=tag:${NO_ROUTE},option:router`,
    `dhcp-option=option:dns-server,${guest.address}`,
    `dhcp-option=option:mtu,${guest.mtu}`,
    ...guest.hosts.filter((host) => !host.defaultRoute).map((host) => `dhcp-mac=set:${NO_ROUTE},${host.mac}`),
    '',
  ].join('\n');
}

const reservations = (guest: RouterSpec['guest']): string =>
  guest.hosts.map((host) => `${host.mac},${host.ip},${host.name},${LEASE}\n`).join('');

function names({ name, guest }: RouterSpec): string {
  const full = (short: string): string => (guest.domain === '' ? short : `${short}.${guest.domain} ${short}`);
  return [
    `${guest.address} ${DATA_SERVER} ${full(name)}\n`,
    // A guest may call itself so, and be reached by address only; the others must still find their metadata.
    ...guest.hosts
      .filter((host) => host.name.toLowerCase() !== DATA_SERVER)
      .map((host) => `${host.ip} ${full(host.name)}\n`),
  ].join('');
}

/** dnsmasq remembers who has an address and never gives it to another before the lease ends, reservation or not; a
 * reservation that went away or moved must therefore be forgotten by a restart. New ones are read on SIGHUP. */
export function mustRestart(before: DnsmasqFiles, after: DnsmasqFiles): boolean {
  if (before.config !== after.config) return true;
  const kept = new Set(after.dhcpHosts.split('\n'));
  return before.dhcpHosts.split('\n').some((line) => !kept.has(line));
}
