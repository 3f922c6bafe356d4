/** What the generators of an ApplicationSet hand to its template: texts by dotted names, or with `goTemplate` any values. */
import { isRecord } from '../../kubernetes/objects.ts';
import { isEmpty, type Obstacles } from './fields.ts';

export type Parameters = Readonly<Record<string, unknown>>;

/** A text with the parameters filled in. What cannot be followed is an obstacle. */
export type Fill = (text: string, parameters: Parameters, obstacles: Obstacles) => string;

/** A scalar as Go prints it (`%v`); null for lists and mappings. Numbers that were read from YAML or JSON are floats there. */
export function goText(value: unknown): string | null {
  if (value === null) return '<nil>';
  if (typeof value === 'string' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  const [, digits, sign, power] = /^(.*)e([+-])(\d+)$/.exec(value.toExponential())!;
  const exponent = Number(`${sign}${power}`);
  return exponent < -4 || exponent >= 6 ? `${digits}e${sign}${power!.padStart(2, '0')}` : String(value);
}

/** `{a: {b: [1]}}` as `a.b.0`: `1`. */
export function flattened(value: Parameters, prefix = ''): Readonly<Record<string, string>> {
  const entries = Object.entries(value).flatMap(([key, each]): (readonly [string, string])[] => {
    const name = `${prefix}${key}`;
    if (isRecord(each) || Array.isArray(each)) return Object.entries(flattened({ ...each }, `${name}.`));
    const text = goText(each);
    return text === null ? [] : [[name, text]];
  });
  return Object.fromEntries(entries);
}

/** Every text in a value filled in, keys too. */
export function filledIn(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === 'string') return fill(value);
  if (Array.isArray(value)) return value.map((each) => filledIn(each, fill));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [fill(key), filledIn(each, fill)]));
}

/** `below` with the values of `above` over its own; mappings are united. */
export function united(below: Parameters, above: Parameters, obstacles: Obstacles): Parameters {
  const result = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const other = result.get(key);
    if (isRecord(other) && isRecord(value)) result.set(key, united(other, value, obstacles));
    else {
      // Whether an empty value wins depends on the version and on the kind of the value.
      if (isEmpty(value) && !isEmpty(other))
        obstacles.push(`generators that differ in ${key}, which one leaves empty`);
      result.set(key, value);
    }
  }
  return Object.fromEntries(result);
}

/** The text of a name in DNS that Argo CD makes: `normalize`, `path.basenameNormalized`. */
export function normalized(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^-a-z0-9.]/g, '-')
    .slice(0, 253)
    .replace(/^[-.]+|[-.]+$/g, '');
}

/** Characters of one template, and of its result. */
export const LONGEST_TEXT = 32 * 2 ** 10;

/** True, and said, where a text is too long to be filled in: a few braces can make much of it. */
export function isTooLong(text: string, obstacles: Obstacles): boolean {
  if (text.length <= LONGEST_TEXT) return false;
  obstacles.push(`a template of more than ${LONGEST_TEXT / 2 ** 10} KiB`);
  return true;
}

/** Without `goTemplate`: `{{name}}` for what there is, everything else stays as it is. */
export const plainFill: Fill = (text, parameters, obstacles) => {
  if (!text.includes('{{') || isTooLong(text, obstacles) || !/\{\{.*\}\}/.test(text)) return text;
  const filled = text.replace(/\{\{(.*?)\}\}/gs, (written, tag: string) => {
    const value = Object.hasOwn(parameters, tag.trim()) ? parameters[tag.trim()] : undefined;
    return typeof value === 'string' ? value : written;
  });
  if (text.lastIndexOf('{{') > text.lastIndexOf('}}')) obstacles.push('{{ without an end');
  return filled;
};
