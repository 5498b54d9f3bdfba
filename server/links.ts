// The links of this server, put together: to the hosts that dial in here, to the other servers, and the way over either of
// them to any host. A process without the role `worker` holds no hosts; it reaches them through those that do.
import type { World } from '#cloud/context.ts';
import type { Db } from '#kernel/db.ts';
import type { Log } from '#kernel/log.ts';
import type { Settings } from '#kernel/settings.ts';
import { Hub } from './agents.ts';
import type { Authority } from './authority.ts';
import { openCredentials, type OwnCredentials } from './credentials.ts';
import { Directory } from './directory.ts';
import { Door } from './door.ts';
import { hostEvents } from './host-events.ts';
import { measurer } from './measure.ts';
import { Members, type Self } from './members.ts';
import { PeerDesk } from './peer-desk.ts';
import { Peers } from './peers.ts';
import { Routes, type RoutesOptions } from './routes.ts';
import { Spread } from './spread.ts';
import { Streams } from './streams.ts';

export interface LinksOptions {
  db: Db;
  log: Log;
  settings: Settings;
  authority: Authority;
  self: Self;
  /** Where this server listens for hosts and servers. */
  addresses: readonly string[];
  world: () => World;
  /** Of the engine now. */
  worker: () => number;
  called: RoutesOptions['called'];
  end: () => void;
}

export interface Links {
  readonly members: Members;
  readonly directory: Directory;
  readonly routes: Routes;
  readonly peers: Peers;
  readonly streams: Streams;
  readonly own: OwnCredentials;
  /** What a process has that holds hosts. */
  readonly hosting: { readonly hub: Hub; readonly door: Door; readonly spread: Spread } | undefined;
}

export async function makeLinks(options: LinksOptions): Promise<Links> {
  const { db, log, settings, authority, self, world } = options;
  const own = await openCredentials({ authority, addresses: options.addresses, log });
  const members: Members = new Members({
    db,
    log,
    self,
    worker: options.worker,
    agents: () => hub?.size ?? 0,
    measure: measurer({
      databaseHost: hostOf(db.config.connectionString),
      certificateExpires: () => own.expires,
      folder: process.cwd(),
    }),
    everyMs: () => Math.max(250, settings.number('cluster.heartbeat.interval')),
    end: options.end,
  });
  const directory = new Directory({ db, log, members });
  const streams = new Streams();
  const peers = new Peers({ log, own, self });
  const tell = (): void => world().tell('links');
  const hub = self.roles.includes('worker')
    ? new Hub({
        log,
        self: self.uuid,
        events: hostEvents({ db, log, self, world, tell }),
        pingEveryS: () => settings.number('host.ping.interval'),
      })
    : undefined;
  const routes = new Routes({ db, hub, members, directory, peers, streams, tell, called: options.called });
  if (!hub) return { members, directory, routes, peers, streams, own, hosting: undefined };
  directory.listen((entries) => hub.follow(entries));
  const door = new Door({ log, own, hub, streams, desk: new PeerDesk({ hub, streams, log }) });
  const spread = new Spread({ hub, members, directory, settings, addresses: options.addresses });
  return { members, directory, routes, peers, streams, own, hosting: { hub, door, spread } };
}

export function closeLinks({ members, directory, peers, streams, own, hosting }: Links): void {
  own.stop();
  members.stop();
  directory.stop();
  hosting?.spread.stop();
  hosting?.door.close();
  hosting?.hub.close();
  streams.close();
  peers.close();
}

function hostOf(url: string | undefined): string | undefined {
  try {
    return url === undefined ? undefined : new URL(url).hostname || undefined;
  } catch {
    return undefined;
  }
}
