// Every verb this server has, by command: one literal per family, put together here. The registry is checked against the
// promises when it is built: a handler under a wrong name does not start.
import type { Handler } from '#cloud/context.ts';
import { access } from './handlers/access.ts';
import { config } from './handlers/config.ts';
import { event } from './handlers/event.ts';
import { host } from './handlers/host.ts';
import { identity } from './handlers/identity.ts';
import { job } from './handlers/job.ts';
import { image } from './handlers/image.ts';
import { infrastructure } from './handlers/infrastructure.ts';
import { network } from './handlers/network.ts';
import { offering } from './handlers/offering.ts';
import { tag } from './handlers/tag.ts';
import { vm } from './handlers/vm.ts';
import { volume } from './handlers/volume.ts';

const families = [
  config,
  identity,
  event,
  access,
  tag,
  image,
  infrastructure,
  host,
  job,
  network,
  offering,
  vm,
  volume,
];

/** By command name. */
export function allHandlers(): Map<string, Handler> {
  const found = new Map<string, Handler>();
  for (const family of families as unknown as Record<string, Handler>[]) {
    for (const [name, handler] of Object.entries(family)) {
      if (name !== handler.command.name)
        throw new Error(`the handler of ${handler.command.name} stands under the name ${name}`);
      if (found.has(name)) throw new Error(`${name} has two handlers`);
      found.set(name, handler);
    }
  }
  return found;
}
