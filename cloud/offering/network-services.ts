// Which services guest networks can have, who provides each here, and what each provider can do. Names and values are
// CloudStack's. A provider that is not in this table does not exist in this cloud.

/** Capability → what the provider can do of it. */
type Capabilities = Readonly<Record<string, string>>;

const STICKINESS = JSON.stringify([
  {
    methodname: 'LbCookie',
    paramlist: [
      { paramname: 'cookie-name', required: false, isflag: false, description: ' ' },
      { paramname: 'mode', required: false, isflag: false, description: ' ' },
      { paramname: 'nocache', required: false, isflag: true, description: ' ' },
      { paramname: 'indirect', required: false, isflag: true, description: ' ' },
      { paramname: 'postonly', required: false, isflag: true, description: ' ' },
      { paramname: 'domain', required: false, isflag: false, description: ' ' },
    ],
    description: 'Load balancer cookie',
  },
  {
    methodname: 'AppCookie',
    paramlist: [
      { paramname: 'cookie-name', required: false, isflag: false, description: ' ' },
      { paramname: 'length', required: false, isflag: false, description: ' ' },
      { paramname: 'holdtime', required: false, isflag: false, description: ' ' },
      { paramname: 'request-learn', required: false, isflag: true, description: ' ' },
      { paramname: 'prefix', required: false, isflag: true, description: ' ' },
      { paramname: 'mode', required: false, isflag: false, description: ' ' },
    ],
    description: 'Application cookie',
  },
  {
    methodname: 'SourceBased',
    paramlist: [
      { paramname: 'tablesize', required: false, isflag: false, description: ' ' },
      { paramname: 'expire', required: false, isflag: false, description: ' ' },
    ],
    description: 'Source address',
  },
]);

export const providers = {
  VirtualRouter: {
    Dhcp: { DhcpAccrossMultipleSubnets: 'true' },
    Dns: { AllowDnsSuffixModification: 'true' },
    Firewall: {
      SupportedProtocols: 'tcp,udp,icmp',
      SupportedEgressProtocols: 'tcp,udp,icmp, all',
      MultipleIps: 'true',
      TrafficStatistics: 'per public ip',
      SupportedTrafficDirection: 'ingress, egress',
    },
    Gateway: { RedundantRouter: 'true' },
    Lb: {
      SupportedLbAlgorithms: 'roundrobin,leastconn,source',
      SupportedLBIsolation: 'dedicated',
      SupportedProtocols: 'tcp, udp, tcp-proxy, ssl',
      LbSchemes: 'Public',
      SslTermination: 'true',
      SupportedStickinessMethods: STICKINESS,
    },
    PortForwarding: { SupportedProtocols: 'tcp,udp' },
    SourceNat: { SupportedSourceNatTypes: 'peraccount', RedundantRouter: 'true' },
    StaticNat: {},
    UserData: {},
    Vpn: { SupportedVpnTypes: 'pptp,l2tp,ipsec', VpnTypes: 'remoteaccessvpn' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Capabilities>>>>;

export type ProviderName = keyof typeof providers;
export const providerNames = Object.keys(providers) as ProviderName[];

/** Every service a network can have, with the capabilities it can be asked for. */
export const services: Readonly<Record<string, readonly string[]>> = {
  Vpn: ['SupportedVpnTypes', 'VpnTypes'],
  Dhcp: ['ExtraDhcpOptions'],
  Dns: ['AllowDnsSuffixModification'],
  Gateway: ['RedundantRouter'],
  Firewall: [
    'SupportedProtocols',
    'MultipleIps',
    'TrafficStatistics',
    'SupportedTrafficDirection',
    'SupportedEgressProtocols',
  ],
  Lb: [
    'SupportedLbAlgorithms',
    'SupportedLBIsolation',
    'SupportedProtocols',
    'TrafficStatistics',
    'LoadBalancingSupportedIps',
    'SupportedStickinessMethods',
    'ElasticLb',
    'LbSchemes',
  ],
  UserData: [],
  SourceNat: ['SupportedSourceNatTypes', 'RedundantRouter'],
  StaticNat: ['ElasticIp'],
  PortForwarding: [],
};

/** Capabilities whose value an offering may choose. */
export const choosable = new Set(['SupportedLBIsolation', 'SupportedSourceNatTypes', 'RedundantRouter']);

export const serviceName = (text: string): string | undefined =>
  Object.keys(services).find((name) => name.toLowerCase() === text.toLowerCase());
export const providerName = (text: string): ProviderName | undefined =>
  providerNames.find((name) => name.toLowerCase() === text.toLowerCase());
export const provides = (provider: ProviderName, service: string): boolean => service in providers[provider];
/** What a provider can do of a service; undefined where it does not provide it. */
export const capabilitiesOf = (provider: string, service: string): Capabilities | undefined =>
  (providers as Readonly<Record<string, Readonly<Record<string, Capabilities>>>>)[provider]?.[service];
