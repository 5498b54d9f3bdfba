// The agent's configuration: one JSON file, read once at the start. Everything a host cannot find out by itself.
// Invariant: a mistake in it stops the start with the name of the field and what would be accepted.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const path = z.string().regex(/^\//, 'an absolute path');
const SERVER_NAME = 'nephos-server';

export const agentConfig = z.strictObject({
  /** Stable for the life of the host's installation; the certificate is made out to it. */
  guid: z.uuid(),
  servers: z
    .array(
      z.strictObject({
        host: z.string().min(1),
        port: z.number().int().min(1).max(65535).default(8250),
        /** Name in the server's certificate. */
        name: z.string().default(SERVER_NAME),
      }),
    )
    .min(1),
  /** PEM files; read again at every dial. */
  key: path,
  cert: path,
  ca: path,
  /** The agent's own directory: what was asked for survives a restart here. */
  dataDir: path,
  /** For files that need not survive a boot. */
  runDir: path.default('/run/nephos'),
  libvirtUri: z.string().default('qemu:///system'),
  /** Address VXLAN packets leave from. */
  underlayIp: z.ipv4(),
  /** Management address; default is the underlay's. */
  privateIp: z.ipv4().optional(),
  /** Bridges by which public and other outside traffic leaves (traffic labels). */
  bridges: z.array(z.string().regex(/^[a-z][a-z0-9-]{0,14}$/, 'an interface name')).default([]),
  /** `auto` boots a probe guest and takes what really works. */
  accelerator: z.enum(['auto', 'kvm', 'tcg']).default('auto'),
  /** `pc` boots some 15 % sooner under emulation, takes 25 hot-plugged devices without preparation, and its CD drive needs no AHCI driver. */
  machine: z.enum(['q35', 'pc']).default('pc'),
  /** Translated code kept per guest without hardware help, MiB. */
  tcgCacheMib: z.number().int().min(8).max(1024).default(32),
  /** Free PCI Express ports per guest of machine q35, for disks and cards that come later. */
  sparePorts: z.number().int().min(0).max(24).default(8),
  /** What the host offers when it is not all of the machine. */
  cpus: z.number().int().positive().optional(),
  memoryMib: z.number().int().positive().optional(),
  /** Where guests that move here come in, on the underlay's address, one port per guest at a time. */
  migrationPorts: z
    .strictObject({ first: z.number().int().min(1024).max(65535), last: z.number().int().min(1024).max(65535) })
    .refine(({ first, last }) => first <= last, 'first is not after last')
    .default({ first: 49_152, last: 49_215 }),
  /** How this host keeps its guests' volumes: guests end when nothing was renewed for `killAfterS`; the same on all hosts. */
  lease: z
    .strictObject({
      renewEveryMs: z.number().int().min(100).max(10_000).default(2_000),
      killAfterS: z.number().min(1).max(300).default(15),
    })
    .default({ renewEveryMs: 2_000, killAfterS: 15 }),
  /** How long a guest that powered itself off is told as Stopped before the host forgets it. */
  tellStoppedForS: z.number().positive().max(3600).default(30),
  pingEveryS: z.number().positive().max(30).default(5),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});
export type AgentConfig = z.output<typeof agentConfig>;
export type AgentConfigIn = z.input<typeof agentConfig>;

export async function readConfig(file: string): Promise<AgentConfig> {
  const parsed = agentConfig.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Error(
    `${file}: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
  );
}
