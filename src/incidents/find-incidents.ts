import { inParallel } from '../concurrency/in-parallel.ts';
import { messageOf } from '../errors/error-message.ts';
import { describeRef, objectKey } from '../kubernetes/objects.ts';
import type { Finding } from '../model/finding.ts';
import type { Incident } from '../model/incident.ts';
import type { Detected, Rule } from '../rules/define-rule.ts';
import { arbitrate, isExplained, type Found } from './arbitrate.ts';
import { completed } from './completed.ts';
import { groupByCulprit } from './group.ts';
import { overtake } from './overtake.ts';
import { keepKnown, type KnownFingerprints } from './fingerprint.ts';
import { Answers, type Investigator } from './answers.ts';
import { FinderMemory } from './finder-memory.ts';
import { Investigations } from './investigate.ts';

export interface FindingInput extends Investigator {
  readonly known: KnownFingerprints;
  readonly onProgress: (done: number, of: number) => void;
}

/**
 * Signals to incidents: every rule detects, then works out the cause; findings about one fault are one incident.
 *
 * @param memory what was found before, and what of that still holds; left out: nothing
 */
export async function findIncidents(
  rules: readonly Rule[],
  input: FindingInput,
  memory = new FinderMemory(rules, input.cluster, { isFollowed: false }),
  answers = new Answers(input),
): Promise<readonly Incident[]> {
  const { known, onProblem } = input;
  const { cluster } = memory;
  const { detected, failures } = memory.moveTo(input.cluster);
  for (const { rule, object, message } of failures)
    onProblem?.({ where: object ? `rule ${rule} on ${describeRef(object)}` : `rule ${rule}`, message });
  const investigations = new Investigations(input, answers, memory.investigations);
  const found = await investigateAll(detected, investigations, input);
  const incidents: Incident[] = [];
  const isForeseen = ({ finding }: Found): boolean => finding.foresees === true;
  const failing = arbitrate(found.filter((one) => !isForeseen(one)));
  const { overtaken, ahead } = overtake(failing, arbitrate(found.filter(isForeseen)));
  for (const grouped of [...groupByCulprit(overtaken, cluster), ...groupByCulprit(ahead, cluster)])
    incidents.push(await completed(grouped, cluster, investigations, onProblem));
  memory.investigations.forgetUnasked();
  return keepKnown(incidents, known);
}

/** Symptoms that are worked out at a time, so that what they ask of one Prometheus can be one query. */
const SIDE_BY_SIDE = 32;

/** First the rules that work out causes. What only says what is visible, and is explained by then, is worth no request. */
async function investigateAll(
  detected: readonly Detected[],
  investigations: Investigations,
  { onProblem, onProgress }: Pick<FindingInput, 'onProblem' | 'onProgress'>,
): Promise<readonly Found[]> {
  let done = 0;
  const attemptNext = async (
    one: Detected,
    work: () => Promise<Finding | null> | Finding | null,
  ): Promise<Found | null> => {
    onProgress(done, detected.length);
    done += 1;
    return foundBy(one, await attempt(one, onProblem, work));
  };
  /** What was found before needs no more work. */
  const findOut = (one: Detected): Promise<Found | null> | Found | null => {
    const known = investigations.known(one);
    return known === undefined
      ? attemptNext(one, () => investigations.investigate(one))
      : foundBy(one, known);
  };
  await investigations.askAgain(detected, SIDE_BY_SIDE);
  const leading = detected.filter(({ givesWayTo }) => givesWayTo !== 'any');
  const following = detected.filter(({ givesWayTo }) => givesWayTo === 'any');
  const causes = await inParallel(leading, SIDE_BY_SIDE, findOut);
  const found = causes.filter((one) => one !== null);
  const byObject = Map.groupBy(found, ({ symptom }) => objectKey(symptom.object));
  for (const one of following) {
    const known = byObject.get(objectKey(one.symptom.object)) ?? [];
    const next = isExplained(one.symptom, known)
      ? await attemptNext(one, () => investigations.conclude(one))
      : await findOut(one);
    if (!next) continue;
    found.push(next);
    byObject.set(objectKey(one.symptom.object), [...known, next]);
  }
  return found;
}

function foundBy(one: Detected, finding: Finding | null): Found | null {
  return finding && { symptom: one.symptom, finding };
}

async function attempt(
  one: Detected,
  onProblem: Investigator['onProblem'],
  work: () => Promise<Finding | null> | Finding | null,
): Promise<Finding | null> {
  try {
    return await work();
  } catch (error) {
    const { symptom } = one;
    onProblem?.({
      where: `rule ${symptom.rule} on ${describeRef(symptom.object)}`,
      message: messageOf(error),
    });
    return null;
  }
}
