// Guests that powered themselves off, some time later: they were told as Stopped long enough, so the host lets go of
// them by itself. Otherwise it would still say Stopped when the guest runs elsewhere, and keep its cards' guards for ever.
// Invariant: it takes its turn with the calls about the guest, so that nothing of a guest that starts is forgotten.
import type { GuestSpec } from '#protocol/messages.ts';
import type { Turns } from '../dispatch.ts';
import type { Kvm } from './kvm.ts';
import { forgetGuest } from './power.ts';
import { domainState } from './virsh.ts';

const LOOK_EVERY_MS = 5000;

export function forgetStopped(kvm: Kvm, { turns, afterS }: { turns: Turns; afterS: number }): { stop(): void } {
  /** Since when a guest is seen off; a new start makes a new spec. */
  const offSince = new Map<GuestSpec, number>();
  let looking = false;

  async function look(): Promise<void> {
    const known = [...kvm.files.all().values()];
    for (const spec of offSince.keys()) if (!known.includes(spec)) offSince.delete(spec);
    if (known.length === 0) return;
    const running = new Set((await kvm.virsh(['list', '--name'])).split('\n').map((name) => name.trim()));
    for (const spec of known) {
      if (running.has(spec.name)) offSince.delete(spec);
      else if (!offSince.has(spec)) offSince.set(spec, Date.now());
      else if (Date.now() - offSince.get(spec)! > afterS * 1000)
        await turns.take(`guest:${spec.name}`, () => forgetIfOff(spec));
    }
  }

  async function forgetIfOff(spec: GuestSpec): Promise<void> {
    if (kvm.files.get(spec.name) !== spec || (await domainState(kvm.virsh, spec.name)) !== undefined) return;
    kvm.log.info({ guest: spec.name }, 'guest.forgotten');
    await forgetGuest(kvm, spec.name);
  }

  const timer = setInterval(
    () => {
      if (looking) return;
      looking = true;
      void look()
        .catch((error: Error) => kvm.log.warn({ reason: error.message }, 'guests.unseen'))
        .finally(() => (looking = false));
    },
    Math.min(LOOK_EVERY_MS, afterS * 500),
  );
  return { stop: () => clearInterval(timer) };
}
