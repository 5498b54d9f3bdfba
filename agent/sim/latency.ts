// How long a host takes for each kind of call, as our agent on real hosts does: log-normal around a median, so that most are
// quick and a few take several times as long.
import type { Method } from '#protocol/messages.ts';

/** Milliseconds one call takes. */
export type Latency = (method: Method) => number;

const MEDIAN_MS: Partial<Record<Method, number>> = {
  'guest.start': 180,
  'guest.stop': 120,
  'guest.reboot': 150,
  'disk.attach': 40,
  'disk.detach': 40,
  'nic.attach': 35,
  'nic.detach': 30,
  'volume.create': 25,
  'volume.delete': 8,
  'volume.resize': 30,
  'template.fetch': 1_500,
  'template.evict': 20,
  'image.download': 2_500,
  'image.delete': 20,
  'network.apply': 12,
  'network.remove': 12,
  'router.apply': 35,
  'router.remove': 20,
};
const QUICK_MS = 2;
const SPREAD = 0.35;

const normal = (): number => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

export const believable: Latency = (method) => (MEDIAN_MS[method] ?? QUICK_MS) * Math.exp(SPREAD * normal());
