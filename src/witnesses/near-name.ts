import { distance } from 'fastest-levenshtein';

/** How a live name resembles the one that a reference asks for. */
export type Relation = 'version' | 'spelling' | 'extra-word';

/**
 * How two names of objects are related, null when they are not. Names are split at `-`, `.` and `_`, and there is exactly one step
 * between them:
 *
 * - `version`: equal but for words that look like versions (`secrets-2.16.4-1` and `secrets-2.17.1-1`, `app-config` and `app-config-v2`).
 * - `spelling`: the same words in another order, or one word is abbreviated, plural, a known synonym or one letter off
 *   (`app-config` and `app-configuration`, `db-credentials` and `database-credentials`).
 * - `extra-word`: one has one more word at its start or end, and that word is part of `context` (names of the workload and its
 *   namespace) or only says what the object is (`curator-config` and `ccsm-curator-config` for CronJob `ccsm-curator`). Other words, such as
 *   `-backup`, `-staging` or `-readonly`, make another object.
 */
export function relationOf(wanted: string, live: string, context: readonly string[]): Relation | null {
  if (wanted === live) return null;
  const [a, b] = [wordsOf(wanted), wordsOf(live)];
  const [stemA, stemB] = [a.filter((word) => !isVersion(word)), b.filter((word) => !isVersion(word))];
  if (stemA.length === 0 || stemB.length === 0) return null;
  // One step only: what is spelt differently must have the same versions.
  const sameVersion = same(a.filter(isVersion), b.filter(isVersion));
  if (!sameVersion) return same(stemA, stemB) ? 'version' : null;
  if (same([...stemA].sort(), [...stemB].sort()) || stemA.join('') === stemB.join('')) return 'spelling';
  if (stemA.length === stemB.length) {
    const different = stemA.flatMap((word, index) =>
      word === stemB[index] ? [] : [[word, stemB[index]!] as const],
    );
    return different.length === 1 && sameWord(...different[0]!) ? 'spelling' : null;
  }
  const [short, long] = stemA.length < stemB.length ? [stemA, stemB] : [stemB, stemA];
  if (long.length !== short.length + 1) return null;
  const extra = same(long.slice(1), short) ? long[0]! : same(long.slice(0, -1), short) ? long.at(-1)! : null;
  if (extra === null || short.every((word) => KIND_WORDS.has(word))) return null;
  return KIND_WORDS.has(extra) || context.some((name) => wordsOf(name).includes(extra)) ? 'extra-word' : null;
}

/** Whole names of four letters or more that are one letter apart, or have two neighbouring letters swapped: `fast-sdd` and `fast-ssd`. Other numbers are no slip. */
export function isOneSlip(a: string, b: string): boolean {
  const letters = (name: string): string => name.replaceAll(/\d/g, '');
  if (Math.min(a.length, b.length) < 4 || letters(a) === letters(b)) return false;
  return distance(a, b) === 1 || isSwapped(a, b);
}

/** Words that say what an object is, not which one. */
const KIND_WORDS = new Set([
  'cm',
  'config',
  'configmap',
  'configs',
  'configuration',
  'conf',
  'settings',
  'secret',
  'secrets',
  'creds',
  'credentials',
  'env',
  'environment',
  'files',
  'data',
]);

const SYNONYMS: readonly (readonly string[])[] = [
  ['config', 'conf', 'cfg', 'configuration', 'configmap', 'settings'],
  ['credentials', 'credential', 'creds', 'cred'],
  ['db', 'database'],
  ['env', 'environment'],
  ['props', 'properties'],
  ['postgres', 'postgresql', 'pg'],
  ['mongo', 'mongodb'],
  ['k8s', 'kubernetes'],
  ['auth', 'authentication'],
];

function wordsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split(/[-._]+/)
    .filter((word) => word !== '');
}

/** `2`, `v3`, `rev12`, `20240131`, `rc1`. */
function isVersion(word: string): boolean {
  return /^(?:v|r|rev|rc|version)?\d+$/.test(word);
}

function sameWord(a: string, b: string): boolean {
  if (SYNONYMS.some((group) => group.includes(a) && group.includes(b))) return true;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (/\d/.test(a + b)) return false;
  if (long === `${short}s` || (short.length >= 4 && long.startsWith(short))) return true;
  return short.length >= 5 && (distance(short, long) === 1 || isSwapped(short, long));
}

/** Two neighbouring letters changed places. */
function isSwapped(a: string, b: string): boolean {
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  return a.length === b.length && a.slice(0, at) + a[at + 1] + a[at] + a.slice(at + 2) === b;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}
