import { describe, expect, test } from 'vitest';
import { jsonText } from '../../src/renderers/as-json.ts';
import { readStrictly } from '../../src/renderers/strict-yaml.ts';
import { revisionOf } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';

const built = needsTool('helm');

/** Scalars, and small collections, in every way that people write them. */
const WRITTEN: readonly string[] = [
  ['y', 'n', 'yes', 'No', 'ON', 'off', 'true', 'FALSE', 'tRuE', 'oN', 'Y', 'N', 'Yes', 'nO'],
  ['~', 'null', 'Null', 'NULL', 'nUll', '', 'none', 'nil'],
  [
    '0',
    '1',
    '-1',
    '+1',
    '007',
    '0644',
    '-017',
    '08',
    '09',
    '0o17',
    '0O17',
    '0x1f',
    '0X1F',
    '-0x1f',
    '0b101',
    '1_000',
  ],
  [
    '1.0',
    '1.10',
    '-1.5',
    '.5',
    '5.',
    '1e3',
    '1E3',
    '1e+3',
    '1.5e-7',
    '1_0.5',
    '.inf',
    '-.Inf',
    '.nan',
    '.NaN',
    '.',
    '-',
    '+',
    '..',
    '...x',
  ],
  ['9007199254740991', '9007199254740993', '123456789012345678901234567890', '1e400'],
  [
    '12:30',
    '12:30:45',
    '1:20.5',
    '2024-01-01',
    '2024-1-1',
    '2024-01-01T10:00:00Z',
    '2024-01-01 10:00:00',
    '2024-13-45',
  ],
  [
    '=',
    '<<',
    '1.2.3',
    'v1',
    '1a',
    'a: b',
    '"yes"',
    "'0644'",
    '"\\u2028"',
    '"\\x41\\n"',
    "'it''s'",
    '!!str 0644',
    '!!str yes',
    '!!int "3"',
  ],
  [
    '[a, 1, yes]',
    '{a: 1, b: [x]}',
    '{a: {yes: 1}}',
    '{1: a}',
    '{1.5: a}',
    '{~: a}',
    '{0x1: a}',
    '{"a":1}',
    '[a?b, c#d]',
    '{a:b}',
  ],
  [
    '|\n  text\n  more\n',
    '>-\n  folded\n  text\n',
    'plain\n  over lines',
    '&a [x, y]',
    'a # comment',
    'a#no',
    '@at',
    '`tick',
    '%percent',
    '100%',
  ],
  [
    '0.0',
    '-0',
    '-0.0',
    '1__0',
    '0_7',
    '1,000',
    '1.e5',
    '0x',
    '0b',
    '0o',
    '00',
    '0.10',
    'Infinity',
    'NaN',
    '+.5',
    '--1',
  ],
].flat();

describe('what steers a renderer is read as Go reads it, or not at all', () => {
  /** What is read here; undefined where it is refused. */
  const read = (written: string): unknown => {
    const { documents, problem } = readStrictly(Buffer.from(`k: ${written}\n`));
    return problem ? undefined : (documents[0]!.value as { k: unknown }).k;
  };

  built.each(WRITTEN.map((written) => [written]))('%j', async (written) => {
    const value = read(written);
    if (value === undefined) return;
    const revision = await revisionOf({
      'app/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
      'app/templates/x.yaml':
        'apiVersion: v1\nkind: X\nmetadata: {name: c}\nspec: {{ .Files.Get "x.yaml" | fromYaml | toJson }}\n',
      'app/x.yaml': `k: ${written}\n`,
    });
    const rendering = await revision.render(revision.roots.at('app')!);
    const spec = rendering.kind === 'rendered' ? rendering.objects[0]!.object['spec'] : rendering;
    expect(value).toEqual((spec as { k: unknown }).k);
  });

  test.each([
    ['plain words', ['tRuE', 'nUll', 'none', '1.2.3', '100%', 'a#no', '', '~']],
    ['booleans of YAML 1.1', ['y', 'yes', 'No', 'ON', 'off']],
    ['ordinary numbers', ['0', '-1', '+1', '0644', '1.10', '0x1f']],
    ['dates and times', ['12:30', '2024-01-01', '2024-01-01T10:00:00Z']],
    ['collections', ['[a, 1, yes]', '{a: 1, b: [x]}', '{"a":1}', '|\n  text\n  more\n']],
  ])('%s are not refused', (_what, each) => {
    expect(each.filter((written) => read(written) === undefined)).toEqual([]);
  });

  test.each([
    [
      '08',
      '0o17',
      '0b101',
      '1_000',
      '1e3',
      '.inf',
      '9007199254740993',
      '{a: {yes: 1}}',
      '{~: a}',
      '!!int "3"',
    ],
  ])('what parsers or versions read differently is: %s', (...each) => {
    expect(each.filter((written) => read(written) !== undefined)).toEqual([]);
  });
});

describe('what is printed for a renderer', () => {
  test('is read as the same value again, whatever is in it', () => {
    const odd = [
      '\u0085',
      '\u2028',
      '\u2029',
      '\uFEFF',
      '\u007F',
      '\t',
      '\\',
      '"',
      '𝄞',
      '\uFFFE',
      'a: b #c',
      '- x',
      '%',
      '{{',
    ];
    const value = Object.fromEntries(
      odd.map((text) => [`key ${text}`, [text, { nested: text }, null, 1.5, true]]),
    );
    const { documents, problem } = readStrictly(Buffer.from(jsonText(value)));
    expect(problem).toBe(null);
    expect(documents.map((document) => document.value)).toEqual([value]);
  });

  built('is read by Go as the same value, too', async () => {
    const odd = [
      '\u0085',
      '\u2028',
      '\u2029',
      '\uFEFF',
      '\u007F',
      '\t\n\r',
      '\\',
      '"',
      '𝄞',
      'a: b #c',
      '- x',
      '%',
      'x'.repeat(3000),
    ];
    const revision = await revisionOf({
      'app/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
      'app/templates/x.yaml':
        'apiVersion: v1\nkind: X\nmetadata: {name: c}\nspec: {{ .Files.Get "x.yaml" | fromYaml | toJson | b64enc | quote }}\n',
      'app/x.yaml': jsonText({ k: odd }),
    });
    const rendering = await revision.render(revision.roots.at('app')!);
    const [object] = rendering.kind === 'rendered' ? rendering.objects : [];
    const printed = Buffer.from(String(object?.object['spec']), 'base64').toString();
    expect(JSON.parse(printed)).toEqual({ k: odd });
  });
});
