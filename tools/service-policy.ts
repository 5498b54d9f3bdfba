// Keeps the services of newly installed Debian packages from starting, by way of policy-rc.d, which invoke-rc.d and
// deb-systemd-invoke ask. One process at a time holds it; what was there before comes back.
// Invariant: a policy file of ours says "no" only while its process lives, so that even a kill leaves no machine that
// starts no services.
import * as fs from 'node:fs';
import { takeLock } from './lock.ts';

const POLICY = '/usr/sbin/policy-rc.d';
const LOCK = '/run/lock/nephos-packages.lock';
const MARK = '# nephos: no services while packages are installed';

/** Waits for its turn, then denies every start; the returned function restores the policy and ends the turn. */
export async function keepServicesStopped(policy = POLICY, lock = LOCK): Promise<() => Promise<void>> {
  const unlock = await takeLock(lock);
  const before = `${policy}.before-nephos`;
  // A file with our mark is a killed install's: the machine's own one is the saved one, if there is one at all.
  if (fs.existsSync(policy) && !fs.readFileSync(policy, 'utf8').includes(MARK)) fs.renameSync(policy, before);
  fs.writeFileSync(policy, policyText(before), { mode: 0o755 });
  fs.chmodSync(policy, 0o755);
  return async () => {
    if (fs.existsSync(before)) fs.renameSync(before, policy);
    else fs.rmSync(policy, { force: true });
    await unlock();
  };
}

const policyText = (before: string): string => `#!/bin/sh
${MARK}
[ -d /proc/${process.pid} ] && exit 101
[ -x ${before} ] && exec ${before} "$@"
exit 0
`;
