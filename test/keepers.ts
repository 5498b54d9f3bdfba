// Runs a keeper of the server once, by its name, as its loop would.
import type { World } from '#cloud/context.ts';
import { keepers } from '#server/keepers.ts';

export async function runKeeper(world: World, name: string): Promise<void> {
  const keeper = keepers(world).find((one) => one.name === name);
  if (!keeper) throw new Error(`there is no keeper ${name}`);
  await keeper.run(new AbortController().signal);
}
