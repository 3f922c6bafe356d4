import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { addProcessMetrics, newMetrics } from '../../src/observation/metrics.ts';

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const root = resolve(import.meta.dirname, '../..');
const { panels } = JSON.parse(readFileSync(join(root, 'deploy/chart/files/dashboard.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
};
const queries = panels.flatMap(({ targets }) => targets ?? []);
const metrics = newMetrics();
addProcessMetrics(metrics);
const made = new Map(
  metrics.registry
    .getMetricsAsArray()
    .map((metric) => [
      metric.name,
      (metric as unknown as { readonly labelNames: readonly string[] }).labelNames,
    ]),
);

test('the dashboard asks for no metric that does not exist', () => {
  const asked = queries
    .flatMap(({ expr }) => expr.match(/\b(?:faultline|process|nodejs)_\w+/g) ?? [])
    .map((name) => name.replace(/_(?:bucket|count|sum)$/, ''));
  expect(asked.length).toBeGreaterThan(20);
  expect(asked.filter((name) => !made.has(name))).toEqual([]);
});

test('it shows every metric that docs/observation.md lists', () => {
  const page = readFileSync(join(root, 'docs/observation.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `(faultline_\w+)`/gm)].map(([, name]) => name!);
  const shown = queries.map(({ expr }) => expr).join('\n');
  // Only tells when a limit starts again.
  const left = 'faultline_github_rate_limit_reset_timestamp_seconds';
  expect(documented.filter((name) => name !== left && !shown.includes(name))).toEqual([]);
});

test('it names no label that its metric does not have', () => {
  for (const { expr, legendFormat } of queries) {
    const names = (expr.match(/faultline_\w+/g) ?? []).map((name) =>
      name.replace(/_(?:bucket|count|sum)$/, ''),
    );
    const labels = new Set([...names.flatMap((name) => made.get(name) ?? []), 'instance']);
    const used = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
    expect(used.filter((label) => !labels.has(label))).toEqual([]);
  }
});

test('no panel covers another', () => {
  const taken = new Set<string>();
  for (const { gridPos, title } of panels)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(taken.has(`${x} ${y}`), title).toBe(false);
        expect(x).toBeLessThan(24);
        taken.add(`${x} ${y}`);
      }
});
