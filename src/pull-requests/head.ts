import { describeRef, sameObject, type ObjectRef } from '../kubernetes/objects.ts';
import { paragraph, type Block } from '../model/block.ts';
import { wordingOf } from '../model/change-wording.ts';
import type { Finding } from '../model/finding.ts';
import type { PlacedChange } from '../model/change.ts';
import type { Located } from '../model/located.ts';
import type { Proposal } from '../model/proposal.ts';
import { joinProse, ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';
import { afterFirstSentence, firstSentence, isBlank } from '../untrusted/sentences.ts';
import { orderedChanges, siteLink } from './site.ts';
import { count } from '../kubernetes/times.ts';

/** Enough for a phone: what broke, why, what this changes. */
export function headSection(proposal: Proposal): readonly Block[] {
  const { finding } = proposal.incidents[0]!;
  return [
    paragraph(finding.summary, finding.foresees ? 'What will break:' : 'What broke:'),
    paragraph(whyOf(finding), 'Why:'),
    { kind: 'paragraph', line: { lead: ownText('This change:'), text: changeSentence(proposal) } },
  ];
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
  return isBlank(following) ? reason : following;
}
const CLAUSES = 3;

/** `raises the memory limit from … to … (file:line) and the memory request from … to … (line 16).` */
function changeSentence(proposal: Proposal): Prose {
  const ordered = orderedChanges(proposal);
  const clauses = ordered
    .slice(0, CLAUSES)
    .map((change, index) => clause(change, ordered[index - 1], proposal));
  if (ordered.length > CLAUSES) clauses.push(ownText(count(ordered.length - CLAUSES, 'more field')));
  const last = clauses.pop()!;
  const changes = clauses.length === 0 ? last : prose`${joinProse(clauses, ', ')} and ${last}`;
  return prose`${whereOf(ordered, proposal.incidents[0]!.finding)}${changes}.${rootsSentence(proposal.located)}`;
}

const ROOTS_NAMED = 3;

/** A line behind several roots changes more than the one that failed: readers know it before they see the diff. */
function rootsSentence(located: Located): Prose {
  const roots = rootsChanged(located);
  if (roots.length < 2) return ownText('');
  const named = joinProse(
    roots.slice(0, ROOTS_NAMED).map((root) => prose`${root}`),
    ', ',
  );
  const more = roots.length - ROOTS_NAMED;
  return prose` It changes ${ownText(count(roots.length, 'root'))}: ${named}${ownText(more > 0 ? ` and ${more} more` : '')}.`;
}

/** The roots in which the intended fields change, whatever else does. */
export function rootsChanged({ changes, proof }: Pick<Located, 'changes' | 'proof'>): readonly string[] {
  const isSameName = (one: ObjectRef, other: ObjectRef): boolean =>
    one.kind === other.kind && one.name === other.name;
  const changed = proof.roots.filter((root) =>
    root.changes.some((change) => changes.some(({ object }) => isSameName(object, change.object))),
  );
  return [...new Set(changed.map(({ root }) => root))];
}

const VERBS: Readonly<Record<string, string>> = { raise: 'raises', lower: 'lowers', set: 'sets' };

function clause(change: PlacedChange, previous: PlacedChange | undefined, proposal: Proposal): Prose {
  const { what, from, to } = wordingOf(change);
  const verb = verbOf(change);
  const site = siteLink(change.site, proposal, previous?.site.file === change.site.file ? 'line' : 'file');
  const values = from === null ? prose`${to ?? ''}` : prose`from ${from} to ${to ?? ''}`;
  const noun = /^\w*replicas$/i.test(plainText(what)) ? what : prose`the ${what}`;
  const changed = to === null ? noun : prose`${noun} ${values}`;
  const place = change.site.likely === undefined ? prose`${site}` : prose`${site}, the likely line`;
  const isSameVerb = previous !== undefined && verbOf(previous) === verb;
  return prose`${ownText(isSameVerb ? '' : `${verb} `)}${changed} (${place})`;
}

function verbOf(change: PlacedChange): string {
  const { verb, from, to } = wordingOf(change);
  if (to === null) return 'removes';
  return from === null ? 'adds' : (VERBS[verb] ?? 'switches');
}

/**
 * The container and object that all changes are in, where the line on what broke has not said them; nothing where there are
 * several: then the diff tells.
 */
function whereOf(changes: readonly PlacedChange[], finding: Pick<Finding, 'object' | 'container'>): Prose {
  const [first, ...others] = changes.map((change) => ({
    object: change.object,
    container: wordingOf(change).container,
  }));
  if (first === undefined || !others.every(({ object }) => sameObject(object, first.object)))
    return ownText('');
  const container = others.every((other) => other.container === first.container) ? first.container : null;
  const where = [
    container === null || container === finding.container ? null : prose`container ${container}`,
    sameObject(first.object, finding.object) ? null : prose`${describeRef(first.object)}`,
  ].filter((part) => part !== null);
  return where.length === 0 ? ownText('') : prose`in ${joinProse(where, ' of ')}: `;
}
