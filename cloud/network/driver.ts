// What the cloud asks of guest networks and their routers: whole desired states with a generation, never single changes.
import type { Call } from '#kernel/job.ts';

export interface HostNetwork {
  vni: number;
  mtu: number;
  peers: string[];
  generation: number;
}

interface Ports {
  start: number;
  end: number;
}
interface Match {
  protocol: 'tcp' | 'udp' | 'icmp' | 'all';
  ports?: Ports;
  icmpType?: number;
  icmpCode?: number;
}

export interface RouterHost {
  mac: string;
  ip: string;
  name: string;
  defaultRoute: boolean;
  metadata: Record<string, string>;
  /** Base64. */
  userData: string | null;
  password: { id: string; value: string } | null;
}
export interface RouterState {
  id: string;
  name: string;
  generation: number;
  guest: {
    vni: number;
    mtu: number;
    address: string;
    prefix: number;
    mac: string;
    domain: string;
    nameServers: string[];
    hosts: RouterHost[];
  };
  public: {
    bridge: string;
    gateway: string;
    addresses: { ip: string; prefix: number; mac: string; sourceNat: boolean }[];
  } | null;
  firewall: (Match & { publicIp: string; sourceCidrs: string[] })[];
  egress: { defaultAllow: boolean; rules: (Match & { sourceCidrs: string[]; destinationCidrs: string[] })[] };
  portForwards: { publicIp: string; protocol: 'tcp' | 'udp'; publicPorts: Ports; guestIp: string; guestPorts: Ports }[];
  staticNats: { publicIp: string; guestIp: string }[];
}

export interface NetworkDriver {
  applyNetwork(hostId: number, network: HostNetwork, call: Call | null): Promise<void>;
  removeNetwork(hostId: number, vni: number, call: Call | null): Promise<void>;
  /** An older generation than the host knows is refused there. */
  applyRouter(hostId: number, router: RouterState, call: Call | null): Promise<{ generation: number }>;
  removeRouter(hostId: number, id: string, call: Call | null): Promise<void>;
  listRouters(hostId: number): Promise<{ id: string; generation: number }[]>;
}
