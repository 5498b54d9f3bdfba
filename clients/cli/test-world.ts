// For tests only: a world with a home of its own that ends with the test, and streams that are remembered.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { run } from './main.ts';
import type { World } from './world.ts';

export interface Outcome {
  code: number;
  out: string;
  err: string;
}
export interface TestWorld extends World {
  write: (path: string, text: string) => void;
  nephos: (...argv: string[]) => Promise<Outcome>;
}

/** `with` what differs from an empty home on no terminal. */
export function testWorld(t: TestContext, differs: Partial<World> = {}): TestWorld {
  const home = mkdtempSync(join(tmpdir(), 'nephos-cli-'));
  t.after(() => rmSync(home, { recursive: true }));
  const said = { out: '', err: '' };
  const world: World = {
    env: { NEPHOS_DATA: join(home, 'nothing') },
    home,
    cwd: home,
    columns: undefined,
    isWatched: false,
    isInteractive: false,
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    ...differs,
  };
  return {
    ...world,
    write: (path, text) => {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    },
    nephos: async (...argv) => {
      Object.assign(said, { out: '', err: '' });
      const code = await run(argv, world);
      return { code, ...said };
    },
  };
}
