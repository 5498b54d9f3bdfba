// The guard of a host: a process of its own that outlives the agent, so that guests never run unwatched. It renews this host's
// heartbeat on every pool its guests use, and ends guests with certainty when it may not let them run any longer:
//   - a renewal has not come through for `killAfterS`: others may take the guests over soon after;
//   - a witness laid a pill for this host on the pool: the cloud wants it silent, and it says that it is.
// Invariants: time is the monotonic clock, counted from before the last renewal that came through; ending a guest needs neither
// storage nor libvirt nor the agent. It starts nothing. node agent/lease/guard.ts CONFIG.json
import { mkdirSync, readFileSync, watch } from 'node:fs';
import { z } from 'zod';
import { readPill, removeHeartbeat, writeHeartbeat } from './files.ts';
import { monotonicMs, readHeld, readStatus, writeStatus, type Held } from './local.ts';

export const guardConfig = z.object({
  host: z.uuid(),
  heldDir: z.string(),
  statusFile: z.string(),
  renewEveryMs: z.number().int().positive(),
  killAfterS: z.number().positive(),
});
export type GuardConfig = z.output<typeof guardConfig>;

interface PoolState {
  renewedAt: number;
  count: number;
  pill: string | null;
  busy: boolean;
}

export interface Guard {
  /** Looks once; renewals that began go on by themselves. */
  tick(): void;
}
export interface GuardWorld {
  now(): number;
  /** Ends the guest's process for good; true when it is gone. */
  end(guest: string): boolean;
  say(what: string, about: Record<string, unknown>): void;
}

export function makeGuard(config: GuardConfig, world: GuardWorld): Guard {
  const pools = new Map<string, PoolState>();
  const before = readStatus(config.statusFile);
  const poolOf = (path: string): PoolState => {
    const known = pools.get(path);
    if (known) return known;
    // After a restart of the guard the old time counts on; a pool that is new has its whole time.
    const fresh = { renewedAt: before?.renewedAt[path] ?? world.now(), count: 0, pill: null, busy: false };
    pools.set(path, fresh);
    return fresh;
  };

  /** True: none of them runs any more. */
  const endAll = (guests: readonly Held[], why: string): boolean =>
    guests
      .map(({ guest, starting }) => {
        const gone = world.end(guest) && !starting;
        world.say('guest.ended', { guest, why, gone });
        return gone;
      })
      .every(Boolean);

  async function renew(path: string, state: PoolState): Promise<void> {
    const began = world.now();
    const pool = { path };
    const pill = (await readPill(pool, config.host))?.id ?? null;
    const silent = pill === null || endAll(readHeld(config.heldDir), `pill ${pill}`);
    state.count = Math.max(state.count + 1, Date.now()); // greater also than before a restart
    await writeHeartbeat(pool, config.host, {
      count: state.count,
      killAfterS: config.killAfterS,
      fenced: silent ? pill : null,
    });
    state.pill = silent ? pill : null;
    state.renewedAt = began;
  }

  return {
    tick() {
      const held = readHeld(config.heldDir);
      const wanted = new Map(held.flatMap(({ pools: used }) => used.map((pool) => [pool.path, pool])));
      for (const path of wanted.keys()) {
        const state = poolOf(path);
        if (state.busy) continue;
        state.busy = true;
        void renew(path, state)
          .catch((error: Error) => world.say('renewal.failed', { path, reason: error.message }))
          .finally(() => (state.busy = false));
      }
      const late = [...wanted.keys()].filter((path) => world.now() - poolOf(path).renewedAt > config.killAfterS * 1000);
      for (const path of late)
        endAll(
          held.filter((one) => one.pools.some((pool) => pool.path === path)),
          `no renewal on ${path} for ${config.killAfterS} s`,
        );
      for (const [path, state] of pools) {
        if (wanted.has(path) || state.busy) continue;
        pools.delete(path);
        if (state.pill === null) void removeHeartbeat({ path }, config.host).catch(() => {}); // it is silent then, and that is true
      }
      writeStatus(config.statusFile, {
        pid: process.pid,
        renewedAt: Object.fromEntries([...pools].map(([path, { renewedAt }]) => [path, renewedAt])),
        fenced: Object.fromEntries([...pools].flatMap(([path, { pill }]) => (pill === null ? [] : [[path, pill]]))),
      });
    },
  };
}

/** By the pid file QEMU holds open, so that a number that meanwhile belongs to another program does not count. */
export function endGuest(guest: string): boolean {
  const pid = qemuOf(guest);
  if (pid === undefined) return true;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    /* it has ended already */
  }
  return qemuOf(guest) === undefined;
}

function qemuOf(guest: string): number | undefined {
  try {
    const pid = Number(readFileSync(`/run/libvirt/qemu/${guest}.pid`, 'utf8').trim());
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.some((word) => word === `guest=${guest}` || word.startsWith(`guest=${guest},`)) ? pid : undefined;
  } catch {
    return undefined;
  }
}

if (process.argv[1] === import.meta.filename) {
  const config = guardConfig.parse(JSON.parse(readFileSync(process.argv[2]!, 'utf8')));
  const guard = makeGuard(config, {
    now: monotonicMs,
    end: endGuest,
    say: (what, about) =>
      process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), what, ...about })}\n`),
  });
  guard.tick();
  setInterval(() => guard.tick(), config.renewEveryMs);
  // A guest that is about to start waits for a renewal: it need not be the next one by the clock.
  mkdirSync(config.heldDir, { recursive: true });
  watch(config.heldDir, () => guard.tick()).on('error', () => {});
  process.once('SIGTERM', () => process.exit(0));
}
