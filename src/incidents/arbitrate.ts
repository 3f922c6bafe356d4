import { objectKey, sameObject } from '../kubernetes/objects.ts';
import { confidenceOf, type Finding, type RuledOut, type Symptom } from '../model/finding.ts';
import { PHASES } from '../model/phase.ts';
import { ownText, prose } from '../untrusted/prose.ts';

/** A finding with what led to it. */
export interface Found {
  readonly symptom: Symptom;
  readonly finding: Finding;
}

/** A finding that stands, and those that it explains. */
export interface Judged extends Found {
  readonly followers: readonly Finding[];
}

/** A cause with less confidence is a guess: it leads nothing that is proven. */
const PROVEN = 0.6;

/**
 * Decides between findings about one container, or about one object as a whole. A finding that says only what is visible gives way to
 * any other. Of the rest, two that the same pods show are one failure: the proven one leads, then the one of the earlier phase, since a
 * pod does not reach the next phase, then the one with an edit, then the surer one. Findings on different pods are different failures.
 */
export function arbitrate(found: readonly Found[]): readonly Judged[] {
  const byObject = Map.groupBy(found, ({ finding }) => objectKey(finding.object));
  const leadingTo = new Map<Found, Found>();
  for (const group of byObject.values()) {
    const leaders: Found[] = [];
    for (const one of group.toSorted(byStrength)) {
      const leading = group.find((other) => isNamedBy(one, other) && !leadingTo.has(other)) ?? null;
      const explains = leading ?? leaders.find((other) => explainsIt(other, one));
      if (explains) leadingTo.set(one, explains);
      else leaders.push(one);
    }
  }
  return found
    .filter((one) => !leadingTo.has(one))
    .map((leading) => {
      const followers = found.filter((one) => rootOf(one, leadingTo) === leading && one !== leading);
      return { ...leading, finding: told(leading.finding, followers), followers: followers.map(findingOf) };
    });
}

/** True when a finding about the same container, or about the object as a whole, already says why. */
export function isExplained(symptom: Symptom, found: readonly Pick<Found, 'symptom'>[]): boolean {
  return found.some(
    ({ symptom: other }) =>
      sameObject(other.object, symptom.object) &&
      (other.container === symptom.container || other.container === null || symptom.container === null),
  );
}

function findingOf({ finding }: Found): Finding {
  return finding;
}

function rootOf(one: Found, leadingTo: ReadonlyMap<Found, Found>): Found {
  const leading = leadingTo.get(one);
  return leading ? rootOf(leading, leadingTo) : one;
}

/** The strongest first; findings that give way to any other come last, in the order of their rules. */
function byStrength(a: Found, b: Found): number {
  const isLast = Number(givesWayToAny(a)) - Number(givesWayToAny(b));
  if (isLast !== 0 || givesWayToAny(a)) return isLast;
  return (
    Number(isProven(b.finding)) - Number(isProven(a.finding)) ||
    depthOf(a) - depthOf(b) ||
    Number(isEdited(b)) - Number(isEdited(a)) ||
    confidenceOf(b.finding.confidence) - confidenceOf(a.finding.confidence)
  );
}

function isEdited({ finding }: Found): boolean {
  return finding.changes.length > 0;
}

function givesWayToAny({ finding }: Found): boolean {
  return finding.givesWayTo === 'any';
}

/** True for a cause that evidence shows, false for a guess and for what only says what is visible. */
export function isProven({ verdict, confidence }: Finding): boolean {
  return verdict === 'fix' || confidenceOf(confidence) >= PROVEN;
}

function depthOf({ finding }: Found): number {
  return PHASES.indexOf(finding.phase);
}

/** The rule of `other` is one that `one` declares to give way to. */
function isNamedBy(one: Found, other: Found): boolean {
  const { givesWayTo } = one.finding;
  return givesWayTo !== 'any' && givesWayTo.includes(other.finding.rule) && isExplained(one.symptom, [other]);
}

function explainsIt(leading: Found, one: Found): boolean {
  if (givesWayToAny(one)) return isExplained(one.symptom, [leading]);
  const { container } = one.finding;
  return (
    container !== null &&
    container === leading.finding.container &&
    one.finding.rule !== leading.finding.rule &&
    (isStronger(leading, one) || one.finding.changes.length === 0) &&
    one.symptom.seenOn.some((pod) => leading.symptom.seenOn.some((other) => sameObject(pod, other)))
  );
}

function isStronger(leading: Found, one: Found): boolean {
  return isProven(leading.finding) && (!isProven(one.finding) || depthOf(leading) < depthOf(one));
}

/** With what the other rules thought, and why it is not the cause. What only says what is visible is not ruled out: it follows. */
function told(finding: Finding, followers: readonly Found[]): Finding {
  const others = followers.filter((one) => !givesWayToAny(one));
  if (others.length === 0) return finding;
  const ruledOut = others.map((one): RuledOut => ({
    what: prose`${one.finding.rule}, ${one.finding.cause.replaceAll('-', ' ')}`,
    because: becauseOf(finding, one),
  }));
  return { ...finding, ruledOut: [...finding.ruledOut, ...ruledOut] };
}

function becauseOf({ phase, rule }: Finding, one: Found): RuledOut['because'] {
  const { finding } = one;
  if (finding.givesWayTo.includes(rule)) return prose`${rule} explains what it sees`;
  if (!isProven(one.finding)) return prose`${rule} has more evidence on the same pods`;
  return phase === finding.phase
    ? prose`${rule} explains the same pods`
    : prose`the same pods fail in phase ${ownText(phase)}, which comes before ${ownText(finding.phase)}`;
}
