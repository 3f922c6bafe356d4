import { objectKey, sameObject } from '../kubernetes/objects.ts';
import type { Finding } from '../model/finding.ts';
import type { Judged } from './arbitrate.ts';

/**
 * A failure that was foreseen and is there now is one failure: what foresaw it follows, and its first quote is evidence. `ahead`: what
 * is still to come.
 */
export function overtake(
  failing: readonly Judged[],
  foreseen: readonly Judged[],
): { readonly overtaken: readonly Judged[]; readonly ahead: readonly Judged[] } {
  const cameTrue = new Map<Judged, readonly Judged[]>();
  const ahead: Judged[] = [];
  for (const one of foreseen) {
    const failure = failing.find((other) => isAbout(other.finding, one.finding));
    if (failure) cameTrue.set(failure, [...(cameTrue.get(failure) ?? []), one]);
    else ahead.push(one);
  }
  return { overtaken: failing.map((one) => withForesight(one, cameTrue.get(one) ?? [])), ahead };
}

function withForesight(failure: Judged, foreseen: readonly Judged[]): Judged {
  if (foreseen.length === 0) return failure;
  const { finding, followers } = failure;
  const quotes = foreseen.flatMap(({ finding: { evidence } }) => evidence.slice(0, 1));
  return {
    ...failure,
    finding: { ...finding, evidence: [...finding.evidence, ...quotes] },
    followers: [...followers, ...foreseen.flatMap((one) => [one.finding, ...one.followers])],
  };
}

/** Both blame one field, name one culprit, or are about one container or the object around it. */
function isAbout(failure: Finding, foreseen: Finding): boolean {
  const fields = new Set(fieldsOf(foreseen));
  if (fieldsOf(failure).some((field) => fields.has(field))) return true;
  const isSame =
    objectKey(failure.culprit) === objectKey(foreseen.culprit) || sameObject(failure.object, foreseen.object);
  return isSame && isSamePart(failure, foreseen);
}

function isSamePart({ container: a }: Finding, { container: b }: Finding): boolean {
  return a === null || b === null || a === b;
}

function fieldsOf({ changes, blames = [] }: Finding): readonly string[] {
  return [
    ...changes.map(({ object, field }) => `${objectKey(object)} ${field.text}`),
    ...blames.map(({ object, field }) => `${objectKey(object)} ${field}`),
  ];
}
