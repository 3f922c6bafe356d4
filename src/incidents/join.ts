import { describeRef, objectKey, type ObjectRef } from '../kubernetes/objects.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import { joinProse, ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';
import type { Found, Judged } from './arbitrate.ts';
import { isOwnFault } from './fingerprint.ts';

/** Quotes of an incident that several findings make: more are not read. */
const MOST_EVIDENCE = 16;
/** Objects that a sentence names; it counts the others. */
const MOST_NAMED = 3;

/** Findings with one fault as one: the first tells it, and all others add what they affect, quote and want. */
export function joined(members: readonly Found[]): Found {
  const [leading, ...others] = members as readonly [Found, ...Found[]];
  if (others.length === 0) return leading;
  const findings = members.map(({ finding }) => finding);
  const symptoms = members.map(({ symptom }) => symptom);
  const { finding } = leading;
  const affected = distinctObjects(findings.flatMap((one) => one.affected));
  const fewer = affected.filter((object) => objectKey(object) !== objectKey(finding.object));
  return {
    symptom: { ...leading.symptom, seenOn: distinctObjects(symptoms.flatMap(({ seenOn }) => seenOn)) },
    finding: {
      ...finding,
      affected,
      summary: fewer.length === 0 ? finding.summary : andMore(finding.summary, fewer.length),
      rootCause:
        fewer.length === 0
          ? finding.rootCause
          : prose`${finding.rootCause} The same happens to ${namesOf(fewer)}.`,
      evidence: withQuotes(finding.evidence, others),
      changes: distinct(
        findings.flatMap(({ changes }) => changes),
        ({ object, field }) => `${objectKey(object)} ${field.text}`,
      ),
      guards: distinct(
        findings.flatMap(({ guards }) => guards),
        ({ kind, reason }) => `${kind} ${plainText(reason)}`,
      ),
      blames: distinct(
        findings.flatMap(({ blames = [] }) => blames),
        ({ object, field }) => `${objectKey(object)} ${field}`,
      ),
      firstSeen: Math.min(...findings.map(({ firstSeen }) => firstSeen)),
      lastSeen: Math.max(...findings.map(({ lastSeen }) => lastSeen)),
      occurrences: findings.reduce((sum, { occurrences }) => sum + occurrences, 0),
    },
  };
}

/** `Container web of Deployment pier/a cannot …, and 29 more objects fail alike.` */
function andMore(summary: Prose, others: number): Prose {
  const end = summary.parts.at(-1)!.replace(/\.\s*$/, '');
  const clause: Prose = { ...summary, parts: [...summary.parts.slice(0, -1), end] };
  const fail = others === 1 ? 'object fails' : 'objects fail';
  return prose`${clause}, and ${others} more ${ownText(fail)} alike.`;
}

/** The finding with what it explains: the followers' objects are affected, and the first quote of each is evidence. */
export function withFollowers(finding: Finding, followers: readonly Judged[]): Finding {
  if (followers.length === 0) return finding;
  const objects = distinctObjects(followers.flatMap((one) => [one.finding.object, ...one.finding.affected]));
  const affected = distinctObjects([
    ...(isOwnFault(finding) ? [] : finding.affected),
    ...objects.filter((object) => objectKey(object) !== objectKey(finding.culprit)),
  ]);
  const leaves = objects.filter((object) => objectKey(object) !== objectKey(finding.object));
  const fail = ownText(leaves.length === 1 ? 'fails' : 'fail');
  return {
    ...finding,
    affected,
    rootCause:
      leaves.length === 0
        ? finding.rootCause
        : prose`${finding.rootCause} ${namesOf(leaves)} ${fail} because of it.`,
    evidence: withQuotes(finding.evidence, followers),
  };
}

function namesOf(objects: readonly ObjectRef[]): Prose {
  const named = objects.slice(0, MOST_NAMED).map((object) => prose`${describeRef(object)}`);
  const more = objects.length - named.length;
  if (more > 0) return prose`${joinProse(named, ', ')} and ${ownText(`${more} more`)}`;
  return named.length === 1 ? named[0]! : prose`${joinProse(named.slice(0, -1), ', ')} and ${named.at(-1)!}`;
}

/** The own quotes, and the first of each other finding that says something else. */
function withQuotes(own: readonly Evidence[], others: readonly Found[]): readonly Evidence[] {
  const first = others.flatMap(({ finding }) => finding.evidence.slice(0, 1));
  return distinct([...own, ...first], ({ source, text }) => `${source} ${plainText(text)}`).slice(
    0,
    Math.max(own.length, MOST_EVIDENCE),
  );
}

function distinctObjects(objects: readonly ObjectRef[]): readonly ObjectRef[] {
  return distinct(objects, objectKey);
}

function distinct<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const kept = new Map<string, T>();
  for (const item of items) if (!kept.has(keyOf(item))) kept.set(keyOf(item), item);
  return [...kept.values()];
}
