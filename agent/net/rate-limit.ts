// A bandwidth limit on a guest's card, both ways, as tc and ip batches: pure functions. A tap can hold back only what
// it delivers to the guest; what the guest sends is taken to a queue device (IFB) and held back there. libvirt's own
// <bandwidth> needs a queueing discipline that not every kernel has; TBF, u32 and mirred are everywhere.
import { queueOf } from './interface-names.ts';

/** Above the 64 KiB that a guest with segmentation offload sends as one packet: a packet that does not fit the bucket is
 * cut up by TBF, and on recent kernels a queue that once did so may never send again. */
const MIN_BURST_KB = 128;
const MIN_QUEUE_KB = 64;
const KB_PER_MS = 1 / 8; // of one Mbit/s

/** The bucket holds what 10 ms let through, the queue before it 100 ms: less and one connection cannot fill the rate, more
 * and everybody else waits behind it. */
function bucket(rateMbps: number): string {
  const burstKb = Math.max(MIN_BURST_KB, Math.ceil(rateMbps * 10 * KB_PER_MS));
  const queueKb = Math.max(MIN_QUEUE_KB, Math.ceil(rateMbps * 100 * KB_PER_MS));
  return `tbf rate ${rateMbps}mbit burst ${burstKb}kb limit ${burstKb + queueKb}kb`;
}

export type Limit = { ip: string[]; tc: string[] };

/** `hasQueue`: the queue device exists already; `hasIngress`: the tap leads to it already. */
export function limit(tap: string, rateMbps: number, now: { hasQueue: boolean; hasIngress: boolean }): Limit {
  const queue = queueOf(tap);
  const lead = [
    `qdisc add dev ${tap} handle ffff: ingress`,
    `filter add dev ${tap} parent ffff: protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev ${queue}`,
  ];
  return {
    ip: [...(now.hasQueue ? [] : [`link add ${queue} type ifb`]), `link set ${queue} up`],
    tc: [
      `qdisc replace dev ${tap} root handle 1: ${bucket(rateMbps)}`,
      `qdisc replace dev ${queue} root handle 1: ${bucket(rateMbps)}`,
      ...(now.hasIngress && now.hasQueue ? [] : lead),
    ],
  };
}

/** Back to full speed. */
export function unlimited(tap: string, now: { hasQueue: boolean; hasIngress: boolean; hasRoot: boolean }): Limit {
  return {
    ip: now.hasQueue ? [`link delete ${queueOf(tap)}`] : [],
    tc: [
      ...(now.hasRoot ? [`qdisc delete dev ${tap} root`] : []),
      ...(now.hasIngress ? [`qdisc delete dev ${tap} ingress`] : []),
    ],
  };
}
