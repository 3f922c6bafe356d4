import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import yaml from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { LIVE_KINDS } from '../../src/cluster/live-kinds.ts';

interface RbacRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const manifest = readFileSync(resolve(import.meta.dirname, '../../deploy/rbac.yaml'), 'utf8');
const objects = yaml.loadAll(manifest) as { kind: string; rules?: readonly RbacRule[] }[];
const rules = objects.flatMap(({ rules }) => rules ?? []);

/** `verticalpodautoscalers.autoscaling.k8s.io` */
function granted(verb: string): readonly string[] {
  return rules
    .filter(({ verbs }) => verbs.includes(verb))
    .flatMap(({ apiGroups, resources }) =>
      apiGroups.flatMap((group) => resources.map((one) => `${one}.${group}`)),
    )
    .sort();
}

const kinds = LIVE_KINDS.map(({ group, kind }) => `${pluralOf(kind)}.${group}`).sort();

function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  if (name.endsWith('ss')) return `${name}es`;
  if (name.endsWith('y')) return `${name.slice(0, -1)}ies`;
  return name.endsWith('s') ? name : `${name}s`;
}

describe('the permissions that are shipped', () => {
  test('are to list exactly the kinds that are read', () => {
    expect(granted('list')).toEqual(kinds);
  });

  test('are to get these, the logs of pods and the definitions of kinds', () => {
    const definitions = 'customresourcedefinitions.apiextensions.k8s.io';
    expect(granted('get')).toEqual([...kinds, definitions, 'pods/log.'].sort());
  });

  test('change nothing', () => {
    const verbs = new Set(rules.flatMap(({ verbs }) => verbs));
    expect([...verbs].sort()).toEqual(['get', 'list', 'watch']);
    expect(granted('watch')).toEqual(kinds);
  });

  test('say nothing of Secrets, not even by way of a wildcard', () => {
    expect(rules.flatMap(({ apiGroups, resources }) => [...apiGroups, ...resources])).not.toContainEqual(
      expect.stringMatching(/^secrets|\*/),
    );
  });
});
