// What a new installation has: offerings, guest operating systems, what hypervisors can do, kinds of affinity groups.
// Data only; names are CloudStack's, because clients and their tests look things up by them.

export interface DefaultServiceOffering {
  readonly uniqueName: string;
  readonly name: string;
  readonly cpuNumber: number;
  readonly cpuSpeedMhz: number;
  readonly memoryMib: number;
  readonly localStorage: boolean;
  readonly offerHa: boolean;
  /** Only for system VMs of this kind. */
  readonly systemVmType?: 'domainrouter' | 'consoleproxy' | 'secondarystoragevm' | 'internalloadbalancervm';
}

const offering = (
  uniqueName: string,
  name: string,
  size: readonly [number, number, number],
  more: Partial<DefaultServiceOffering> = {},
): DefaultServiceOffering =>
  Object.freeze({
    uniqueName,
    name,
    cpuNumber: size[0],
    cpuSpeedMhz: size[1],
    memoryMib: size[2],
    localStorage: false,
    offerHa: false,
    ...more,
  });

export const defaultServiceOfferings: readonly DefaultServiceOffering[] = Object.freeze([
  offering('Cloud.Com-Small Instance', 'Small Instance', [1, 500, 512]),
  offering('Cloud.Com-Medium Instance', 'Medium Instance', [1, 1000, 1024]),
  offering('Cloud.Com-SoftwareRouter', 'System Offering For Software Router', [1, 500, 512], {
    systemVmType: 'domainrouter',
    offerHa: true,
  }),
  offering('Cloud.Com-SoftwareRouter-Local', 'System Offering For Software Router - Local Storage', [1, 500, 512], {
    systemVmType: 'domainrouter',
    offerHa: true,
    localStorage: true,
  }),
  offering('Cloud.com-ConsoleProxy', 'System Offering For Console Proxy', [1, 500, 1024], {
    systemVmType: 'consoleproxy',
  }),
  offering('Cloud.com-ConsoleProxy-Local', 'System Offering For Console Proxy - Local Storage', [1, 500, 1024], {
    systemVmType: 'consoleproxy',
    localStorage: true,
  }),
  offering('Cloud.com-SecondaryStorage', 'System Offering For Secondary Storage VM', [1, 500, 512], {
    systemVmType: 'secondarystoragevm',
  }),
  offering(
    'Cloud.com-SecondaryStorage-Local',
    'System Offering For Secondary Storage VM - Local Storage',
    [1, 500, 512],
    {
      systemVmType: 'secondarystoragevm',
      localStorage: true,
    },
  ),
]);

export interface DefaultDiskOffering {
  readonly uniqueName: string;
  readonly name: string;
  /** 0 with `customized`: whoever creates the volume says. */
  readonly diskSizeGib: number;
  readonly customized: boolean;
  readonly provisioningType: 'thin' | 'sparse' | 'fat';
}

const disk = (name: string, diskSizeGib: number): DefaultDiskOffering =>
  Object.freeze({
    uniqueName: `Cloud.Com-${name}`,
    name,
    diskSizeGib,
    customized: diskSizeGib === 0,
    provisioningType: 'thin',
  });

export const defaultDiskOfferings: readonly DefaultDiskOffering[] = Object.freeze([
  disk('Small', 5),
  disk('Medium', 20),
  disk('Large', 100),
  disk('Custom', 0),
]);

export type NetworkService =
  | 'Dhcp'
  | 'Dns'
  | 'Gateway'
  | 'Firewall'
  | 'Lb'
  | 'UserData'
  | 'SourceNat'
  | 'StaticNat'
  | 'PortForwarding'
  | 'Vpn'
  | 'SecurityGroup'
  | 'NetworkACL'
  | 'Connectivity';

export interface DefaultNetworkOffering {
  readonly name: string;
  readonly displayText: string;
  readonly trafficType: 'Public' | 'Management' | 'Control' | 'Storage' | 'Guest';
  readonly guestType?: 'Isolated' | 'Shared' | 'L2';
  readonly availability: 'Required' | 'Optional';
  readonly systemOnly: boolean;
  readonly specifyVlan: boolean;
  readonly specifyIpRanges: boolean;
  readonly conserveMode: boolean;
  readonly forVpc: boolean;
  /** Whether traffic may leave a network of it where no egress rule says. */
  readonly egressDefaultPolicy: boolean;
  readonly services: Readonly<Partial<Record<NetworkService, readonly string[]>>>;
}

const network = (name: string, displayText: string, more: Partial<DefaultNetworkOffering>): DefaultNetworkOffering =>
  Object.freeze({
    name,
    displayText,
    trafficType: 'Guest',
    availability: 'Optional',
    systemOnly: false,
    specifyVlan: false,
    specifyIpRanges: false,
    conserveMode: true,
    forVpc: false,
    egressDefaultPolicy: false,
    services: {},
    ...more,
  });

const from = (provider: string, ...services: NetworkService[]): Partial<Record<NetworkService, readonly string[]>> =>
  Object.fromEntries(services.map((service) => [service, [provider]]));

const system = { availability: 'Required', systemOnly: true } as const;
const shared = { guestType: 'Shared', specifyVlan: true, specifyIpRanges: true } as const;

export const defaultNetworkOfferings: readonly DefaultNetworkOffering[] = Object.freeze([
  network('System-Public-Network', 'Public addresses of routers and system VMs', {
    ...system,
    trafficType: 'Public',
    specifyIpRanges: true,
  }),
  network('System-Management-Network', 'Management addresses of system VMs', { ...system, trafficType: 'Management' }),
  network('System-Control-Network', 'Link between a host and the system VMs on it', {
    ...system,
    trafficType: 'Control',
  }),
  network('System-Storage-Network', 'Storage addresses of system VMs', {
    ...system,
    trafficType: 'Storage',
    specifyIpRanges: true,
  }),
  network('DefaultSharedNetworkOfferingWithSGService', 'Shared network with security groups', {
    ...shared,
    services: {
      ...from('VirtualRouter', 'Dhcp', 'Dns', 'UserData'),
      ...from('SecurityGroupProvider', 'SecurityGroup'),
    },
  }),
  network('DefaultSharedNetworkOffering', 'Shared network', {
    ...shared,
    services: from('VirtualRouter', 'Dhcp', 'Dns', 'UserData'),
  }),
  network('DefaultIsolatedNetworkOfferingWithSourceNatService', 'Isolated network behind a router with source NAT', {
    guestType: 'Isolated',
    availability: 'Required',
    services: from(
      'VirtualRouter',
      'Dhcp',
      'Dns',
      'Firewall',
      'Gateway',
      'Lb',
      'PortForwarding',
      'SourceNat',
      'StaticNat',
      'UserData',
      'Vpn',
    ),
  }),
  network('DefaultIsolatedNetworkOffering', 'Isolated network without a way out', {
    guestType: 'Isolated',
    specifyVlan: true,
    specifyIpRanges: true,
    services: from('VirtualRouter', 'Dhcp', 'Dns', 'UserData'),
  }),
  network('DefaultL2NetworkOffering', 'Layer 2 network', { guestType: 'L2' }),
  network('DefaultL2NetworkOfferingVlan', 'Layer 2 network on a given VLAN', { guestType: 'L2', specifyVlan: true }),
]);

/** Categories of guest operating systems with what is in each; `(32-bit)` in a name says what it says. */
export const defaultGuestOs: Readonly<Record<string, readonly string[]>> = Object.freeze({
  CentOS: ['CentOS 7', 'CentOS 8', 'CentOS Stream 9'],
  Debian: [
    'Debian GNU/Linux 9 (64-bit)',
    'Debian GNU/Linux 10 (64-bit)',
    'Debian GNU/Linux 11 (64-bit)',
    'Debian GNU/Linux 12 (64-bit)',
    'Debian GNU/Linux 13 (64-bit)',
  ],
  Oracle: ['Oracle Linux 7', 'Oracle Linux 8', 'Oracle Linux 9'],
  RedHat: ['Red Hat Enterprise Linux 7', 'Red Hat Enterprise Linux 8', 'Red Hat Enterprise Linux 9'],
  SUSE: ['SUSE Linux Enterprise Server 12 (64-bit)', 'SUSE Linux Enterprise Server 15 (64-bit)', 'openSUSE Leap 15'],
  Windows: [
    'Windows 10 (64-bit)',
    'Windows 11 (64-bit)',
    'Windows Server 2012 R2 (64-bit)',
    'Windows Server 2016 (64-bit)',
    'Windows Server 2019 (64-bit)',
    'Windows Server 2022 (64-bit)',
    'Windows Server 2025 (64-bit)',
  ],
  Other: [
    'Other (32-bit)',
    'Other (64-bit)',
    'Other Linux (32-bit)',
    'Other Linux (64-bit)',
    'Other PV (32-bit)',
    'Other PV (64-bit)',
    'FreeBSD 13 (64-bit)',
    'FreeBSD 14 (64-bit)',
    'OpenBSD 7 (64-bit)',
    'Alpine Linux (64-bit)',
    'Arch Linux (64-bit)',
    'None',
  ],
  Unix: ['Sun Solaris 11 (64-bit)'],
  Ubuntu: ['Ubuntu 16.04 LTS', 'Ubuntu 18.04 LTS', 'Ubuntu 20.04 LTS', 'Ubuntu 22.04 LTS', 'Ubuntu 24.04 LTS'],
  Fedora: ['Fedora Linux', 'Fedora Linux (64 bit)'],
  'Rocky Linux': ['Rocky Linux 8', 'Rocky Linux 9'],
  AlmaLinux: ['AlmaLinux 8', 'AlmaLinux 9'],
});

export interface DefaultHypervisorCapabilities {
  readonly hypervisor: 'KVM' | 'Simulator';
  readonly version: string;
  readonly maxGuests: number;
  readonly maxDataVolumes: number;
  readonly maxHostsPerCluster: number | null;
  readonly securityGroup: boolean;
  readonly storageMotion: boolean;
  readonly vmSnapshot: boolean;
}

export const defaultHypervisorCapabilities: readonly DefaultHypervisorCapabilities[] = Object.freeze([
  {
    hypervisor: 'KVM',
    version: 'default',
    maxGuests: 50,
    maxDataVolumes: 32,
    maxHostsPerCluster: null,
    securityGroup: true,
    storageMotion: true,
    vmSnapshot: true,
  },
  {
    hypervisor: 'Simulator',
    version: 'default',
    maxGuests: 50,
    maxDataVolumes: 32,
    maxHostsPerCluster: null,
    securityGroup: true,
    storageMotion: true,
    vmSnapshot: true,
  },
]);

/** Kinds of affinity groups. */
export const affinityGroupTypes = [
  'host affinity',
  'host anti-affinity',
  'non-strict host affinity',
  'non-strict host anti-affinity',
  'ExplicitDedication',
] as const;
export type AffinityGroupType = (typeof affinityGroupTypes)[number];
