import { describeRef, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { quoted } from '../model/evidence.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import { COMPARE_RELEASES } from './leak.ts';
import type { Statement } from './statement.ts';

/** A line of a program's own log that says that its memory grows without end. */
export interface LogClaim {
  readonly line: string;
  readonly kind: 'leak' | 'unbounded' | 'growth';
}

const SAYS: Readonly<Record<LogClaim['kind'], Prose>> = {
  leak: prose`its log reports a memory leak`,
  unbounded: prose`its log says that it keeps data without bound`,
  growth: prose`its log shows a count of kept data that only rises`,
};

/** What such a line means; `clause` is the end of a sentence about the container. */
export function growthInLog(
  { kind, line }: LogClaim,
  pod: KubernetesObject,
  container: string,
): Statement & { readonly clause: Prose } {
  const quote = line.slice(0, 300);
  const ref = describeRef(refOf(pod));
  return {
    clause: SAYS[kind],
    says: prose`Before the kill the log of ${ref} says: ${quote} A higher limit only makes the time between two kills longer.`,
    evidence: [quoted('log', `${ref} ${container}`, null, quote)],
    advice: [prose`Follow the quoted log line in the program.`, COMPARE_RELEASES],
  };
}

const LEAK =
  /\bmemory[ -]?leaks?\b|\bleak(?:s|ed|ing)\b[^\n]{0,40}\b(?:memory|heap|bytes|objects?|buffers?)\b|\b(?:memory|heap|objects?|buffers?|goroutines?|listeners?)\b[^\n]{0,40}\bleak(?:s|ed|ing|age)?\b|\bLEAK:|\bleak (?:detected|suspected|suspect|found)\b/i;
const UNBOUNDED =
  /\bgrow(?:s|n|ing)? without (?:bounds?|limit|end)\b|\bunbounded (?:cache|growth|queue|buffer|map)\b|\b(?:cache|map|queue|buffer|entries|sessions?)\b[^\n]{0,40}\b(?:is |are )?(?:unbounded|unlimited|never (?:evicted|freed|released|expired?|cleared|flushed|pruned))\b|\b(?:without|no) (?:cache )?eviction\b|\beviction (?:is )?(?:disabled|off)\b|\bnever evicts?\b/i;
/** What speaks of leaks without saying that there is one. */
const HARMLESS =
  /\b(?:no|zero|0|without|fix(?:e[sd])?|prevents?|avoids?)\s+(?:known |more |any )?(?:memory )?leaks?\b|\bleak(?:age)?[ -]?(?:detection|detector|check(?:er|s)?|test|canary)\b(?![^\n]*\b(?:found|detected|suspected)\b)|\bleakDetection|\b(?:connections?|sockets?|file descriptors?|fds?)\b[^\n]{0,20}\bleak/i;

/** The newest line that says so; null when the log claims nothing. */
export function claimIn(log: string): LogClaim | null {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  for (const line of lines.toReversed()) {
    if (HARMLESS.test(line)) continue;
    if (LEAK.test(line)) return { line: line.trim(), kind: 'leak' };
    if (UNBOUNDED.test(line)) return { line: line.trim(), kind: 'unbounded' };
  }
  const grown = growthIn(lines);
  return grown === null ? null : { line: grown.trim(), kind: 'growth' };
}

const FEWEST_LINES = 5;
const LEAST_GROWTH = 1.5;
const KEPT =
  /\b(heap(?:[ _-]?used)?|rss|cache(?:d)?(?:[ _-]?(?:size|entries|items|objects))?|entries|retained|in[ -]?memory (?:objects|entries|sessions))\b[ =:]*(\d+(?:\.\d+)?)/i;
const WORK =
  /\b(?:load(?:ed|ing)?|index(?:ed|ing)?|import(?:ed|ing)?|warm(?:ed|ing)?|restor(?:ed|ing)|read(?:ing)?)\b/i;

/** A count of what is kept in memory that only ever rises, from line to line: its last line, or null. */
function growthIn(lines: readonly string[]): string | null {
  const series = new Map<string, { readonly line: string; readonly value: number }[]>();
  for (const line of lines) {
    const match = WORK.test(line) ? null : KEPT.exec(line);
    if (!match) continue;
    const word = match[1]!.toLowerCase();
    series.set(word, [...(series.get(word) ?? []), { line, value: Number(match[2]) }]);
  }
  for (const values of series.values()) {
    const rises = values.every(({ value }, index) => index === 0 || value > values[index - 1]!.value);
    const grown = values.at(-1)!.value >= LEAST_GROWTH * values[0]!.value;
    if (values.length >= FEWEST_LINES && rises && grown) return values.at(-1)!.line;
  }
  return null;
}
