// The dashboard in docs/use asks for metrics that exist: no panel of it stays empty because a name was mistyped.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cloudFamilies } from '#cloud/exporter/cloudstack.ts';
import { ownFamilies } from '#cloud/exporter/own.ts';
import { inCloud } from '#test/cloud.ts';
import { openMetrics } from './metrics.ts';

interface Panel {
  title: string;
  targets?: { expr: string }[];
}

test(
  'every metric that a panel asks for is one that is served',
  inCloud(async ({ db, server }) => {
    const metrics = openMetrics({
      pool: () => ({ totalCount: 0, idleCount: 0, waitingCount: 0 }),
      links: () => 0,
      runningJobs: () => 0,
    });
    const text = await metrics.text();
    metrics.close();
    const reading = { tx: db.read, settings: server.settings };
    const names = new Set([
      ...[...(await cloudFamilies(reading)), ...(await ownFamilies(reading))].map(({ name }) => name),
      ...[...text.matchAll(/^# TYPE (\S+) /gm)].map((found) => found[1]!),
    ]);
    const file = new URL('../docs/use/grafana-dashboard.json', import.meta.url);
    const { panels } = JSON.parse(readFileSync(file, 'utf8')) as { panels: Panel[] };
    let asked = 0;
    for (const { title, targets = [] } of panels)
      for (const { expr } of targets)
        for (const [name] of expr.matchAll(/\b(?:nephos|cloudstack)_\w+/g)) {
          assert.ok(names.has(name) || names.has(name.replace(/_(bucket|count|sum)$/, '')), `${title}: ${name}`);
          asked += 1;
        }
    assert.ok(asked > 25);
  }),
);
