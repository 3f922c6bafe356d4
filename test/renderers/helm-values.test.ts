import { describe, expect, test } from 'vitest';
import { RenderCache } from '../../src/renderers/cache.ts';
import { chartClosureOf } from '../../src/renderers/chart-closure.ts';
import { HelmRenderer } from '../../src/renderers/helm.ts';
import { helmValuesIn, repeatedKeysIn } from '../../src/renderers/helm-values.ts';
import { findHelm } from '../../src/renderers/tools.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { needsTool } from '../needs.ts';

const built = needsTool('helm');

/** Each is read by helm and by us. */
const TEXTS: Readonly<Record<string, string>> = {
  'nothing twice': 'a: {b: 1}\nc: [1, "2", yes]\n',
  'a value twice': 'a: 1\na: 2\n',
  'a mapping twice': 'a:\n  b: 1\n  c: 2\na:\n  b: 3\n',
  'a mapping, then nothing': 'a: {b: 1}\na:\n',
  'in brackets': 'a: {b: 1, b: 2}\n',
  'three times, further in': 'a:\n  b: 1\n  c: [{d: 1, d: 2}]\n  b: 2\n  "b": 3\n',
  'an anchor in what does not count': 'a: &a {b: 1}\na: {c: 2}\nd: *a\n',
  'a merge key before a key of its own': 'm: &m {x: 1, z: 1}\na:\n  <<: *m\n  x: 9\n',
  'a merge key behind a key of its own': 'm: &m {x: 1, z: 1}\na:\n  x: 9\n  <<: *m\n',
  'two merge keys': 'm: &m {x: 1, z: 1}\nn: &n {x: 2, w: 2}\na:\n  <<: *m\n  <<: *n\n',
  'several mappings in one merge key': 'm: &m {x: 1, z: 1}\nn: &n {x: 2, w: 2}\na:\n  <<: [*m, *n]\n',
  'words and numbers beside a merge key':
    'm: &m {on: yes, o: 0644, t: "1"}\na: {<<: *m, s: 2026-01-01, e: }\n',
  'two documents': 'a: 1\n---\na: 2\n',
  'text of several lines': 'm: &m {x: 1}\na:\n  <<: *m\n  t: one\n    two\n  u: |\n    three\n',
};

describe('values that Helm reads', () => {
  for (const [name, text] of Object.entries(TEXTS))
    built(name, async () => {
      const read = helmValuesIn(text);
      expect(read.kind === 'values' ? read.values : read).toEqual(await readByHelm(text));
    });

  test.each([
    ['a list', '- a\n', 'is not a mapping'],
    ['a word', 'a\n', 'is not a mapping'],
    ['half a mapping', 'a: {b: 1\n', /is not YAML/],
    ['what two generations of YAML read differently', 'a: "b\u2028c"\n', /U\+2028/],
    ['a bomb', bomb(), /millions of nodes/],
    ['a bomb that does not count in the end', `${bomb()}a: 1\n`, /millions of nodes/],
  ])('refuses %s', (_, text, message) => {
    expect(helmValuesIn(text)).toMatchObject({ kind: 'problem', message: expect.stringMatching(message) });
  });

  test('takes a text of nothing for no values', () => {
    expect(helmValuesIn('# nothing yet\n')).toEqual({ kind: 'values', values: {} });
  });
});

describe('keys that stand several times', () => {
  test('are named with all their lines', () => {
    const text = 'a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\na: 2\nlist:\n  - e: 1\n    e: 2\na: 3\n';
    expect(repeatedKeysIn(Buffer.from(text))).toEqual([
      { key: 'b.c', lines: [3, 5] },
      { key: 'list.0.e', lines: [8, 9] },
      { key: 'a', lines: [1, 6, 10] },
    ]);
  });

  test.each(['a: 1\nb: {a: 1}\n', 'a: 1\n---\na: 2\n', '- a: 1\n- a: 2\n', 'a: {{ b }}\na: 1\n', ''])(
    'are none in %j',
    (text) => expect(repeatedKeysIn(Buffer.from(text))).toEqual([]),
  );
});

function bomb(): string {
  const level = (name: string, of: string): string => `${name}: &${name} [${Array(9).fill(of).join(', ')}]\n`;
  return [...'abcdefghi'].map((name, at) => level(name, at === 0 ? 'x' : `*${'abcdefghi'[at - 1]}`)).join('');
}

async function readByHelm(text: string): Promise<unknown> {
  const tree = treeOf({
    'app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
    'app/templates/seen.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: seen}\ndata:\n  seen: {{ .Values | toJson | quote }}\n',
    'app/values.yaml': text,
  });
  const helm = new HelmRenderer(() => findHelm(), new RenderCache({ folder: null, parallel: 1 }));
  const rendering = await helm.render(tree, {
    id: 'app',
    closure: chartClosureOf(tree, 'app'),
    release: { name: 'app', namespace: 'default' },
    values: [],
  });
  if (rendering.kind === 'failed') return rendering.message;
  return JSON.parse((rendering.objects[0]!.object['data'] as { readonly seen: string }).seen);
}
