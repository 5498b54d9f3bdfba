// What simulated guests use: a day has busy and quiet hours, and every guest has its own habits, which follow from its name.
// Counters are integrals in closed form, so that they only grow and nothing is kept for them.
import type { GuestReport } from '#protocol/messages.ts';

export interface SimGuest {
  name: string;
  cpus: number;
  memoryMib: number;
  disks: string[];
  nics: { mac: string; tap: string }[];
  startedAt: number;
}

const DAY_S = 86_400;
const TURN = (2 * Math.PI) / DAY_S;

/** From 0 to 1, the same for the same name. */
function habit(name: string): number {
  let hash = 2_166_136_261;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 16_777_619);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

/** Share of its CPUs a guest uses on average, and how much that swings over the day. */
const level = (own: number): number => 0.02 + 0.2 * own * own;
const SWING = 0.7;
/** Busiest in the afternoon, give or take two hours. */
const shift = (own: number, ahead: number): number => (ahead - 9 + 4 * (own - 0.5)) * 3_600;

const load = (own: number, atS: number, ahead: number): number =>
  level(own) * (1 + SWING * Math.sin(TURN * (atS + shift(own, ahead))));
/** The integral of `load`. */
const work = (own: number, [fromS, toS]: readonly [number, number], ahead: number): number => {
  const wave = (atS: number): number => -Math.cos(TURN * (atS + shift(own, ahead))) / TURN;
  return level(own) * (toS - fromS + SWING * (wave(toS) - wave(fromS)));
};

/** How many CPUs the guests keep busy now. */
export function busyCpus(guests: Iterable<SimGuest>, ahead: number, now = Date.now()): number {
  let sum = 0;
  for (const guest of guests) sum += guest.cpus * load(habit(guest.name), now / 1000, ahead);
  return sum;
}

export function reportOf(guests: Iterable<SimGuest>, ahead: number, now = Date.now()): GuestReport[] {
  return Array.from(guests, (guest) => {
    const own = habit(guest.name);
    const started = Math.min(guest.startedAt, now) / 1000;
    const done = work(own, [started, now / 1000], ahead);
    return {
      name: guest.name,
      power: 'Running',
      cpuSeconds: done * guest.cpus,
      memoryKib: Math.round(guest.memoryMib * 1024 * (0.35 + 0.5 * own)),
      diskReadBytes: 20_000_000 + Math.floor(done * 120_000),
      diskWriteBytes: Math.floor(done * 260_000),
      diskReadOps: 900 + Math.floor(done * 12),
      diskWriteOps: Math.floor(done * 30),
      nics: guest.nics.map(({ mac }) => ({
        mac,
        rxBytes: Math.floor(done * 90_000),
        txBytes: Math.floor(done * 60_000),
      })),
    };
  });
}
