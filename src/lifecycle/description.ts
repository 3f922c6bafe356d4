import { createHash } from 'node:crypto';
import { pullRequestBody } from '../pull-requests/body.ts';
import { boxesParagraph, splitBoxes, type Box } from '../pull-requests/boxes.ts';
import { evidenceKinds } from '../pull-requests/evidence-kinds.ts';
import { markerOf, printMarker, withMarker, withoutMarker, type Marker } from '../pull-requests/marker.ts';
import { writtenFiles, type Proposal } from '../model/proposal.ts';
import { pullRequestTitle } from '../pull-requests/title.ts';
import { watchedBy } from '../pull-requests/watched.ts';
import { plainText } from '../untrusted/prose.ts';
import { quietTime } from '../model/quiet-time.ts';
import { valuesSetIn } from '../model/change.ts';

/** Title and description as they would be written now. */
export interface Description {
  readonly title: string;
  readonly body: string;
  readonly marker: Marker;
}

export interface DescriptionInput {
  readonly proposal: Proposal;
  /** Our commit on the branch. */
  readonly head: string;
  /** Of the pull request as it is, or of the one that it follows; null for the first. What was known then stays known. */
  readonly earlier: Partial<Marker> | null;
  readonly now: number;
  readonly audit: Marker['audit'] | null;
  /** Whether the description has boxes. */
  readonly hasBoxes: boolean;
}

export function describe(input: DescriptionInput): Description {
  const { proposal, head, earlier, now, audit, hasBoxes } = input;
  const { finding } = proposal.incidents[0]!;
  const title = pullRequestTitle(proposal);
  const basic = markerOf(proposal);
  const set = valuesSetIn(finding.changes);
  const marker: Marker = {
    ...basic,
    fingerprints: union(earlier?.fingerprints, basic.fingerprints),
    subjects: subjectsOf(proposal, earlier),
    kinds: union(earlier?.kinds, kindsOf(proposal)),
    clusters: union(
      earlier?.clusters,
      proposal.incidents.map(({ cluster }) => cluster),
    ),
    proven: proposal.commit,
    head,
    edit: editHash(proposal),
    text: '0'.repeat(12),
    material: materialHash(proposal),
    written: now,
    since: Math.max(0, earlier?.since ?? finding.firstSeen),
    detected: earlier?.detected ?? now,
    ...((earlier ? earlier.foreseen : isForeseen(proposal)) && { foreseen: true }),
    quiet: quietTime(finding),
    ...watchedBy(proposal),
    ...(set.length === 0 ? {} : { set }),
    ...(audit ? { audit } : {}),
  };
  const text = withoutMarker(pullRequestBody(proposal, printMarker(marker)));
  const body = hasBoxes ? `${text}\n\n${boxesParagraph(boxesFor(proposal, head))}` : text;
  const signed = { ...marker, text: textHash(title, body) };
  return { title, body: withMarker(body, signed), marker: signed };
}

/** Each subject with the fingerprint that its incident had last. */
function subjectsOf(
  { incidents }: Proposal,
  earlier: Partial<Marker> | null,
): NonNullable<Marker['subjects']> {
  const now = incidents.map(({ subject, fingerprint }) => ({ subject, fingerprint }));
  const known = new Map([...(earlier?.subjects ?? []), ...now].map((one) => [one.subject, one]));
  return [...known.values()];
}

/** A draft is approved by nobody before a person has marked it as ready. */
function boxesFor({ decision }: Proposal, head: string): readonly Box[] {
  const box = (command: Box['command']): Box => ({ command, fingerprint: null, head: null });
  const isDraft = decision.draft || decision.action === 'escalate';
  return [...(isDraft ? [] : [{ ...box('approve'), head }]), box('retry'), box('rebuild'), box('snooze')];
}

/** Whether nothing fails yet. */
export function isForeseen({ incidents }: Pick<Proposal, 'incidents'>): boolean {
  return incidents.every(({ finding }) => finding.foresees === true);
}

/** Evidence kinds of all incidents of a proposal. */
export function kindsOf({ incidents }: Pick<Proposal, 'incidents'>): readonly string[] {
  return union(
    [],
    incidents.flatMap(({ finding }) => evidenceKinds(finding)),
  );
}

/** Names the files that a proposal writes, so that nobody has to fetch a branch to know what is on it. */
export function editHash(proposal: Pick<Proposal, 'located' | 'lessons'>): string {
  const files = [...writtenFiles(proposal)].map(([file, content]) => [file, content.toString('base64')]);
  return hashOf(files.sort(([a], [b]) => (a! < b! ? -1 : 1)));
}

/**
 * What a reader would decide by: the edit, what is done with it and why, what the failure is, how well it is proven, who else reports it. Not the
 * times, counters and quotes that every scan brings, so the numbers of a reason do not count either.
 */
export function materialHash(proposal: Proposal): string {
  const { decision, located, lessons } = proposal;
  const alerts = alertsIn(proposal);
  return hashOf([
    pullRequestTitle(proposal),
    located.diff,
    located.proof.status,
    located.proof.reason,
    located.proof.roots.map(({ root, changes }) => [root, changes.length]),
    decision.action,
    decision.draft,
    decision.policy,
    plainText(decision.reason).replace(/\d+(?:\.\d+)?/g, '#'),
    union(
      [],
      proposal.incidents.map(({ finding: { rule, cause } }) => `${rule}/${cause}`),
    ),
    ...(alerts.length > 0 ? [alerts] : []),
    ...(lessons ? [{ diff: lessons.diff, left: lessons.left.map(plainText) }] : []),
  ]);
}

/** Each once, however often it is told. */
function alertsIn({ incidents }: Proposal): readonly string[] {
  const evidence = incidents.flatMap(({ finding }) => finding.evidence);
  const alerts = evidence.filter(({ source }) => source === 'alert');
  return union(
    [],
    alerts.map(({ ref, text }) => `${ref} ${plainText(text)}`),
  );
}

/** Names a title and a description as they read, boxes and marker aside. */
export function textHash(title: string, body: string): string {
  return hashOf([
    title.trim(),
    splitBoxes(withoutMarker(body))
      .text.split('\n')
      .map((line) => line.trimEnd()),
  ]);
}

/** True when nobody has changed title or description since we wrote them. */
export function isAsWritten(title: string, body: string, marker: Marker): boolean {
  return marker.text === undefined || marker.text === textHash(title, body);
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}

/** In the order in which they came, the leading one in front. */
export function union(earlier: readonly string[] | undefined, now: readonly string[]): readonly string[] {
  return [...new Set([...(earlier ?? []), ...now])];
}
