// What the cloud knows of the hosts that are connected to it.

/** What a host says of itself. */
export interface HostFacts {
  guid: string;
  hostname: string;
  hypervisor: 'KVM' | 'Simulator';
  agentVersion: string;
  hypervisorVersion: string;
  accelerator: string;
  cpus: number;
  cpuSockets: number;
  cpuMhz: number;
  memoryMib: number;
  arch: string;
  privateIp: string;
  underlayIp: string;
  bridges: string[];
  /** Of the certificate it showed. */
  certificateExpires?: Date;
}

export interface HostsDriver {
  /** Hosts that are connected with a valid certificate and belong to no zone yet. */
  pending(): HostFacts[];
  /** From now on the connection of `guid` is that of this host. */
  adopt(hostId: number, guid: string): void;
  isConnected(hostId: number): boolean;
  /** Ends the host's connections; it dials again by itself. */
  reconnect(hostId: number): void;
}
