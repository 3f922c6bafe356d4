import { describe, expect, test } from 'vitest';
import { goFill } from '../../../src/sources/declarations/go-template.ts';
import { flattened, goText, plainFill } from '../../../src/sources/declarations/template-parameters.ts';

const PARAMETERS = {
  name: 'Cart',
  empty: '',
  count: 3,
  big: 123456789012,
  on: true,
  nothing: null,
  path: { path: 'apps/Cart_1', basename: 'Cart_1', segments: ['apps', 'Cart_1'] },
  values: { tier: 'web', 'with-dash': 'x' },
};

function goFilled(text: string, options: readonly string[] = []) {
  const obstacles: string[] = [];
  const filled = goFill(options)(text, PARAMETERS, obstacles);
  return obstacles.length > 0 ? { obstacles } : filled;
}

describe('with goTemplate', () => {
  test.each([
    ['no template', 'no template'],
    ['{{.name}}', 'Cart'],
    ['a-{{ .path.basename }}-b', 'a-Cart_1-b'],
    ['{{ $.path.path }}/{{ .count }}/{{ .on }}/{{ .big }}', 'apps/Cart_1/3/true/1.23456789012e+11'],
    ['{{ index .path.segments 1 }}', 'Cart_1'],
    ['{{ index .values "with-dash" }}', 'x'],
    ['{{ (index .path.segments 0) | upper }}', 'APPS'],
    ['{{ (index .path.segments 0 | upper) }}', 'APPS'],
    ['{{ .path.basename | normalize }}', 'cart-1'],
    ['{{ lower .name | trimSuffix "rt" | quote }}', '"ca"'],
    ['{{ .missing | default "x" }}', 'x'],
    ['{{ default .name .empty }}', 'Cart'],
    ['{{ .count | default 5 }}', '3'],
    ['{{ printf "%s-%s" .name .values.tier }}', 'Cart-web'],
    ['{{ replace "_" "-" .path.basename | trimPrefix "Ca" }}', 'rt-1'],
    ['a {{- .name -}} b', 'aCartb'],
    ['a {{/* nothing */}}b', 'a b'],
    ['a {{- /* {{ .name }} */ -}} b', 'ab'],
    ['{{ semverCompare "<=1.31" "1.31.4" }} {{ semverCompare ">1.24" "1.24.3" }}', 'true false'],
    ['{{ has "a" (list "b" "a") }} {{ join "+" (list "a" "b") }} {{ (dict "a" "b").a }}', 'true a+b b'],
    ['{{ "{{" }} {{ `}}` }}', '{{ }}'],
    ['{{ toString .count | squote }}', "'3'"],
    ['{{ if .on }}a{{ else }}b{{ end }}', 'a'],
    ['{{ if .missing }}a{{ else if .empty }}b{{ else }}c{{ end }}', 'c'],
    ['{{ if and .on (eq .name "Cart") }}a{{ end }}', 'a'],
    ['{{ if or .empty (not .on) }}a{{ if .on }}b{{ end }}{{ end }}c', 'c'],
    ['{{ with .values }}{{ .tier }}{{ end }}', 'web'],
    ['{{ with .missing }}a{{ else }}b{{ end }}', 'b'],
    ['{{ range .path.segments }}<{{ . }}>{{ end }}', '<apps><Cart_1>'],
    [
      '{{ range $i, $one := .path.segments }}{{ $i }}{{ $one }}{{ $.name }} {{ end }}',
      '0appsCart 1Cart_1Cart ',
    ],
    ['{{ range $key, $value := .values }}{{ $key }}={{ $value }};{{ end }}', 'tier=web;with-dash=x;'],
    ['{{ range .empty }}a{{ else }}none{{ end }}', 'none'],
    ['{{ $x := .name }}{{ $x }}{{ $x = "b" }}{{ $x }}', 'Cartb'],
    ['{{ .values | toJson }}', '{"tier":"web","with-dash":"x"}'],
    ['a:{{ .values | toYaml | nindent 2 }}', 'a:\n  tier: web\n  with-dash: x'],
    ['{{ ternary "a" "b" .on }}', 'a'],
    ['{{ dig "values" "none" "x" . }}', 'x'],
    ['{{ get .values "none" }}', ''],
    ['{{ coalesce .empty .name }}', 'Cart'],
    ['{{ "{{" }}{{ if true }}1{{ end }}', '{{1'],
  ])('%s', (text, filled) => {
    expect(goFilled(text)).toEqual(filled);
  });

  test.each([
    '{{ .missing }}',
    '{{ .missing.deeper | default "x" }}',
    '{{ .nothing }}',
    '{{ .name.first }}',
    '{{ .path }}',
    '{{ .path.segments }}',
    '{{ index .path.segments 7 }}',
    '{{ index .path.segments "a" }}',
    '{{ end }}',
    '{{ else }}',
    '{{ $name = .name }}',
    '{{ eq .count 3 }}',
    '{{ eq .name .count }}',
    '{{ toYaml .missing }}',
    '{{ template "x" }}',
    '{{ $x }}',
    '{{ .name | nonsense }}',
    '{{ .name | .empty }}',
    '{{ lower .count }}',
    '{{ .values.with-dash }}',
    '{{ len .name }}',
    '{{ "a" "b" }}',
    '{{ .name .empty }}',
    '{{ printf "%d" .count }}',
    '{{ (.name }}',
    '{{ }}',
    '{{ constructor }}',
    '{{ .constructor }}',
  ])('%s: refused', (text) => {
    expect(goFilled(text)).toEqual({ obstacles: [text.replace('{{ }}', '{{  }}')] });
  });

  test.each(['{{ .missing | default "x" }}', '{{ default "x" .missing }}'])(
    '%s where a missing key is an error: refused',
    (text) => {
      expect(goFilled(text, ['missingkey=error'])).toEqual({ obstacles: [text] });
    },
  );

  test('without an end: refused', () => {
    expect(goFilled('{{ .name')).toEqual({ obstacles: ['{{ without an end'] });
    expect(goFilled('{{ if .on }}a')).toEqual({ obstacles: ['{{ if }} without an end'] });
    expect(goFilled('{{ if .on }}a{{ else }}b')).toEqual({ obstacles: ['{{ else }} without an end'] });
  });

  test('what is not taken is not carried out', () => {
    expect(goFilled('{{ if .empty }}{{ .missing }}{{ range .nonsense }}{{ end }}{{ end }}a')).toBe('a');
  });

  test('a loop that would write too much: refused', () => {
    const loops = 'x'.repeat(20_000);
    const text = `{{ range .path.segments }}${'{{ range $.path.segments }}'.repeat(12)}${loops}${'{{ end }}'.repeat(13)}`;
    expect(goFilled(text)).toEqual({ obstacles: ['a template that becomes more than 1 MiB'] });
  });
});

describe('without goTemplate', () => {
  const texts = {
    name: 'cart',
    path: 'apps/cart',
    'path[0]': 'apps',
    'path.basename': 'cart',
    'values.a': 'x',
  };

  test.each([
    ['{{name}}-{{ path.basename }}', 'cart-cart'],
    ['{{path[0]}}/{{values.a}}', 'apps/x'],
    ['{{ .Release.Name }} stays, {{name}} does not', '{{ .Release.Name }} stays, cart does not'],
    ['{{constructor}}', '{{constructor}}'],
    ['{{\nname}}', '{{\nname}}'],
  ])('%s', (text, filled) => {
    const obstacles: string[] = [];
    expect([plainFill(text, texts, obstacles), obstacles]).toEqual([filled, []]);
  });

  test('an open end after a whole one: refused', () => {
    const obstacles: string[] = [];
    plainFill('{{name}} {{', texts, obstacles);
    expect(obstacles).toEqual(['{{ without an end']);
  });
});

test.each([
  [0, '0'],
  [100000, '100000'],
  [1000000, '1e+06'],
  [1.5, '1.5'],
  [0.00001, '1e-05'],
  [-2500000, '-2.5e+06'],
  [true, 'true'],
  [null, '<nil>'],
])('%s is printed as Go does: %s', (value, text) => {
  expect(goText(value)).toBe(text);
});

test('mappings and lists become dotted names', () => {
  expect(flattened({ a: { b: [1, { c: true }] }, d: 'x', e: {} })).toEqual({
    'a.b.0': '1',
    'a.b.1.c': 'true',
    d: 'x',
  });
});
