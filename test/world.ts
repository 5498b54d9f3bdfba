// The world of a cloud under test: real database and settings, drivers that the test sets itself. A driver the test did not
// set refuses by name, so that nothing is taken to have happened in a world that is not there.
import type { Drivers, World } from '#cloud/context.ts';
import type { Db } from '#kernel/db.ts';
import { silentLog } from '#kernel/log.ts';
import type { Sealer } from '#kernel/seal.ts';
import type { Settings } from '#kernel/settings.ts';

export interface TestWorld extends World {
  readonly drivers: { -readonly [K in keyof Drivers]: Drivers[K] };
  /** Keepers that were poked, in order. */
  readonly poked: string[];
}

export function testWorld({ db, settings, sealer }: { db: Db; settings: Settings; sealer: Sealer }): TestWorld {
  const poked: string[] = [];
  return {
    db,
    settings,
    sealer,
    poked,
    log: silentLog,
    poke: (keeper) => void poked.push(keeper),
    enqueued: () => {},
    tell: () => {},
    authority: {
      caPem: '',
      sign: async () => {
        throw new Error('this test has no authority');
      },
      issue: async () => {
        throw new Error('this test has no authority');
      },
    },
    drivers: {
      hosts: absent('hosts'),
      hypervisor: absent('hypervisor'),
      storage: absent('storage'),
      image: absent('image'),
      network: absent('network'),
      mail: absent('mail'),
      leases: absent('leases'),
      power: absent('power'),
    },
  };
}

function absent<K extends keyof Drivers>(kind: K): Drivers[K] {
  return new Proxy({} as Drivers[K], {
    get: (_, verb) => () => {
      throw new Error(`this test has no driver for ${kind}.${String(verb)}`);
    },
  });
}
