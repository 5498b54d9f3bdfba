// What is read of things that many answers name.

/** By the names these things have in `stale`. */
export interface References {
  account: { uuid: string; name: string };
  affinity_group: {
    uuid: string;
    name: string;
    type: string;
    description: string | null;
    account: string;
    domain: string;
    domainUuid: string;
    accountId: number;
    domainId: number;
  } | null;
  disk_offering: { uuid: string; name: string };
  domain: { uuid: string; name: string; path: string };
  guest_os: { uuid: string; name: string };
  host: { uuid: string; name: string; status: string; resourceState: string };
  instance_group: { uuid: string; name: string };
  network: {
    uuid: string;
    name: string;
    guestType: string;
    trafficType: string;
    gateway: string | null;
    netmask: string | null;
    vni: number | null;
    mtu: number;
  };
  service_offering: { uuid: string; name: string };
  storage_pool: { type: string };
  template: {
    uuid: string;
    name: string;
    displayText: string;
    format: string;
    type: string;
    passwordEnabled: boolean;
    arch: string;
  };
  user: { uuid: string; username: string };
  user_data: { uuid: string; name: string };
  zone: { uuid: string; name: string };
}
export type ReferenceKind = keyof References;
