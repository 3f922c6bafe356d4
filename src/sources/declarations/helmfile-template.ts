/**
 * Templates of helmfile (https://helmfile.readthedocs.io/en/latest/templating_funcs/): those that need nothing but the values of an
 * environment. What an action takes from whoever runs helmfile (`env`, `exec`, …) is not known.
 */
import { isRecord } from '../../kubernetes/objects.ts';
import type { Obstacles } from './fields.ts';
import type { Call } from './go-expression.ts';
import { comparisonsBy, FUNCTIONS, isTrue } from './go-functions.ts';
import { goTemplate } from './go-template.ts';
import { standIn } from './unknowns.ts';

/** What is met that is not known; its place among them is that of its stand-in. */
export type Unknowns = string[];

export interface Filling {
  readonly file: string;
  readonly unknowns: Unknowns;
  /** What stands in the way of the file as a whole. */
  readonly obstacles: Obstacles;
  /** A file of the repository, from where the helmfile is; undefined for one that is not there. */
  readonly read: (path: string) => string | undefined;
  /** What speaks of a release stays as it is, until the release is known. */
  readonly leavesReleases?: boolean;
}

/** In characters. */
const LONGEST_TEMPLATE = 128 * 2 ** 10;

/** A file's text, or a part of it, with its actions carried out. */
export function filledHelmfile(
  text: string,
  data: unknown,
  { file, unknowns, obstacles, read, leavesReleases = false }: Filling,
): string {
  if (!text.includes('{{')) return text;
  if (text.length > LONGEST_TEMPLATE) {
    obstacles.push(`${file}, a template of more than ${LONGEST_TEMPLATE / 2 ** 10} KiB`);
    return text;
  }
  const placed = (action: string): string => `{{ ${action} }} at ${file}:${lineOf(text, action)}`;
  const refused: Obstacles = [];
  const filled = goTemplate(
    text,
    data,
    {
      isStrict: true,
      functions: { ...HELMFILE_FUNCTIONS, ...reading(read) },
      print: printed,
      standIn: (action) => {
        if (leavesReleases && /\.Release\b/.test(action)) return `{{ ${action} }}`;
        const what = placed(action);
        const known = unknowns.indexOf(what);
        return standIn(known >= 0 ? known : unknowns.push(what) - 1);
      },
    },
    refused,
  );
  obstacles.push(...refused.map((one) => placed(one.replace(/^\{\{ | \}\}$/g, ''))));
  return filled;
}

/** From 1; that of the first action with these words. */
function lineOf(text: string, action: string): number {
  const at = text.indexOf(action);
  return text.slice(0, Math.max(at, 0)).split('\n').length;
}

/** helmfile reads integers as such. */
function printed(value: unknown): string | null {
  return ['string', 'boolean'].includes(typeof value) || Number.isSafeInteger(value) ? String(value) : null;
}

function isEqual(one: unknown, other: unknown): boolean | undefined {
  const isPlain = ['string', 'number', 'boolean'].includes(typeof one);
  return isPlain && typeof one === typeof other ? one === other : undefined;
}

const HELMFILE_FUNCTIONS: Readonly<Record<string, Call>> = {
  ...FUNCTIONS,
  ...comparisonsBy(isEqual),
  get: (values) => got(values, undefined),
  getOrNil: (values) => got(values, null),
  required: ([message, value, ...more]) =>
    more.length > 0 || typeof message !== 'string' || !isTrue(value) ? undefined : value,
  toString: ([value, ...more]: readonly unknown[]) =>
    more.length > 0 ? undefined : (printed(value) ?? undefined),
  quote: ([value, ...more]: readonly unknown[]) => {
    const text = more.length > 0 ? null : printed(value);
    return text !== null && /^[\x20-\x7e]*$/.test(text) ? JSON.stringify(text) : undefined;
  },
};

function reading(read: Filling['read']): Readonly<Record<string, Call>> {
  return {
    readFile: ([path, ...more]) => (more.length > 0 || typeof path !== 'string' ? undefined : read(path)),
  };
}

/** `get "a.b" values`, or `get "a.b" otherwise values`. */
function got(values: readonly unknown[], missing: null | undefined): unknown {
  const [path, source] = [values[0], values.at(-1)];
  if (typeof path !== 'string' || values.length < 2 || values.length > 3) return undefined;
  let here: unknown = source;
  for (const key of path.split('.')) {
    if (!isRecord(here) || !Object.hasOwn(here, key)) return values.length === 3 ? values[1] : missing;
    here = here[key];
  }
  return here;
}
