// The Debian packages a host needs to carry networks and routers, and what for. Their services need not run: the agent
// starts what it needs itself, and its own unit must leave children alone when it stops (KillMode=process).

export const routerPackages: readonly { name: string; why: string }[] = [
  { name: 'iproute2', why: 'interfaces, namespaces, bridges, VXLAN and rate limits (ip, bridge, tc)' },
  { name: 'nftables', why: 'firewall, address translation and anti-spoofing' },
  { name: 'dnsmasq-base', why: 'DHCP and DNS for guests; it also brings the user dnsmasq runs as' },
  { name: 'conntrack', why: 'ending connections whose rule was removed' },
  { name: 'iputils-arping', why: 'telling neighbours that a public address has moved here' },
  { name: 'procps', why: 'kernel settings of a namespace (sysctl)' },
  { name: 'util-linux', why: 'entering a namespace (nsenter) and ending watchers with the agent (setpriv)' },
];

/** Programs with which tests play guests and strangers. */
export const routerTestPackages: readonly { name: string; why: string }[] = [
  { name: 'busybox', why: 'a guest that asks for an address (udhcpc)' },
  { name: 'iputils-ping', why: 'asks whether an address answers' },
];
