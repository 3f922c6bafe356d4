import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { newMetrics } from '../../src/observation/metrics.ts';
import { madeFolder } from '../git/made-repository.ts';
import { needsTool } from '../needs.ts';

const { promtool } = await findTools();
const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/observation.md'), 'utf8');
const alerts = parse(readFileSync(join(root, 'deploy/alerts.yaml'), 'utf8')) as {
  readonly spec: { readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[] };
};
const made = newMetrics().registry.getMetricsAsArray();

test('the page lists every metric with its kind and labels, and no other', () => {
  const rows = [...page.matchAll(/^\| `(faultline_\w+)` *\| (\w+) *\| ([^|]*)\|/gm)].map(
    ([, name, kind, labels]) => ({
      name,
      kind,
      labels: [...labels!.matchAll(/`(\w+)`/g)].map((one) => one[1]),
    }),
  );
  const own = made.map((metric) => ({
    name: metric.name,
    kind: metric.type,
    labels: (metric as unknown as { readonly labelNames: readonly string[] }).labelNames,
  }));
  const byName = (one: { readonly name: string | undefined }, other: { readonly name: string | undefined }) =>
    one.name!.localeCompare(other.name!);
  expect(rows.toSorted(byName)).toEqual(own.toSorted(byName));
});

test('no label can hold what has no end', () => {
  const labels = new Set(
    made.flatMap((metric) => (metric as unknown as { readonly labelNames: readonly string[] }).labelNames),
  );
  const bounded = [
    'action',
    'cluster',
    'installation',
    'kind',
    'outcome',
    'reason',
    'resource',
    'service',
    'status',
    'step',
  ];
  expect([...labels].toSorted()).toEqual([...bounded, 'table', 'task', 'tool'].toSorted());
});

test('an alert asks for no metric that does not exist', () => {
  const names = new Set(made.map(({ name }) => name));
  const asked = alerts.spec.groups
    .flatMap(({ rules }) => rules.map(({ expr }) => expr))
    .flatMap((expr) => expr.match(/faultline_\w+/g) ?? [])
    .map((name) => name.replace(/_(?:bucket|count|sum)$/, ''));
  expect(asked.length).toBeGreaterThan(6);
  expect(asked.filter((name) => !names.has(name))).toEqual([]);
});

needsTool('promtool')('Prometheus takes the alert rules', () => {
  const file = join(madeFolder(), 'rules.json');
  writeFileSync(file, JSON.stringify(alerts.spec));
  expect(execFileSync(promtool!, ['check', 'rules', file], { encoding: 'utf8' })).toContain('SUCCESS');
});
