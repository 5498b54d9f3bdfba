// Every workflow a server can run has a law test, and what has no steps says so here: found by reading which workflows the files of
// this folder hand to `checkLaws`, itself or through their own `law`.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parseSync, Visitor } from 'oxc-parser';
import { certificateIssued } from '#cloud/certificate/issue.ts';
import { recorded } from '#cloud/recorded.ts';
import type { Workflow } from '#kernel/job.ts';
import { workflows } from '#server/workflows.ts';
import { checkLaws } from '#test/laws.ts';
import { testServer } from '#test/cloud.ts';
import { rolledBack } from '#test/database.ts';

const LAWS = new Set(['checkLaws', 'law', 'carries']);

/** Names of the workflows in a file of laws, as `module name`. */
function lawsIn(file: string): string[] {
  const { program } = parseSync(file, readFileSync(file, 'utf8'));
  const imported = new Map<string, string>();
  const found: string[] = [];
  new Visitor({
    ImportDeclaration: ({ source, specifiers }) => {
      for (const one of specifiers)
        if (one.type === 'ImportSpecifier' && one.imported.type === 'Identifier')
          imported.set(one.local.name, `${source.value} ${one.imported.name}`);
    },
    CallExpression: ({ callee, arguments: given }) => {
      if (callee.type !== 'Identifier' || !LAWS.has(callee.name)) return;
      for (const one of given)
        if (one.type === 'Identifier' && imported.has(one.name)) found.push(imported.get(one.name)!);
    },
  }).visit(program);
  return found;
}

test('every workflow has its laws', async () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
  const covered = new Set<string>();
  for (const law of files.flatMap((name) => lawsIn(path.join(import.meta.dirname, name)))) {
    const [module, name] = law.split(' ') as [string, string];
    const { [name]: flow } = (await import(module)) as Record<string, Workflow>;
    if (flow?.kind) covered.add(flow.kind);
  }
  const without = [...workflows].map(({ kind }) => kind).filter((kind) => !covered.has(kind));
  assert.deepEqual(without, [], 'write a law test: docs/how-to/add-a-workflow.md');
});

const carries = async <I>(flow: Workflow<I, unknown, never>, input: I): Promise<void> => {
  const cases = await checkLaws(flow, (work) =>
    rolledBack(async (db) => {
      const { world, close } = await testServer(db);
      await work({ db, world, input, verify: async (outcome) => assert.equal(outcome, 'done') }).finally(close);
    }),
  );
  assert.equal(cases, 1, `${flow.kind} has steps: it needs laws that look at what they do`);
};

test('a job that only carries an answer has no steps', async () => {
  await carries(recorded, { id: 1 });
  await carries(certificateIssued, { certificate: '', caPem: '', sealedKey: null });
});
