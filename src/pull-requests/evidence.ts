import { heading, folded, item, list, type Block, type Item } from '../model/block.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Proposal } from '../model/proposal.ts';
import { ownText, plainText, prose, untrusted } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { count, NO_TIME, utcMinutes } from '../kubernetes/times.ts';

/** Observations in the open, each of another source, and how long their quotations are, in lines and in characters of a line. */
const MOST = 4;
const LINES = 3;
const QUOTE = 240;

/** The observations that tell most; {@link moreEvidence} has the others. */
export function evidenceSection(proposal: Proposal): readonly Block[] {
  return evidenceBlocks(telling(proposal).map((one) => ({ ...one, text: short(one) })));
}

/** The other observations, whole, and the chart. */
export function moreEvidence(proposal: Proposal): readonly Block[] {
  const { evidence, chart } = proposal.incidents[0]!.finding;
  const shown = telling(proposal);
  const others = evidence.filter((one) => !shown.includes(one));
  const names = [
    ...(others.length === 0 ? [] : [count(others.length, 'more observation')]),
    ...(chart === null ? [] : ['chart']),
  ];
  return folded(`Evidence: ${names.join(', ')}`, [
    ...evidenceList(others),
    ...(chart === null ? [] : [{ kind: 'chart', chart } as const]),
  ]);
}

/** Quoted observations, oldest first; those without a time last. Where all were seen on one day, it is named once. */
export function evidenceBlocks(evidence: readonly Evidence[], most = Infinity): readonly Block[] {
  const day = commonDay(evidence);
  return evidence.length === 0
    ? []
    : [
        heading(day === null ? 'Evidence (UTC)' : prose`Evidence (${day} UTC)`),
        ...evidenceList(evidence, most),
      ];
}

function evidenceList(evidence: readonly Evidence[], most = Infinity): readonly Block[] {
  const day = commonDay(evidence);
  const sorted = [...evidence].sort((a, b) => order(a.at) - order(b.at));
  return list(
    sorted.map((one) => evidenceItem(one, day)),
    most,
  );
}

function evidenceItem({ at, source, ref, text }: Evidence, day: string | null): Item {
  const time = utcMinutes(at);
  const when = time === NO_TIME ? null : prose`${day === null ? time : time.replace(`${day} `, '')}`;
  // The ref of an alert is one of our names for sources.
  const who =
    source === 'alert'
      ? prose`${ownText(ref)} reports:`
      : prose`${ownText(source.replace('-', ' '))}, ${ref}:`;
  return item(who, { lead: when, quote: text });
}

function commonDay(evidence: readonly Evidence[]): string | null {
  const days = new Set(
    evidence.map(({ at }) => utcMinutes(at).slice(0, 10)).filter((day) => day !== NO_TIME),
  );
  return days.size === 1 ? [...days][0]! : null;
}

/**
 * The first observation of each source that says something new: not the root cause's own words, nor the commit that
 * was named above, the value that the diff shows, or how another observation ends.
 */
function telling({ incidents, introducedBy, located }: Proposal): readonly Evidence[] {
  const shown: Evidence[] = [];
  const named = introducedBy?.sha.slice(0, 8);
  const values = located.changes.map(({ field, before }) => `${field.text.split('.').at(-1)}: ${before}`);
  const { evidence, rootCause } = incidents[0]!.finding;
  for (const one of evidence) {
    const text = plainText(one.text);
    const isSaid =
      plainText(rootCause).includes(text) ||
      (one.source === 'git' && one.ref === named) ||
      (one.source === 'object' && values.some((value) => text.includes(value))) ||
      shown.some((other) => other.source === one.source || plainText(other.text).includes(text.slice(-TAIL)));
    if (!isSaid && shown.length < MOST) shown.push(one);
  }
  return shown;
}

/** Messages are wrapped from the outside, so that one error ends alike wherever it is quoted. */
const TAIL = 30;

/** A log's first line says what it is about, and its last ones tell most. */
function short({ text }: Evidence): Evidence['text'] {
  const lines = plainText(text)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const left = lines.length - LINES;
  const shown = left > 0 ? [lines[0]!, `… ${count(left, 'more line')}`, ...lines.slice(1 - LINES)] : lines;
  return untrusted(shown.map((line) => shortened(line, QUOTE)).join('\n'));
}

function order(at: number | null): number {
  return at ?? Number.MAX_SAFE_INTEGER;
}
