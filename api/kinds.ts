// Closed sets of numbered kinds that the wire shows by number or by name: resources with limits, capacities, job states, alerts,
// account types. The numbers are CloudStack's and are kept by clients.

/** Kinds of resources that have limits and counts. */
export const resourceTypes = {
  user_vm: 0,
  public_ip: 1,
  volume: 2,
  snapshot: 3,
  template: 4,
  project: 5,
  network: 6,
  vpc: 7,
  cpu: 8,
  memory: 9,
  primary_storage: 10,
  secondary_storage: 11,
  backup: 12,
  backup_storage: 13,
  bucket: 14,
  object_storage: 15,
  gpu: 16,
} as const;
export type ResourceType = keyof typeof resourceTypes;
/** A limit that is none. */
export const UNLIMITED = -1;

/** Kinds of capacity, for listCapacity. */
export const capacityTypes = {
  MEMORY: 0,
  CPU: 1,
  STORAGE: 2,
  STORAGE_ALLOCATED: 3,
  VIRTUAL_NETWORK_PUBLIC_IP: 4,
  PRIVATE_IP: 5,
  SECONDARY_STORAGE: 6,
  VLAN: 7,
  DIRECT_ATTACHED_PUBLIC_IP: 8,
  LOCAL_STORAGE: 9,
  VIRTUAL_NETWORK_IPV6_SUBNET: 10,
  GPU: 19,
  OBJECT_STORAGE: 20,
  BACKUP_STORAGE: 21,
  CPU_CORE: 90,
} as const;
export type CapacityType = keyof typeof capacityTypes;

/** `jobstatus`. */
export const jobStatus = { inProgress: 0, succeeded: 1, failed: 2, cancelled: 3 } as const;
export type JobStatus = keyof typeof jobStatus;

/** `accounttype`. */
export const accountTypes = {
  User: 0,
  Admin: 1,
  DomainAdmin: 2,
  ResourceAdmin: 3,
  ReadOnlyAdmin: 4,
  Project: 5,
} as const;

/** Alerts by name; `again`: raised anew although the last of its kind still stands. */
export const alertTypes = {
  'ALERT.MEMORY': { type: 0 },
  'ALERT.CPU': { type: 1 },
  'ALERT.STORAGE': { type: 2 },
  'ALERT.STORAGE.ALLOCATED': { type: 3 },
  'ALERT.NETWORK.PUBLICIP': { type: 4 },
  'ALERT.NETWORK.PRIVATEIP': { type: 5 },
  'ALERT.STORAGE.SECONDARY': { type: 6 },
  'ALERT.COMPUTE.HOST': { type: 7, again: true },
  'ALERT.USERVM': { type: 8, again: true },
  'ALERT.SERVICE.DOMAINROUTER': { type: 9, again: true },
  'ALERT.SERVICE.CONSOLEPROXY': { type: 10, again: true },
  'ALERT.NETWORK.IPV6SUBNET': { type: 10 },
  'ALERT.NETWORK.ROUTING': { type: 11 },
  'ALERT.STORAGE.MISC': { type: 12, again: true },
  'ALERT.MANAGEMENT': { type: 14, again: true },
  'ALERT.NETWORK.DOMAINROUTERMIGRATE': { type: 15 },
  'ALERT.SERVICE.CONSOLEPROXYMIGRATE': { type: 16 },
  'ALERT.USERVM.MIGRATE': { type: 17 },
  'ALERT.NETWORK.VLAN': { type: 18 },
  'ALERT.SERVICE.SSVM': { type: 19, again: true },
  'ALERT.STORAGE.DELETE': { type: 21 },
  'ALERT.RESOURCE.COUNT': { type: 22 },
  'ALERT.NETWORK.DIRECTPUBLICIP': { type: 24 },
  'ALERT.STORAGE.LOCAL': { type: 25 },
  'ALERT.RESOURCE.EXCEED': { type: 26, again: true },
  'ALERT.TYPE.SYNC': { type: 27 },
  'ALERT.UPLOAD.FAILED': { type: 28, again: true },
  'ALERT.OOBM.AUTHERROR': { type: 29, again: true },
  'ALERT.HA.ACTION': { type: 30, again: true },
  'ALERT.CA.CERT': { type: 31, again: true },
  'ALERT.VR.PUBLIC.IFACE.MTU': { type: 33 },
  'ALERT.S2S.VPN.GATEWAY.OBSOLETE.PARAMETERS': { type: 34, again: true },
  'ALERT.VR.PRIVATE.IFACE.MTU': { type: 34 },
} as const;
export type AlertType = keyof typeof alertTypes;
