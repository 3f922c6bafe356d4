import fc from 'fast-check';
import { CORE_SCHEMA, dump, load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readPrinted, splitItems, UNUSUAL } from '../../src/cluster/printed-yaml.ts';

function oracle(text: string): unknown {
  return load(text, { schema: CORE_SCHEMA, json: true });
}

function read(text: string): unknown {
  return readPrinted(text, (scalar) => (oracle(`- ${scalar}`) as unknown[])[0]);
}

const POD = `apiVersion: v1
kind: Pod
metadata:
  annotations:
    checksum/config: 5f2e
    note: 'it''s quoted'
  creationTimestamp: "2026-01-31T12:00:00Z"
  labels:
    app.kubernetes.io/name: cart
  name: cart-7d9
  ownerReferences:
  - apiVersion: apps/v1
    controller: true
    name: cart-7d9
spec:
  containers:
  - args:
    - --port=8080
    - -v
    - http://example.test/a:b
    command:
      - sh
      - -c
      - |
        set -e

          exec server
    env: []
    image: registry.test:5000/cart:1.10
    ports:
      - containerPort: 8080
        hostIP:
    resources:
      limits: {cpu: 1}
  dnsPolicy: ClusterFirst
  nodeSelector: {}
  priority: -5
  terminationGracePeriodSeconds: 30

status:
  message: "line one\\nline \\"two\\""
  podIP: 10.244.1.3
  ratio: 1.50
  text: |-
    a: b
    # no comment
  version: ~
`;

describe('what programs print', () => {
  test('is read as js-yaml reads it', () => {
    const printed = POD.replace('limits: {cpu: 1}', 'limits:\n          cpu: 1');
    expect(read(printed)).not.toBe(UNUSUAL);
    expect(read(printed)).toEqual(oracle(printed));
  });

  test.each([
    ['plain', 'a: b c\n  d,\n  - e\nf: g\n'],
    ['quoted', '- \'it\'\'s\n  long\'\n- "and \\"this\\"\n  too"\n'],
    ['folded', 'a: >-\n  b\n  c\n\n\n  d\ne: >\n  f\n  g\n\n'],
    ['literal', 'a: |-\n\n  b\n    c\n\n  d\n\ne: f\n'],
  ])('long texts are read, when they are %s', (_how, text) => {
    expect(read(text)).not.toBe(UNUSUAL);
    expect(read(text)).toEqual(oracle(text));
  });

  test.each([
    ['a comment', 'a: 1 # one\n'],
    ['a comment line', '# one\na: 1\n'],
    ['a flow mapping', POD],
    ['an anchor', 'a: &x b\nc: *x\n'],
    ['an alias key', '<<: b\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a folded scalar with deeper lines', 'a: >\n  b\n    c\n  d\n'],
    ['a folded scalar that starts with a break', 'a: >\n\n  b\n'],
    ['a literal with an indicator', 'a: |2\n    b\n'],
    ['a literal that keeps its end', 'a: |+\n  b\n\n'],
    ['a scalar with a break in it', 'a: b\n\n  c\nd: e\n'],
    ['a quoted scalar with an escaped line end', 'a: "b\\\n  c"\n'],
    ['a complete scalar with something below it', 'a: "b"\n  c\n'],
    ['a scalar with a mapping below it', 'a: b\n  c: d\n'],
    ['a quoted key', '"a": 1\n'],
    ['a key that may be something else', 'null: 1\n'],
    ['a key that every object has', '__proto__: {}\n'],
    ['a key that is a question', '? a\n: b\n'],
    ['a tab', 'a:\tb\n'],
    ['another kind of line end', 'a: b\r\n'],
    ['an escape that JSON does not have', 'a: "\\x41"\n'],
    ['a sequence in a sequence', '- - a\n'],
    ['a scalar alone', 'a\n'],
    ['two values on a line', 'a: b: c\n'],
    ['a directive', '%YAML 1.1\n---\na: b\n'],
    ['an end of the document', 'a: b\n...\n'],
    ['lines that step out halfway', 'a:\n    b: c\n  d: e\n'],
    ['nothing', '\n'],
  ])('%s is left to the real parser', (_what, text) => {
    expect(read(text)).toBe(UNUSUAL);
  });

  const scalar = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.stringMatching(/^[-+.:#'" \n|>{}[\]&*!%@`,?0-9a-fox~]{0,8}$/),
    fc.constantFrom(
      'true',
      'null',
      'yes',
      '0755',
      '1e3',
      '.5',
      '2026-01-31',
      '10.1.2.3',
      '<<',
      'a\nb\n',
      ' a',
      'a\n\n  b',
    ),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const { document } = fc.letrec((tie) => ({
    document: fc.oneof(
      { maxDepth: 4 },
      scalar,
      fc.array(tie('document'), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-zA-Z_./-]{1,6}$/), tie('document'), { maxKeys: 4 }),
    ),
  }));

  test.each([
    ['js-yaml', (value: unknown) => dump(value)],
    [
      'js-yaml without indented lists',
      (value: unknown) => dump(value, { noArrayIndent: true, lineWidth: -1 }),
    ],
    ['yaml', (value: unknown) => stringify(value, { version: '1.1' })],
    ['yaml with long lines', (value: unknown) => stringify(value, { lineWidth: 0, indentSeq: false })],
  ])('by %s is read exactly or not at all', (_printer, print) => {
    let usual = 0;
    fc.assert(
      fc.property(document, (value) => {
        const text = print(value);
        const fast = read(text);
        if (fast === UNUSUAL) return;
        usual += 1;
        expect(fast).toEqual(oracle(text));
      }),
      { numRuns: 500 },
    );
    expect(usual).toBeGreaterThan(10);
  });

  test('and then damaged is read as the real parser reads it, or not at all', () => {
    const damage = fc.tuple(
      fc.nat(POD.length),
      fc.nat(6),
      fc.constantFrom('', ' ', '  ', '\n', '- ', ': ', '#', '"', "'", '|', '\n  ', '---\n', 'x'),
    );
    const printed = POD.replace('limits: {cpu: 1}', 'limits:\n          cpu: 1');
    fc.assert(
      fc.property(damage, ([at, length, insertion]) => {
        const text = printed.slice(0, at) + insertion + printed.slice(at + length);
        const fast = read(text);
        if (fast !== UNUSUAL) expect(fast).toEqual(oracle(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the items of a list', () => {
  const item = (name: string, indent: string): string =>
    `${indent}- kind: Pod\n${indent}  metadata:\n${indent}    name: ${name}\n${indent}    args:\n${indent}    - x\n`;

  test.each(['', '  '])('are cut apart at %j', (indent) => {
    const text = `apiVersion: v1\nitems:\n${item('a', indent)}${item('b', indent)}kind: List\nmetadata:\n  resourceVersion: ""\n`;
    const list = splitItems(text)!;
    expect(list.items).toEqual([item('a', indent), item('b', indent)]);
    expect(list.rest).toBe('apiVersion: v1\nkind: List\nmetadata:\n  resourceVersion: ""\n');
  });

  test('end with the text, or where another list begins', () => {
    expect(splitItems(`kind: List\nitems:\n${item('a', '')}`)!.items).toEqual([item('a', '')]);
    const text = `items:\n${item('a', '')}others:\n- b\n- c\n`;
    expect(splitItems(text)).toEqual({ start: 7, rest: 'others:\n- b\n- c\n', items: [item('a', '')] });
  });

  test('of something below the top, or none, are no list', () => {
    expect(splitItems('spec:\n  items:\n  - a\n')).toBeNull();
    expect(splitItems('items: []\n')).toBeNull();
  });
});
