// Network protocols as IANA numbers them, for choosing one in a rule: protocols of IP, and types of ICMP with their codes.
interface Protocol {
  readonly index: number;
  readonly name: string;
  readonly description: string;
  readonly details?: Readonly<Record<string, string>>;
}

const numbered = (text: string): Protocol[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [index = '', name = '', ...words] = line.trim().split(' ');
      return { index: Number(index), name, description: words.join(' ') };
    });

const ip = numbered(`
  1 ICMP Internet Control Message
  2 IGMP Internet Group Management
  4 IPv4 IPv4 encapsulation
  6 TCP Transmission Control
  8 EGP Exterior Gateway Protocol
  9 IGP any private interior gateway
  17 UDP User Datagram
  27 RDP Reliable Data Protocol
  33 DCCP Datagram Congestion Control Protocol
  41 IPv6 IPv6 encapsulation
  43 IPv6-Route Routing Header for IPv6
  44 IPv6-Frag Fragment Header for IPv6
  46 RSVP Reservation Protocol
  47 GRE Generic Routing Encapsulation
  50 ESP Encap Security Payload
  51 AH Authentication Header
  58 IPv6-ICMP ICMP for IPv6
  59 IPv6-NoNxt No Next Header for IPv6
  60 IPv6-Opts Destination Options for IPv6
  88 EIGRP EIGRP
  89 OSPFIGP OSPFIGP
  94 IPIP IP-within-IP Encapsulation Protocol
  97 ETHERIP Ethernet-within-IP Encapsulation
  98 ENCAP Encapsulation Header
  103 PIM Protocol Independent Multicast
  108 IPComp IP Payload Compression Protocol
  112 VRRP Virtual Router Redundancy Protocol
  115 L2TP Layer Two Tunneling Protocol
  124 ISIS ISIS over IPv4
  132 SCTP Stream Control Transmission Protocol
  136 UDPLite UDPLite
  137 MPLS-in-IP MPLS-in-IP
`);

const UNREACHABLE = [
  'Net Unreachable',
  'Host Unreachable',
  'Protocol Unreachable',
  'Port Unreachable',
  "Fragmentation Needed and Don't Fragment was Set",
  'Source Route Failed',
  'Destination Network Unknown',
  'Destination Host Unknown',
  'Source Host Isolated',
  'Communication with Destination Network is Administratively Prohibited',
  'Communication with Destination Host is Administratively Prohibited',
  'Destination Network Unreachable for Type of Service',
  'Destination Host Unreachable for Type of Service',
  'Communication Administratively Prohibited',
  'Host Precedence Violation',
  'Precedence cutoff in effect',
];
const REDIRECT = [
  'Redirect Datagram for the Network',
  'Redirect Datagram for the Host',
  'Redirect Datagram for the Type of Service and Network',
  'Redirect Datagram for the Type of Service and Host',
];

const icmpType = (index: number, name: string, codes: readonly string[] = ['No Code']): Protocol => ({
  index,
  name,
  description: name,
  details: Object.fromEntries(codes.map((text, code) => [String(code), text])),
});

const icmp = [
  icmpType(0, 'Echo Reply'),
  icmpType(3, 'Destination Unreachable', UNREACHABLE),
  icmpType(5, 'Redirect', REDIRECT),
  icmpType(8, 'Echo'),
  icmpType(9, 'Router Advertisement', ['Normal router advertisement']),
  icmpType(10, 'Router Solicitation'),
  icmpType(11, 'Time Exceeded', ['Time to Live exceeded in Transit', 'Fragment Reassembly Time Exceeded']),
  icmpType(12, 'Parameter Problem', ['Pointer indicates the error', 'Missing a Required Option', 'Bad Length']),
  icmpType(13, 'Timestamp'),
  icmpType(14, 'Timestamp Reply'),
  icmpType(40, 'Photuris', [
    'Bad SPI',
    'Authentication Failed',
    'Decompression Failed',
    'Decryption Failed',
    'Need Authentication',
    'Need Authorization',
  ]),
  icmpType(42, 'Extended Echo Request', ['No Error']),
  icmpType(43, 'Extended Echo Reply', [
    'No Error',
    'Malformed Query',
    'No Such Interface',
    'No Such Table Entry',
    'Multiple Interfaces Satisfy Query',
  ]),
];

/** By the option that asks for them. */
export const protocols: Readonly<Record<string, readonly Protocol[]>> = { protocolnumber: ip, icmptype: icmp };
