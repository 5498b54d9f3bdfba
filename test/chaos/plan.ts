// What a run does, all of it decided beforehand by its seed: which faults, in which order, how far apart, and what each tenant
// asks for. Only how these meet is left to the machine.
import { createHash } from 'node:crypto';
import { randomOf, type Random } from './random.ts';

/** What may go wrong. */
export type FaultKind = 'kill' | 'pause' | 'database' | 'cut' | 'fail' | 'slow' | 'lose';
export interface Fault {
  kind: FaultKind;
  /** Pause before it. */
  afterMs: number;
  /** Which of the servers or hosts it strikes, and how hard; its sense is the fault's. */
  at: number;
  lastsMs: number;
}

export const ASKED = {
  deploy: 22,
  stop: 8,
  start: 9,
  reboot: 4,
  destroy: 11,
  createVolume: 6,
  attachVolume: 9,
  detachVolume: 6,
  resizeVolume: 5,
  deleteVolume: 5,
  createNetwork: 3,
  deleteNetwork: 3,
  restartNetwork: 2,
  associate: 5,
  disassociate: 4,
  openPort: 6,
  forwardPort: 4,
  endRule: 4,
  tag: 6,
  untag: 3,
  cancel: 4,
} as const;
export type AskedKind = keyof typeof ASKED;
export interface Wish {
  kind: AskedKind;
  /** Chooses among the things it could be asked of: 0 ≤ n < 1. */
  which: number;
  how: number;
}

export interface Plan {
  seed: number;
  faults: readonly Fault[];
  /** One list per tenant; a tenant asks for one thing after the other. */
  tenants: readonly (readonly Wish[])[];
  /** Tells two plans apart at a glance. */
  fingerprint: string;
}

export interface PlanOptions {
  seed: number;
  /** Of servers; the other faults come beside them. */
  kills: number;
  tenants: number;
  /** Leaves out faults of these kinds. */
  without?: readonly FaultKind[];
  /** Average time from one fault to the next. */
  paceMs?: number;
}

/** Other faults for each kill. */
const BESIDE: Readonly<Record<Exclude<FaultKind, 'kill'>, number>> = {
  pause: 0.15,
  database: 0.05,
  cut: 0.25,
  fail: 0.15,
  slow: 0.1,
  lose: 0.15,
};
const LASTS: Readonly<Record<FaultKind, readonly [number, number]>> = {
  kill: [0, 1_500],
  // past the lease of 5 s, so that others take its jobs
  pause: [5_500, 8_000],
  database: [0, 500],
  cut: [0, 0],
  fail: [300, 1_500],
  slow: [500, 2_000],
  lose: [500, 2_000],
};
/** More than any tenant gets to ask in a run. */
const WISHES_PER_FAULT = 40;

export function makePlan({ seed, kills, tenants, without = [], paceMs = 900 }: PlanOptions): Plan {
  const random = randomOf(seed);
  const faults = faultsOf(random, { kills, without, paceMs });
  const wishes = Math.max(200, faults.length * WISHES_PER_FAULT);
  const plan = {
    seed,
    faults,
    tenants: Array.from({ length: tenants }, () => wishesOf(randomOf(random.between(0, 2 ** 31)), wishes)),
  };
  return { ...plan, fingerprint: createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 12) };
}

function faultsOf(
  random: Random,
  { kills, without, paceMs }: { kills: number; without: readonly FaultKind[]; paceMs: number },
): Fault[] {
  const kinds: FaultKind[] = [
    ...Array.from({ length: kills }, () => 'kill' as const),
    ...(Object.entries(BESIDE) as [FaultKind, number][]).flatMap(([kind, share]) =>
      Array.from({ length: Math.ceil(kills * share) }, () => kind),
    ),
  ].filter((kind) => !without.includes(kind));
  const shuffled = kinds.map((kind) => [random.next(), kind] as const).toSorted(([a], [b]) => a - b);
  return shuffled.map(([, kind]) => ({
    kind,
    afterMs: Math.round(-Math.log(1 - random.next()) * paceMs),
    at: random.next(),
    lastsMs: random.between(...LASTS[kind]),
  }));
}

const wishesOf = (random: Random, count: number): Wish[] =>
  Array.from({ length: count }, () => ({ kind: random.pick(ASKED), which: random.next(), how: random.next() }));
