import { describeRef, sameObject, type ObjectRef } from '../kubernetes/objects.ts';
import type { Change, Located } from '../model/located.ts';
import { confidenceOf, type Finding } from '../model/finding.ts';
import { inline } from '../untrusted/markdown.ts';
import { joinProse, ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';
import type { Proposal } from '../model/proposal.ts';
import { sentence } from './room.ts';
import { orderedChanges, siteLink } from './site.ts';
import { count, utc, utcMinutes } from './times.ts';
import { wordingOf } from '../model/change-wording.ts';

/** Enough for a phone: what broke, why, what this changes; then since when and how sure. */
export function headSection(proposal: Proposal): string {
  const { cluster, finding } = proposal.incidents[0]!;
  return [
    `**What broke:** ${sentence(finding.summary)}`,
    `**Why:** ${sentence(whyOf(finding))}`,
    `**This change:** ${changeSentence(proposal)}`,
    inline(occurrenceLine(cluster, finding)),
  ].join('\n\n');
}

/** Where, since when, how often, how sure. */
export function occurrenceLine(cluster: string, finding: Finding): Prose {
  const { firstSeen, lastSeen, occurrences } = finding;
  const [since, until] = [utcMinutes(firstSeen), utcMinutes(lastSeen)];
  const last = since.slice(0, 10) === until.slice(0, 10) ? until.slice(11) : until;
  const seen = occurrences === 1 ? ownText(', last seen at') : prose`; seen ${occurrences} times, last at`;
  return prose`Cluster ${cluster}, since ${utc(firstSeen)}${seen} ${last}. Confidence ${confidenceOf(finding.confidence).toFixed(2)}.`;
}

/** For escalations: a person has to think before this may be merged. */
export function draftBanner({ decision }: Proposal): string {
  const why = sentence(decision.reason);
  return decision.draft || decision.action === 'escalate'
    ? `> [!WARNING]\n> **A draft, because a person must decide.** ${why}`
    : '';
}

/** The first sentence of the root cause that does not just repeat the summary. */
export function whyOf({
  summary,
  rootCause,
  reason,
}: Pick<Finding, 'summary' | 'rootCause' | 'reason'>): Prose {
  const said = plainText(summary).replace(/[.\s]+$/, '');
  const first = firstSentence(rootCause);
  if (!plainText(first).startsWith(said)) return first;
  const following = firstSentence(afterFirstSentence(rootCause));
  return plainText(following).trim() === '' ? reason : following;
}

/** The end of a sentence within words of ours: `e.g.` is none. */
const SENTENCE_END = /(?<!\b(?:e\.g|i\.e|cf|vs))[.!?](?=\s|$)/;

function sentenceEnd(text: Prose): readonly [part: number, offset: number] | null {
  for (const [part, words] of text.parts.entries()) {
    const match = SENTENCE_END.exec(words);
    const endsText = part === text.parts.length - 1 || (match !== null && match.index + 1 < words.length);
    if (match !== null && endsText) return [part, match.index + 1];
  }
  return null;
}

export function firstSentence(text: Prose): Prose {
  const end = sentenceEnd(text);
  if (end === null) return text;
  const [part, offset] = end;
  return {
    parts: [...text.parts.slice(0, part), text.parts[part]!.slice(0, offset)],
    values: text.values.slice(0, part),
  };
}

export function afterFirstSentence(text: Prose): Prose {
  const end = sentenceEnd(text);
  if (end === null) return { parts: [''], values: [] };
  const [part, offset] = end;
  return {
    parts: [text.parts[part]!.slice(offset), ...text.parts.slice(part + 1)],
    values: text.values.slice(part),
  };
}

const CLAUSES = 3;

/** `raises the memory limit from … to … (file:line) and the memory request from … to … (line 16).` */
export function changeSentence(proposal: Proposal): string {
  const ordered = orderedChanges(proposal);
  const clauses = ordered
    .slice(0, CLAUSES)
    .map((change, index) => clause(change, ordered[index - 1], proposal));
  if (ordered.length > CLAUSES) clauses.push(count(ordered.length - CLAUSES, 'more field'));
  const last = clauses.pop()!;
  const changes = clauses.length === 0 ? last : `${clauses.join(', ')} and ${last}`;
  return `${whereOf(ordered, proposal.incidents[0]!.finding)}${changes}.${rootsSentence(proposal.located)}`;
}

const ROOTS_NAMED = 3;

/** A line behind several roots changes more than the one that failed: readers know it before they see the diff. */
function rootsSentence({ changes, proof }: Located): string {
  const isSameName = (one: ObjectRef, other: ObjectRef): boolean =>
    one.kind === other.kind && one.name === other.name;
  const changed = proof.roots.filter((root) =>
    root.changes.some((change) => changes.some(({ object }) => isSameName(object, change.object))),
  );
  const roots = [...new Set(changed.map(({ root }) => root))];
  if (roots.length < 2) return '';
  const named = roots.slice(0, ROOTS_NAMED).map((root) => inline(prose`${root}`));
  const more = roots.length - named.length;
  return ` It changes ${count(roots.length, 'root')}: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}

const VERBS: Readonly<Record<string, string>> = { raise: 'raises', lower: 'lowers', set: 'sets' };

function clause(change: Change, previous: Change | undefined, proposal: Proposal): string {
  const { what, from, to } = wordingOf(change);
  const verb = verbOf(change);
  const site = siteLink(change.site, proposal, previous?.site.file === change.site.file ? 'line' : 'file');
  const values = from === null ? prose`${to ?? ''}` : prose`from ${from} to ${to ?? ''}`;
  const noun = /^\w*replicas$/i.test(plainText(what)) ? what : prose`the ${what}`;
  const changed = to === null ? noun : prose`${noun} ${values}`;
  const place = change.site.likely === undefined ? site : `${site}, the likely line`;
  return `${previous !== undefined && verbOf(previous) === verb ? '' : `${verb} `}${inline(changed)} (${place})`;
}

function verbOf(change: Change): string {
  const { verb, from, to } = wordingOf(change);
  if (to === null) return 'removes';
  return from === null ? 'adds' : (VERBS[verb] ?? 'switches');
}

/**
 * The container and object that all changes are in, where the line on what broke has not said them; nothing where there are
 * several: then the diff tells.
 */
function whereOf(changes: readonly Change[], finding: Pick<Finding, 'object' | 'container'>): string {
  const [first, ...others] = changes.map((change) => ({
    object: change.object,
    container: wordingOf(change).container,
  }));
  if (first === undefined || !others.every(({ object }) => sameObject(object, first.object))) return '';
  const container = others.every((other) => other.container === first.container) ? first.container : null;
  const where = [
    container === null || container === finding.container ? null : prose`container ${container}`,
    sameObject(first.object, finding.object) ? null : prose`${describeRef(first.object)}`,
  ].filter((part) => part !== null);
  return where.length === 0 ? '' : `${inline(prose`in ${joinProse(where, ' of ')}:`)} `;
}
