// What a process of simulated hosts is started with.
import { z } from 'zod';

const fleet = z.object({
  zone: z.string(),
  firstHost: z.number().int().positive(),
  firstPod: z.number().int().positive(),
  hosts: z.number().int().positive(),
  perPod: z.number().int().positive(),
  perCluster: z.number().int().positive(),
  cpus: z.number().int().positive(),
  cpuMhz: z.number().int().positive(),
  memoryMib: z.number().int().positive(),
});

export const simConfig = z.object({
  servers: z
    .array(z.object({ host: z.string(), port: z.number().int(), name: z.string().default('nephos-server') }))
    .min(1),
  key: z.string(),
  cert: z.string(),
  ca: z.string(),
  /** Where what hosts know is kept; absent: forgotten at exit. */
  stateFile: z.string().optional(),
  /** Images are fetched for real and kept below this folder; absent: a download is only said to have happened. */
  imagesDir: z.string().optional(),
  /** UNIX socket where knobs are turned; absent: none. */
  controlSocket: z.string().optional(),
  /** Their controllers, as one Redfish service on loopback under the simulator's certificate; absent: they have none. */
  controllers: z
    .strictObject({ port: z.number().int().min(0).max(65_535), username: z.string(), password: z.string() })
    .optional(),
  hosts: z
    .array(
      z.object({
        name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
        address: z.ipv4(),
        zone: z.string().optional(),
        pod: z.string().optional(),
        cpus: z.number().int().positive().default(64),
        cpuMhz: z.number().int().positive().default(2400),
        memoryMib: z.number().int().positive().default(262_144),
      }),
    )
    .default([]),
  /** Hosts whose names and places follow from numbers; see fleet.ts. */
  fleets: z.array(fleet).default([]),
  /** `believable`: each kind of call takes about as long as on real hosts. */
  latencies: z.enum(['none', 'believable']).default('none'),
  /** For how long guests outlive their host's last heartbeat on shared storage, and when others take them for ended. */
  lease: z
    .strictObject({ killAfterS: z.number().nonnegative(), expiredAfterS: z.number().nonnegative() })
    .default({ killAfterS: 15, expiredAfterS: 35 }),
  /** How the knobs stand for everything at the start. */
  latencyMs: z.number().nonnegative().default(0),
  failShare: z.number().min(0).max(1).default(0),
  loseReplyShare: z.number().min(0).max(1).default(0),
  /** The longest pause before a broken link is dialled again. */
  redialLongestMs: z.number().positive().default(15_000),
  pingEveryS: z.number().positive().default(5),
  /** Links leave from this many loopback addresses in turn: one has no more than about 28,000 ports. */
  loopbackAddresses: z.number().int().min(0).max(200).default(0),
  /** Handshakes under way at once. */
  dialAtOnce: z.number().int().positive().default(128),
});
export type SimConfig = z.input<typeof simConfig>;
export type SimSettings = z.output<typeof simConfig>;
