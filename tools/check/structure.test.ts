// The structure rules on small invented trees: each rule finds what it should and leaves what it should not find.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkStructure, type Packages } from './structure.ts';

const PACKAGES: Packages[] = [
  { folder: '', dependencies: ['zod', 'ipaddr.js', '@a/b'], devDependencies: ['fast-check'] },
];

/** Texts without a first comment get one, so that a case is about its own rule. */
function rulesIn(files: Record<string, string>, packages = PACKAGES): string[] {
  const texts = Object.entries(files).map(
    ([file, text]) => [file, text.startsWith('//') ? text : `// c\n${text}`] as const,
  );
  return checkStructure(new Map(texts), packages).findings.map(({ file, line, rule }) => `${file}:${line} ${rule}`);
}

const clean = (files: Record<string, string>) => assert.deepEqual(rulesIn(files), []);

test('an import may only go up the table', () => {
  clean({
    'api/a.ts': `import { b } from '#base/b.ts';`,
    'drivers/kvm/a.ts': `import type { D } from '#cloud/vm/driver.ts'; import '#kernel/k.ts'; import '#protocol/p.ts';`,
    'server/a.ts': `import '#cloud/vm/vm.ts'; import '#drivers/x.ts'; import '#api/a.ts';`,
    'test/a.ts': `import '#server/a.ts'; import '#agent/b.ts';`,
    'clients/cli/a.ts': `import '../sdk/s.ts'; import '#api/a.ts';`,
  });
  assert.deepEqual(rulesIn({ 'base/a.ts': `import '#api/b.ts';` }), ['base/a.ts:2 arrow']);
  assert.deepEqual(rulesIn({ 'kernel/a.ts': `\nimport type { X } from '#cloud/vm/vm.ts';` }), ['kernel/a.ts:3 arrow']);
  assert.deepEqual(rulesIn({ 'agent/a.ts': `export { x } from '#kernel/b.ts'; export const y = 1;` }), [
    'agent/a.ts:2 arrow',
  ]);
  assert.deepEqual(rulesIn({ 'drivers/a.ts': `import '#cloud/vm/vm.ts';` }), ['drivers/a.ts:2 arrow']);
  assert.deepEqual(rulesIn({ 'clients/cli/a.ts': `const k = await import('#kernel/b.ts');` }), [
    'clients/cli/a.ts:2 arrow',
  ]);
  assert.deepEqual(rulesIn({ 'api/a.ts': `export type K = import('#kernel/b.ts').K;` }), ['api/a.ts:2 arrow']);
});

test('a relative path out of the room is the same arrow', () => {
  assert.deepEqual(rulesIn({ 'api/vm/a.ts': `import '../../kernel/b.ts';` }), ['api/vm/a.ts:2 arrow']);
  clean({ 'api/vm/a.ts': `import '../../base/b.ts'; import '../entities.ts';` });
});

test('an import in a comment or a string is none', () => {
  clean({
    'base/a.ts': `// import '#server/a.ts';\nexport const x = "import '#server/a.ts'"; /* import '#server/a.ts' */`,
  });
});

test('only a test beside the code may use test/', () => {
  clean({ 'cloud/vm/start.test.ts': `import '#test/environment.ts';` });
  assert.deepEqual(rulesIn({ 'cloud/vm/start.ts': `import '#test/environment.ts';` }), ['cloud/vm/start.ts:2 arrow']);
});

test("a noun's store is its own", () => {
  clean({ 'cloud/vm/start.ts': `import './vm.store.ts'; import '../network/network.ts';` });
  clean({ 'cloud/seed.ts': `import './vm/seed.store.ts'; import './network/seed.store.ts';` });
  assert.deepEqual(rulesIn({ 'cloud/vm/start.ts': `import '../network/network.store.ts';` }), [
    'cloud/vm/start.ts:2 store',
  ]);
  assert.deepEqual(rulesIn({ 'cloud/vm/start.ts': `import '#cloud/network/network.store.ts';` }), [
    'cloud/vm/start.ts:2 store',
  ]);
});

test('only stores, kernel and schema write SQL', () => {
  const sql = `import { sql } from '#kernel/sql.ts';`;
  clean({
    'cloud/vm/vm.store.ts': sql,
    'kernel/a.ts': `import { sql } from './sql.ts';`,
    'cloud/vm/start.test.ts': sql,
    'test/a.ts': sql,
  });
  clean({ 'cloud/vm/start.ts': `import type { Tx } from '#kernel/sql.ts';` });
  assert.deepEqual(rulesIn({ 'cloud/vm/start.ts': sql }), ['cloud/vm/start.ts:2 sql']);
  assert.deepEqual(rulesIn({ 'server/a.ts': `import * as s from '#kernel/sql.ts';` }), ['server/a.ts:2 sql']);
});

test('packages are listed ones, base/ has one only, product code has no development packages', () => {
  clean({
    'api/a.ts': `import { z } from 'zod'; import 'node:fs'; import '@a/b/c';`,
    'base/ip.ts': `import i from 'ipaddr.js';`,
  });
  clean({ 'base/a.test.ts': `import 'fast-check';`, 'tools/a.ts': `import 'fast-check';` });
  assert.deepEqual(rulesIn({ 'api/a.ts': `import 'left-pad';` }), ['api/a.ts:2 package']);
  assert.deepEqual(rulesIn({ 'base/a.ts': `import 'zod';` }), ['base/a.ts:2 package']);
  assert.deepEqual(rulesIn({ 'api/a.ts': `import 'fast-check';` }), ['api/a.ts:2 package']);
});

test('a folder with a package.json has its own list', () => {
  const both = [...PACKAGES, { folder: 'clients/console', dependencies: ['react'], devDependencies: ['vite'] }];
  const files = {
    'clients/console/src/a.tsx': `import 'react'; import 'vite';`,
    'clients/cli/a.ts': `import 'react';`,
  };
  assert.deepEqual(rulesIn(files, both), ['clients/cli/a.ts:2 package']);
});

test('a cycle is found once, shortest, also through types', () => {
  const files = {
    'api/a.ts': `import './b.ts';`,
    'api/b.ts': `import type { C } from './c.ts'; import './d.ts';`,
    'api/c.ts': `import './a.ts';`,
    'api/d.ts': `import './c.ts';`,
    'api/e.ts': `import './a.ts';`,
  };
  const { findings } = checkStructure(
    new Map(Object.entries(files).map(([file, text]) => [file, `// c\n${text}`])),
    PACKAGES,
  );
  assert.deepEqual(
    findings.map(({ rule, text }) => `${rule} ${text}`),
    ['cycle api/a.ts → api/b.ts → api/c.ts → api/a.ts'],
  );
});

test('a barrel only re-exports', () => {
  assert.deepEqual(rulesIn({ 'api/a.ts': `export * from './b.ts';\nexport { c } from './c.ts';` }), [
    'api/a.ts:1 barrel',
  ]);
  clean({ 'api/a.ts': `export { c } from './c.ts';\nexport const d = 1;`, 'api/e.ts': '' });
});

test('no default export', () => {
  assert.deepEqual(rulesIn({ 'api/a.ts': `\nexport default 1;` }), ['api/a.ts:3 default-export']);
  assert.deepEqual(rulesIn({ 'api/a.ts': `const a = 1;\nexport { a as default };` }), ['api/a.ts:3 default-export']);
  clean({ 'test/vite.config.ts': `export default {};` });
});

test('sizes of files and functions', () => {
  const long = (lines: number) => 'export const x = 1;\n'.repeat(1) + '//\n'.repeat(lines - 2);
  clean({
    'api/a.ts': long(400),
    'api/a.test.ts': long(600),
    'api/a.data.ts': long(9000),
    'schema/rows.ts': long(9000),
  });
  assert.deepEqual(rulesIn({ 'api/a.ts': long(401), 'api/a.test.ts': long(601) }), [
    'api/a.ts:400 file-length',
    'api/a.test.ts:600 file-length',
  ]);
  const fn = (lines: number) => `function f() {\n${'  g();\n'.repeat(lines - 2)}}`;
  clean({ 'api/a.ts': fn(70) });
  assert.deepEqual(rulesIn({ 'api/a.ts': fn(71) }), ['api/a.ts:2 function-length']);
  clean({ 'api/a.test.ts': `describe('x', () => {\n${'  g();\n'.repeat(90)}});` });
});

test('names that say nothing', () => {
  const bad = [
    'api/utils.ts',
    'api/vm-manager.ts',
    'api/string.helpers.ts',
    'api/common/a.ts',
    'api/service.ts',
    'api/impl.ts',
    'api/vm.service.ts',
  ];
  for (const file of bad) assert.deepEqual(rulesIn({ [file]: 'g();' }), [`${file}:1 name`], file);
  clean({
    'api/network-service.ts': '',
    'api/service-offering.ts': '',
    'api/management.ts': '',
    'api/community.ts': '',
  });
});

test('every file opens with a comment', () => {
  const { findings } = checkStructure(
    new Map([
      ['api/a.ts', 'f();\n// late'],
      ['bin/b.js', '#!/usr/bin/env node\n// in time\nf();'],
    ]),
    [],
  );
  assert.deepEqual(
    findings.map(({ file, rule }) => `${file} ${rule}`),
    ['api/a.ts first-comment'],
  );
});

test('no shell in the product', () => {
  assert.deepEqual(rulesIn({ 'agent/a.ts': `spawn('ls', { shell: true });` }), ['agent/a.ts:2 shell']);
  assert.deepEqual(rulesIn({ 'agent/a.ts': `spawn('ls', { 'x': 1, shell: '/bin/bash' });` }), ['agent/a.ts:2 shell']);
  assert.deepEqual(rulesIn({ 'agent/a.ts': `run('/bin/sh', ['-ec', text]);` }), ['agent/a.ts:2 shell']);
  clean({
    'agent/a.ts': `spawn('ls', { shell: false }); run('sh', ['script.sh']);`,
    'test/a.ts': `run('sh', ['-c', 'x']);`,
  });
});

test('a file that does not parse is a finding', () => {
  assert.deepEqual(rulesIn({ 'api/a.ts': 'const = ;' }), ['api/a.ts:1 parse']);
});
