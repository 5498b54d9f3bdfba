// Taking over the guests of an agent that ran before: whoever still runs keeps running, and its cards get their guards
// and limits again, which a reload of the host's firewall may have taken. Nothing is started: that is the servers' wish.
import { attachTap } from '../net/tap.ts';
import type { Kvm } from './kvm.ts';
import { domainState } from './virsh.ts';

/** How many guests there are in the files and how many of them run. */
export async function adoptGuests(kvm: Kvm): Promise<{ known: number; running: number }> {
  let running = 0;
  for (const [name, spec] of kvm.files.all()) {
    const state = await domainState(kvm.virsh, name);
    if (state === undefined || state === 'off') continue;
    running++;
    await kvm.leases
      .acquire(spec)
      .then(() => kvm.leases.started(name))
      .catch((error: Error) => kvm.log.warn({ guest: name, reason: error.message }, 'lease.notAdopted'));
    for (const nic of spec.nics) {
      await attachTap(nic).catch((error: Error) =>
        kvm.log.warn({ guest: name, tap: nic.tap, reason: error.message }, 'card.notAdopted'),
      );
    }
  }
  const known = kvm.files.all().size;
  kvm.log.info({ known, running }, 'guests.adopted');
  return { known, running };
}
