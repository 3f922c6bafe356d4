/**
 * Keys of values that name a field in one word: `memoryLimits`, `limit_memory`, `MEM_LIMIT`, `maxReplicas`. A chart's author writes
 * it in whatever way, so a key is taken apart into words, in any order and any case.
 */
import type { FieldPath } from '../../kubernetes/field-path.ts';

/** Ways to write one word of a field; the others are read as they are written. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  memory: ['mem', 'ram'],
  limits: ['limit'],
  requests: ['request', 'req'],
  replicas: ['replica'],
  max: ['maximum'],
  min: ['minimum'],
  seconds: ['second', 'secs', 'sec'],
  version: ['ver'],
};

/** Words that say nothing more of a field than it says itself. */
const FILLERS = ['resources', 'resource', 'container', 'pod', 'count', 'number', 'num', 'of'];

/** Probes have the same fields, so that only the probe's name tells whose a key is. */
const PROBE = /^(liveness|readiness|startup)Probe$/;

/** The words that a key has to have to name the field; null for fields that a word alone does not name. */
export function wordsNaming(field: FieldPath): readonly string[] | null {
  const keys = field.filter((step) => typeof step === 'string');
  const [last, parent] = [keys.at(-1), keys.at(-2)];
  if (last === undefined || typeof field.at(-1) !== 'string') return null;
  if ((parent === 'limits' || parent === 'requests') && keys.at(-3) === 'resources')
    return [...wordsOf(last), parent];
  if (last === 'replicas') return field.length === 2 ? ['replicas'] : null;
  const probe = keys.map((key) => PROBE.exec(key)?.[1]).find((name) => name !== undefined);
  if (probe !== undefined) return [probe, ...wordsOf(last)];
  const words = wordsOf(last);
  return words.length > 1 ? words : null;
}

/** True when a key, or two keys one below the other, say these words and no others; names of what has the field may be among them. */
export function saysOnly(
  keys: readonly string[],
  words: readonly string[],
  names: ReadonlySet<string>,
): boolean {
  const text = keys.map(lettersOf).join('');
  const others = [...FILLERS, ...[...names].map(lettersOf)].filter((word) => word !== '');
  const isSaid = (rest: string, missing: readonly string[]): boolean => {
    if (rest === '') return missing.length === 0;
    for (const [index, word] of missing.entries())
      for (const spelling of [word, ...(SPELLINGS[word] ?? [])])
        if (rest.startsWith(spelling) && isSaid(rest.slice(spelling.length), missing.toSpliced(index, 1)))
          return true;
    return others.some((word) => rest.startsWith(word) && isSaid(rest.slice(word.length), missing));
  };
  return text.length <= LONGEST && isSaid(text, words);
}

/** Letters; longer keys are no names of fields. */
const LONGEST = 80;

/** `terminationGracePeriodSeconds`: termination, grace, period, seconds. */
function wordsOf(key: string): readonly string[] {
  return key
    .split(/(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase())
    .filter((word) => word !== '');
}

function lettersOf(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]/g, '');
}
