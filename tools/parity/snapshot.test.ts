// No promise changes unseen: what api/ says must be what is checked in.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { snapshot, snapshotFile } from './snapshot.ts';

test('api/snapshot.json is what api/ promises', () => {
  const checkedIn = existsSync(snapshotFile) ? readFileSync(snapshotFile, 'utf8') : '';
  const now = snapshot();
  if (checkedIn === now) return;
  const old = new Set(checkedIn.split('\n'));
  const added = now
    .split('\n')
    .filter((line) => !old.has(line))
    .slice(0, 20);
  assert.fail(
    `What api/ promises has changed. If it was meant, run «npm run snapshot» and check api/snapshot.json in. New:\n${added.join('\n')}`,
  );
});
