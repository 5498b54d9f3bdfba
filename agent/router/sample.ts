// For tests: one router that uses everything a spec can say. Not part of the product.
import { readFileSync } from 'node:fs';
import { routerSpec } from '#protocol/messages.ts';
import type { RouterSpec } from '#protocol/messages.ts';
import { goldenPath } from './golden.ts';

const text = readFileSync(goldenPath('everything.json'), 'utf8');

/** A new copy each time, to be changed at will. */
export const everything = (): RouterSpec => routerSpec.parse(JSON.parse(text));
