// For tests: compares a text with the one kept beside the code, so that a change of what is rendered is a visible diff.
// UPDATE_GOLDEN=1 writes what is rendered now. Not part of the product.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export const goldenPath = (name: string): string => new URL(`./golden/${name}`, import.meta.url).pathname;

export function matchesGolden(name: string, text: string): void {
  const path = goldenPath(name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.equal(text, readFileSync(path, 'utf8'));
}
