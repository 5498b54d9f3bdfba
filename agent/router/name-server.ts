// Starting, reloading and ending a router's dnsmasq. It outlives the agent on purpose: guests keep their names and
// leases while the agent is replaced. It is known by its pid file together with its command line, because a pid alone
// may by now be somebody else's.
import { run } from '../process.ts';
import { enter } from '../net/iproute.ts';
import { mustRestart } from './dnsmasq.ts';
import type { DnsmasqFiles } from './dnsmasq.ts';
import { replaceFile } from './files.ts';
import type { RunFiles } from './files.ts';
import { processOf } from './observe.ts';

const END_TIMEOUT_MS = 2000;
const POLL_MS = 3;

/** Null when it does not run. */
export const nameServerPid = (files: RunFiles): number | null => processOf(files.pid, `--conf-file=${files.config}`);

export async function endNameServer(files: RunFiles): Promise<void> {
  const pid = nameServerPid(files);
  if (pid === null) return;
  process.kill(pid, 'SIGTERM');
  const deadline = performance.now() + END_TIMEOUT_MS;
  while (nameServerPid(files) === pid) {
    if (performance.now() > deadline) process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}

/** Files first, then a start, a restart, a signal or nothing, whichever is the least that does it. `before` is what the
 * running one has read; null when that is not known. */
export async function ensureNameServer(
  namespace: string,
  files: RunFiles,
  change: { before: DnsmasqFiles | null; after: DnsmasqFiles; renewed: boolean },
): Promise<void> {
  const { before, after, renewed } = change;
  const pid = nameServerPid(files);
  const same =
    before !== null &&
    before.config === after.config &&
    before.dhcpHosts === after.dhcpHosts &&
    before.dnsHosts === after.dnsHosts;
  if (pid !== null && same && !renewed) return;
  await Promise.all([
    replaceFile(files.config, after.config),
    replaceFile(files.dhcpHosts, after.dhcpHosts),
    replaceFile(files.dnsHosts, after.dnsHosts),
  ]);
  if (pid !== null && before !== null && !renewed && !mustRestart(before, after)) {
    process.kill(pid, 'SIGHUP');
    return;
  }
  await endNameServer(files);
  // It goes to the background when its sockets are open, so the end of this program means ready.
  await run([...enter(namespace), 'dnsmasq', `--conf-file=${files.config}`], { timeoutS: 10 });
}
