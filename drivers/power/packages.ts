// The Debian packages a management server needs to speak with the controllers of hosts.

export const powerPackages: readonly { name: string; why: string }[] = [
  { name: 'ipmitool', why: 'speaks IPMI with the controllers (BMCs) of hosts' },
];
