import type { AcceptedEdits } from './accepted-edits.ts';
import type { AlsoWanted } from './also-wanted.ts';
import { Attempts, type Chosen, type Task } from './attempts.ts';
import { candidateAdditions, candidateSites, lastCandidates, reasonFor } from './candidates.ts';
import type { Candidates } from './replacements.ts';
import type { Declined } from '../model/declined.ts';

const NONE: Candidates = { replacements: [], refusals: [] };

/**
 * The first candidate that changes the field and nothing else but what is wanted (docs/locating.md, the order of preference):
 *
 * 1. a replacement of what is there: the anchor before one of its aliases;
 * 2. for an incident, the one line that gives everybody what they want;
 * 3. an addition in files of this root alone, unless it would leave an entry of `images` or `replicas` behind that says otherwise;
 * 4. for a person who named the field, the line that it shares with others in this root;
 * 5. what is exact as far as could be rendered;
 * 6. a replacement in a file of several roots, if all that it changes is wanted;
 * 7. for a person, a patch that comes after everything else in the root.
 *
 * @param alsoWanted null where a person named the one field
 */
export async function chooseEdit(
  task: Task,
  alsoWanted: AlsoWanted | null,
  accepted?: AcceptedEdits,
): Promise<Chosen | Declined> {
  const { revision, match, desired } = task;
  const attempts = new Attempts(task, alsoWanted, accepted);
  // Where several objects want the same, the one line behind them may be better than a line of this one.
  const isOneOfMany = accepted?.isOneOfMany(desired) === true;

  const exists = desired.field.value !== undefined;
  const candidates = exists ? await candidateSites(revision, match, desired, accepted) : NONE;
  attempts.refuse(candidates.refusals);
  let own: Chosen | null = null;
  let cut: Chosen | null = null;
  for (const replacement of candidates.replacements) {
    const chosen = await attempts.try(replacement);
    if (!chosen) continue;
    if (chosen.trial.outcome !== 'exact') return chosen;
    if (replacement.cutsAlias) cut ??= chosen;
    else own ??= chosen;
    if (own && !isOneOfMany) return own;
  }
  own ??= cut;

  const isOfSeveralRoots = isOneOfMany || alsoWanted?.everywhere === true;
  if (isOfSeveralRoots && !own) await attempts.judgePostponed();
  const isHere = ({ trial }: Chosen): boolean => trial.beside.every(({ root }) => root === match.root.id);
  const forAll = alsoWanted && attempts.wanted('proven', isOfSeveralRoots ? undefined : isHere);
  if (forAll) {
    accepted?.add(revision, forAll.site, desired.after, forAll.files);
    return forAll;
  }
  if (own) return own;
  // Setting the value beside the other writer's would only hide what it writes.
  if (attempts.owned) return attempts.owned;

  for await (const addition of candidateAdditions(revision, match, desired)) {
    if (attempts.isNothingProven) break;
    if (candidates.isByEntry && addition.isPatch === true) continue;
    const chosen = await attempts.try(addition);
    if (chosen) return chosen;
  }
  const line = alsoWanted === null ? attempts.wanted('proven') : null;
  if (line) return line;
  if (attempts.unproven) return attempts.unproven;
  await attempts.judgePostponed();
  const seen = attempts.wanted('seen');
  if (seen) return seen;
  if (alsoWanted === null && !candidates.isByEntry && !attempts.isForbidden)
    for (const addition of lastCandidates(revision, match, desired)) {
      const chosen = await attempts.try(addition);
      if (chosen) return chosen;
    }
  if (attempts.unproven) return attempts.unproven;
  const refusal = attempts.refusal();
  const isUnexplained = refusal.code === 'no-site' && refusal.candidates.length === 0;
  return (isUnexplained ? await reasonFor(revision, match, desired) : null) ?? refusal;
}
