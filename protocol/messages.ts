// Every message between a server and a host agent, by name: what is sent, what comes back.
// It is the private promise of the platform: the KVM agent and the simulator implement exactly this map.
// Calls are repeatable: a call names things by identity (guest name, volume uuid, network vni) and asks for a
// state, so that doing it twice is doing it once.
import { z } from 'zod';

/** Raised by one when an older agent could misread a message; server and agent may differ by one. */
export const PROTOCOL_VERSION = 2;
/** From this version on a host holds one link and is told where the servers are. */
export const ONE_LINK_VERSION = 2;

const bytes = z.number().int().nonnegative();
const uuid = z.uuid();
const ipv4 = z.ipv4();
const mac = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
const port = z.number().int().min(1).max(65535);
/** Names that end up as libvirt domains, files, namespaces or interfaces: never anything a tool could read as an option or a path. */
const identity = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/);
const interfaceName = z.string().regex(/^[a-z][a-z0-9-]{1,14}$/);
const absolutePath = z
  .string()
  .regex(/^\/[^\0\n]*$/)
  .refine((path) => !path.split('/').includes('..'), 'no .. in a path');

/** A primary storage pool as the host reaches it. `path` is a directory on the host. */
export const poolSpec = z.object({
  id: uuid,
  kind: z.enum(['Filesystem', 'SharedMountPoint', 'NetworkFilesystem']),
  path: absolutePath,
});

/** One disk of a guest. The file is `<pool.path>/<volumeId>`. `device` is CloudStack's device id: 0 is the root disk, 3 is the CD drive. */
export const diskSpec = z.object({
  volumeId: uuid,
  pool: poolSpec,
  format: z.enum(['qcow2', 'raw']),
  device: z.number().int().min(0).max(63),
  readIops: z.number().int().nonnegative().optional(),
  writeIops: z.number().int().nonnegative().optional(),
});

/** One network card. The tap is put on the bridge of `vni` and may only speak as `mac` with `ip` (and `secondaryIps`). */
export const nicSpec = z.object({
  nicId: uuid,
  vni: z.number().int().min(1).max(16_777_215),
  tap: interfaceName,
  mac,
  ip: ipv4.nullable(),
  secondaryIps: z.array(ipv4).default([]),
  mtu: z.number().int().min(576).max(9216),
  device: z.number().int().min(0).max(31),
  rateMbps: z.number().int().positive().nullable().default(null),
});

export const guestSpec = z.object({
  name: identity,
  uuid,
  title: z.string().max(255),
  cpus: z.number().int().min(1).max(512),
  /** MHz per virtual CPU as sold; becomes the CPU weight. */
  cpuMhz: z.number().int().positive(),
  memoryMib: z.number().int().min(16),
  disks: z.array(diskSpec).min(1),
  nics: z.array(nicSpec),
  /** VNC password, at most 8 characters (the protocol's own limit). */
  consolePassword: z.string().min(1).max(8),
});

/** A layer-2 guest network on this host: one bridge, one VXLAN device, frames flooded to `peers` (underlay addresses of the other hosts that have it). */
export const networkSpec = z.object({
  vni: z.number().int().min(1).max(16_777_215),
  mtu: z.number().int().min(576).max(9216),
  peers: z.array(ipv4),
  generation: z.number().int().nonnegative(),
});

const ports = z.object({ start: port, end: port });
/** What a rule matches: a protocol, then ports (tcp, udp) or an ICMP type and code (-1 is any). */
const match = z.object({
  protocol: z.enum(['tcp', 'udp', 'icmp', 'all']),
  ports: ports.optional(),
  icmpType: z.number().int().min(-1).max(255).optional(),
  icmpCode: z.number().int().min(-1).max(255).optional(),
});
const cidr = z.cidrv4();

/** The whole desired state of one router. Applied as a whole; an older generation is refused. */
export const routerSpec = z.object({
  id: uuid,
  name: identity,
  generation: z.number().int().nonnegative(),
  guest: z.object({
    vni: z.number().int().min(1).max(16_777_215),
    mtu: z.number().int().min(576).max(9216),
    /** The gateway's own address and the prefix length of the network. */
    address: ipv4,
    prefix: z.number().int().min(8).max(30),
    mac,
    /** DNS suffix given to guests, for instance cs2cloud.internal; empty for none. */
    domain: z
      .string()
      .max(190)
      .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*)?$/i),
    /** Upstream name servers. */
    nameServers: z.array(ipv4),
    hosts: z.array(
      z.object({
        mac,
        ip: ipv4,
        name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/i),
        /** false: the guest's default route leaves by another card, so this network offers none. */
        defaultRoute: z.boolean(),
        metadata: z.record(z.string(), z.string()),
        /** Base64. */
        userData: z.string().nullable(),
        /** A password to hand over once; `id` tells a new password from one already taken. */
        password: z.object({ id: z.string(), value: z.string() }).nullable(),
      }),
    ),
  }),
  public: z
    .object({
      /** The host's bridge of the public traffic label. */
      bridge: interfaceName,
      gateway: ipv4,
      addresses: z.array(z.object({ ip: ipv4, prefix: z.number().int().min(8).max(32), mac, sourceNat: z.boolean() })),
    })
    .nullable(),
  /** Here and below, an empty list of CIDRs is anywhere. */
  firewall: z.array(match.extend({ publicIp: ipv4, sourceCidrs: z.array(cidr) })),
  egress: z.object({
    defaultAllow: z.boolean(),
    rules: z.array(match.extend({ sourceCidrs: z.array(cidr), destinationCidrs: z.array(cidr) })),
  }),
  portForwards: z.array(
    z.object({
      publicIp: ipv4,
      protocol: z.enum(['tcp', 'udp']),
      publicPorts: ports,
      guestIp: ipv4,
      guestPorts: ports,
    }),
  ),
  staticNats: z.array(z.object({ publicIp: ipv4, guestIp: ipv4 })),
});

export const power = z.enum(['Running', 'Stopped', 'Paused']);
/** Counters since the guest's process started; rates are the server's to compute. */
export const guestReport = z.object({
  name: identity,
  power,
  cpuSeconds: z.number().nonnegative(),
  memoryKib: z.number().nonnegative(),
  diskReadBytes: bytes,
  diskWriteBytes: bytes,
  diskReadOps: bytes,
  diskWriteOps: bytes,
  nics: z.array(z.object({ mac, rxBytes: bytes, txBytes: bytes })),
});

/** Where a host lets a guest in. `consoleLog` is its file for the guest's serial console. */
const door = z.object({
  address: ipv4,
  port,
  ticket: z.string().regex(/^[0-9a-f]{32}$/),
  consoleLog: absolutePath,
});
export type Door = z.output<typeof door>;

export const hostFacts = z.object({
  /** Stable for the life of the host's installation. */
  guid: uuid,
  hostname: z.string(),
  hypervisor: z.enum(['KVM', 'Simulator']),
  agentVersion: z.string(),
  protocol: z.number().int(),
  hypervisorVersion: z.string(),
  /** `kvm` only where a probe guest really booted with it. */
  accelerator: z.enum(['kvm', 'tcg', 'none']),
  cpus: z.number().int().positive(),
  cpuSockets: z.number().int().positive(),
  cpuMhz: z.number().int().positive(),
  memoryMib: z.number().int().positive(),
  arch: z.enum(['x86_64', 'aarch64']),
  /** Management address, and the address VXLAN packets leave from. */
  privateIp: ipv4,
  underlayIp: ipv4,
  bridges: z.array(z.string()),
});

const nothing = z.object({});
const method = <P extends z.ZodType, R extends z.ZodType>(params: P, reply: R) => ({ params, reply });

/** What a server asks of a host. */
export const methods = {
  /** Start the guest unless it runs already; its disks exist. Comes back when QEMU runs, not when the guest has booted. */
  'guest.start': method(guestSpec, nothing),
  /** Ask the guest to power off; after `graceS` seconds, or at once with `force`, end it. Done already when it does not run. */
  'guest.stop': method(
    z.object({ name: identity, force: z.boolean(), graceS: z.number().int().min(0).max(3600) }),
    nothing,
  ),
  'guest.reboot': method(
    z.object({ name: identity, force: z.boolean(), graceS: z.number().int().min(0).max(3600) }),
    nothing,
  ),
  'guest.list': method(nothing, z.object({ guests: z.array(guestReport) })),
  /** A guest is to move here from the host `from`: what it needs is made, and a door is open to that host alone until the guest
   * is here or is stopped. The guest's disks exist. Asked again while the door is open, it is the same door. */
  'guest.receive': method(z.object({ guest: guestSpec, from: uuid }), door),
  /** Move the running guest to the host that opened the door; comes back when it runs there. Refused: it runs here as before. Done
   * already when it does not run here. `copy`: volumes whose content moves along, the others are reached by both. Sends progress. */
  'guest.migrate': method(z.object({ guest: guestSpec, to: uuid, door, copy: z.array(uuid) }), nothing),
  /** A guest that has moved here completely runs (it may run already). `missing`: it is not here. */
  'guest.received': method(guestSpec, nothing),
  /** End a migration away from here that is under way, and say whether the guest is here. */
  'guest.stay': method(z.object({ name: identity }), z.object({ here: z.boolean() })),
  'disk.attach': method(z.object({ name: identity, disk: diskSpec }), nothing),
  'disk.detach': method(z.object({ name: identity, volumeId: uuid }), nothing),
  'nic.attach': method(z.object({ name: identity, nic: nicSpec }), nothing),
  'nic.detach': method(z.object({ name: identity, mac, tap: interfaceName }), nothing),
  /** How the host that is asked sees another one's heartbeat on a pool. `expired`: its guests that use the pool have ended for
   * certain, or it has none. `fenced`: the pill it took. Asked again and again: silence is measured between the questions. */
  'lease.watch': method(
    z.object({ pool: poolSpec, host: uuid }),
    z.object({ seen: z.boolean(), silentS: z.number(), expired: z.boolean(), fenced: uuid.nullable() }),
  ),
  /** Lay a pill for another host: it ends its guests, says so, and starts none until the pill is taken away. `off`: it is without
   * power for certain, so while the pill lies there its guests have ended, whatever its heartbeat says. */
  'lease.fence': method(z.object({ pool: poolSpec, host: uuid, pill: uuid, off: z.boolean().default(false) }), nothing),
  'lease.clear': method(z.object({ pool: poolSpec, host: uuid }), nothing),
  /** Whether the machine of another host answers on the underlay. Nothing has to listen there: who refuses a connection lives. */
  'host.probe': method(z.object({ host: uuid, address: ipv4 }), z.object({ reached: z.boolean() })),
  /** Make the directory if it is missing and say how much room it has. */
  'pool.stat': method(z.object({ pool: poolSpec }), z.object({ totalBytes: bytes, usedBytes: bytes })),
  /** With `templateId`: a linked clone of the template in the same pool (see template.fetch). A volume that exists already is left as it is. */
  'volume.create': method(
    z.object({ pool: poolSpec, volumeId: uuid, sizeBytes: bytes, templateId: uuid.nullable() }),
    z.object({ sizeBytes: bytes, allocatedBytes: bytes }),
  ),
  'volume.delete': method(z.object({ pool: poolSpec, volumeId: uuid }), nothing),
  /** Grow only. `guest` is given when the volume is attached to one that runs. */
  'volume.resize': method(
    z.object({ pool: poolSpec, volumeId: uuid, sizeBytes: bytes, guest: identity.nullable() }),
    z.object({ sizeBytes: bytes }),
  ),
  'volume.list': method(z.object({ pool: poolSpec }), z.object({ volumes: z.array(uuid), templates: z.array(uuid) })),
  /** Copy an image from a folder store to the pool as qcow2, once, whoever asks. Sends progress. */
  'template.fetch': method(
    z.object({ pool: poolSpec, templateId: uuid, storePath: absolutePath }),
    z.object({ virtualBytes: bytes }),
  ),
  'template.evict': method(z.object({ pool: poolSpec, templateId: uuid }), nothing),
  /** Download, unpack, inspect under limits and keep as `<storePath>/template/<imageId>/<imageId>.<format>`. Sends progress. */
  'image.download': method(
    z.object({
      storePath: absolutePath,
      imageId: uuid,
      url: z.string().max(2048),
      format: z.enum(['QCOW2', 'RAW', 'VMDK', 'VHD', 'ISO']),
      /** `{MD5}…`, `{SHA-256}…`, `{SHA-512}…` or a bare hex digest whose length tells which. */
      checksum: z.string().nullable(),
      maxBytes: bytes,
      /** Networks (CIDR) an image may come from although they are private. */
      allowedInternal: z.array(cidr),
      /** Directories file:// may read below; empty means file:// is refused. */
      allowedPaths: z.array(absolutePath),
    }),
    z.object({
      format: z.enum(['QCOW2', 'RAW', 'VMDK', 'VHD', 'ISO']),
      virtualBytes: bytes,
      physicalBytes: bytes,
      sha256: z.string(),
    }),
  ),
  'image.delete': method(z.object({ storePath: absolutePath, imageId: uuid }), nothing),
  'image.stat': method(z.object({ storePath: absolutePath }), z.object({ totalBytes: bytes, usedBytes: bytes })),
  'network.apply': method(networkSpec, nothing),
  'network.remove': method(z.object({ vni: networkSpec.shape.vni }), nothing),
  'router.apply': method(routerSpec, z.object({ generation: z.number().int() })),
  'router.remove': method(z.object({ id: uuid }), nothing),
  'router.list': method(nothing, z.object({ routers: z.array(z.object({ id: uuid, generation: z.number().int() })) })),
  /** Dial back with `ticket` as a stream and connect it to the guest's screen. */
  'console.open': method(z.object({ name: identity, ticket: z.string().min(16).max(128) }), nothing),
} as const;

export type Method = keyof typeof methods;
export type Params<M extends Method> = z.output<(typeof methods)[M]['params']>;
export type ParamsIn<M extends Method> = z.input<(typeof methods)[M]['params']>;
export type Reply<M extends Method> = z.output<(typeof methods)[M]['reply']>;
export type GuestSpec = z.output<typeof guestSpec>;
export type NicSpec = z.output<typeof nicSpec>;
export type DiskSpec = z.output<typeof diskSpec>;
export type PoolSpec = z.output<typeof poolSpec>;
export type NetworkSpec = z.output<typeof networkSpec>;
export type RouterSpec = z.output<typeof routerSpec>;
export type HostFacts = z.output<typeof hostFacts>;
export type GuestReport = z.output<typeof guestReport>;

/** What a host tells without being asked. */
export const reports = {
  /** The first message on every connection. */
  hello: hostFacts,
  /** Every few seconds and at once after a power change. `sequence` grows for the life of the agent's process. */
  ping: z.object({
    sequence: z.number().int(),
    guests: z.array(guestReport),
    cpuUsedPercent: z.number(),
    memoryUsedMib: z.number(),
  }),
  /** How far a running call is; `call` is the call's id. */
  progress: z.object({ call: z.number().int(), percent: z.number().min(0).max(100), text: z.string() }),
  /** The agent found something other than the desired state on the machine and put it back. */
  repaired: z.object({ router: uuid, what: z.string() }),
  /** A guest took its password. */
  passwordTaken: z.object({ router: uuid, ip: ipv4, passwordId: z.string() }),
  /** The host has a link to another server now: no more calls over this one, which ends when the running ones have. */
  leaving: z.object({}),
} as const;
export type Report = keyof typeof reports;
export type ReportBody<R extends Report> = z.output<(typeof reports)[R]>;

/** Why a host did not do it. `stale`: the caller lost its lease; nothing was done. */
export const refusal = z.object({
  code: z.enum(['stale', 'invalid', 'missing', 'refused', 'failed']),
  message: z.string(),
});
export type Refusal = z.output<typeof refusal>;

/** A server as a host may dial it: the addresses are tried in order. */
export const serverPlace = z.object({
  id: uuid,
  addresses: z.array(z.string().min(1).max(255)).min(1).max(16),
  port,
});
export type ServerPlace = z.output<typeof serverPlace>;

/** Frames on the wire: one JSON document each, length-prefixed (see frame.ts). */
export const frame = z.discriminatedUnion('kind', [
  /** `job` and `epoch` fence: for one job, a host refuses an epoch older than the newest it has seen. */
  z.object({
    kind: z.literal('call'),
    id: z.number().int(),
    method: z.string(),
    params: z.unknown(),
    job: z.string().nullable(),
    epoch: z.number().int(),
    trace: z.string().nullable(),
  }),
  /** Calls count from 1. A server answers every ping with a reply to call 0, so that a host notices one that is gone. */
  z.object({
    kind: z.literal('reply'),
    id: z.number().int(),
    result: z.unknown().optional(),
    refusal: refusal.optional(),
    /** Between servers only: the host's link is not here (nothing was done), or it broke (it may have been done). */
    lost: z.enum(['absent', 'broke']).optional(),
  }),
  z.object({ kind: z.literal('report'), report: z.string(), body: z.unknown() }),
  /** From a server to a host, first of all and whenever it changes: who it is, and the living servers in the order in which
   *  this host should try them. `move`: the first of them should hold the link, not this one. */
  z.object({
    kind: z.literal('servers'),
    self: uuid,
    servers: z.array(serverPlace).max(256),
    move: z.boolean(),
  }),
  /** First frame of a second connection: from here on the bytes belong to the stream of that ticket. */
  z.object({ kind: z.literal('stream'), ticket: z.string() }),
  /** First frame of a server's link to another one. What follows on it is `forward`, `cancel`, `drop`, and pings as replies to call 0. */
  z.object({ kind: z.literal('peer'), server: uuid, run: z.number().int(), protocol: z.number().int() }),
  /** A call for a host whose link the other server holds; answered by `reply`, with progress as the host tells it. */
  z.object({
    kind: z.literal('forward'),
    id: z.number().int(),
    hostId: z.number().int(),
    method: z.string(),
    params: z.unknown(),
    job: z.string().nullable(),
    epoch: z.number().int(),
    trace: z.string().nullable(),
  }),
  /** Nobody waits for the answer of that forwarded call any more. */
  z.object({ kind: z.literal('cancel'), id: z.number().int() }),
  /** End the host's link, so that it dials anew. */
  z.object({ kind: z.literal('drop'), hostId: z.number().int() }),
]);
export type Frame = z.output<typeof frame>;
