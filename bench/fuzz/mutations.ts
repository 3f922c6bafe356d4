/** Changes of one object, none of which a reader may stumble over. */

export type Mutable = Record<string | number, unknown>;
export type Random = () => number;

export function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)]!;
}

/** A place in a value: what holds it, and under which key or index. */
interface Place {
  readonly parent: Mutable;
  readonly key: string | number;
  readonly path: string;
}

export function placesIn(root: unknown): readonly Place[] {
  const places: Place[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const parent = value as Mutable;
    const keys: readonly (string | number)[] = Array.isArray(value)
      ? value.map((_, index) => index)
      : Object.keys(value);
    for (const key of keys) {
      places.push({ parent, key, path: `${path}.${key}` });
      visit(parent[key], `${path}.${key}`);
    }
  };
  visit(root, '');
  return places;
}

function deep(levels: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Values of every kind and of every size, in every place. */
const ODD: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => false,
  ...[0, -1, 1.5, 1e308, -1e308, 2 ** 31, 2 ** 53, Number.MIN_VALUE].map((number) => () => number),
  ...[
    '',
    ' ',
    'x',
    '0',
    '-1',
    'NaN',
    '1e999',
    '0x10',
    '1Zi',
    '-5Mi',
    '..',
    '../..',
    '%2e%2e',
    'a/b',
    '{{ .x }}',
    '$(X)',
    '<!-- x -->',
    '@all',
  ].map((text) => () => text),
  ...['9999-12-31T23:59:59Z', '0000-01-01T00:00:00Z', '2026-02-30T25:61:00Z', 'yesterday', '2026-03-11'].map(
    (text) => () => text,
  ),
  ...['\ud800', 'a\udfffb', '\u0000', '\u2028', '\u202e', '\ufeff', '\u001b[31m', '😀', 'ﷺ'].map(
    (text) => () => text,
  ),
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length'].map((text) => () => text),
  () => 'x'.repeat(100_000),
  () => 'a b '.repeat(10_000),
  () => [],
  () => ({}),
  () => [null],
  () => [[]],
  () => [{}],
  () => [1, 'a', null, {}],
  () => ({ '': null }),
  () => ({ name: {}, key: [] }),
  () => JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": []}}') as unknown,
  () => deep(30),
  () => deep(300),
  () => Array.from({ length: 3000 }, (_, index) => ({ name: `n${index}` })),
];

const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  '',
  ' ',
  'a\ud800',
  'x.y/z',
  'k'.repeat(400),
  '0',
  '\u2028',
];

type Mutation = (place: Place, places: readonly Place[], random: Random) => void;

/** `Object.defineProperty`, since `__proto__` would be set and not be there. */
function put(parent: Mutable, key: string | number, value: unknown): void {
  Object.defineProperty(parent, key, { value, writable: true, enumerable: true, configurable: true });
}

function copy(value: unknown): unknown {
  return value === undefined ? undefined : structuredClone(value);
}

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  odd: ({ parent, key }, _places, random) => put(parent, key, pick(ODD, random)()),
  // Twice as often as the others, since most mistakes are of this kind.
  'odd again': ({ parent, key }, _places, random) => put(parent, key, pick(ODD, random)()),
  null: ({ parent, key }) => put(parent, key, null),
  removed: ({ parent, key }) => {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
  },
  'in a list': ({ parent, key }) => put(parent, key, [parent[key]]),
  'in a mapping': ({ parent, key }) => put(parent, key, { value: parent[key] }),
  unwrapped: ({ parent, key }) => {
    const value = parent[key];
    if (typeof value === 'object' && value !== null) put(parent, key, Object.values(value)[0] ?? null);
  },
  'as text': ({ parent, key }) => put(parent, key, JSON.stringify(parent[key]) ?? ''),
  'of elsewhere': ({ parent, key }, places, random) => {
    const other = pick(places, random);
    put(parent, key, copy(other.parent[other.key]));
  },
  repeated: ({ parent, key }) => {
    if (Array.isArray(parent)) parent.push(copy(parent[Number(key)]));
    else put(parent, key, [parent[key], copy(parent[key])]);
  },
  'under another key': ({ parent, key }, _places, random) => {
    if (Array.isArray(parent)) return;
    const value = parent[key];
    delete parent[key];
    put(parent, pick(KEYS, random), value);
  },
  'beside more': ({ parent }, _places, random) => {
    if (!Array.isArray(parent)) put(parent, pick(KEYS, random), pick(ODD, random)());
  },
};

/** Changes the object in one to three places. Answers what was done where. */
export function mutate(object: Mutable, random: Random): string {
  const done: string[] = [];
  const times = 1 + Math.floor(random() ** 3 * 3);
  for (let time = 0; time < times; time += 1) {
    const places = placesIn(object);
    if (places.length === 0) break;
    const place = pick(places, random);
    const name = pick(Object.keys(MUTATIONS), random);
    MUTATIONS[name]!(place, places, random);
    done.push(`${place.path.slice(0, 150)} ${name}`);
  }
  return done.join(', ');
}

/** Bytes of a text that are changed, removed or repeated: what a broken disk or a hurried person leaves. */
export function garble(text: string, random: Random): string {
  const at = Math.floor(random() * text.length);
  const length = 1 + Math.floor(random() ** 4 * 200);
  const pieces = [
    '',
    ' ',
    '\n',
    '\t',
    ':',
    '- ',
    '"',
    "'",
    '{',
    ']',
    '&a ',
    '*a',
    '!!binary ',
    '|',
    '\u0000',
    '\u2028',
    '---\n',
    '# ',
  ];
  const middle = random() < 0.2 ? text.slice(at, at + length).repeat(2) : pick(pieces, random);
  return text.slice(0, at) + middle + text.slice(at + length);
}
