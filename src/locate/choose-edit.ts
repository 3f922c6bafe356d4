import { refOf } from '../kubernetes/objects.ts';
import type { FieldChange } from '../proof/proof.ts';
import { changesElsewhere, editedFiles, prove, type Intent, type Trial } from '../proof/prove.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { AcceptedEdits } from './accepted-edits.ts';
import { candidateAdditions, candidateSites, lastCandidates } from './candidates.ts';
import { declined } from './declined.ts';
import type { Declined } from './located.ts';
import { protectionOf, sensitiveChange } from './protected.ts';
import { refusedChange } from './refused.ts';
import type { Replacement } from './replacements.ts';
import type { Wish } from './wishes.ts';

/**
 * Says whether a change beside the intended one is wanted too: an object of a shared base with the same incident.
 * `here` is true in the root that the object is rendered by.
 */
export type AlsoWanted = (change: FieldChange, here: boolean) => boolean;

/** Only what was asked for: a person named the field, and no incident speaks of others. */
export const nothingElse: AlsoWanted = () => false;

/** One field of one object, in the revision that it is to change in. */
export interface Task {
  readonly revision: Revision;
  readonly match: Match;
  readonly wish: Wish;
}

/** An edit that the proof accepted. */
export interface Chosen {
  readonly kind: 'chosen';
  readonly site: Replacement['site'];
  readonly files: ReadonlyMap<string, Buffer>;
  readonly trial: Trial;
}

type Attempt = Pick<Chosen, 'site' | 'files'>;

/**
 * The first candidate that is proven exact: (a) a replacement of what is there; (b) a replacement in a shared line when all that
 * it changes is wanted by other incidents; (c) an addition in files of this root alone; then what is exact as far as could be
 * rendered; then (d) a replacement in a file of several roots when all that it changes is wanted; or (e), where this one field is
 * all that was asked for, what overrules the rest of the root or of the chart.
 */
export async function chooseEdit(
  { revision, match, wish }: Task,
  alsoWanted: AlsoWanted,
  accepted?: AcceptedEdits,
): Promise<Chosen | Declined> {
  const refusals: Declined[] = [];
  const types = revision.kindTypes();
  let shared: Chosen | null = null;
  let unproven: Chosen | null = null;
  let isForbidden = false;
  const postponed: Attempt[] = [];

  const attempt = async ({ edits, site }: Replacement): Promise<Chosen | null> => {
    const protection = protectionOf(revision, edits);
    const files = protection ? null : editedFiles(revision, edits);
    if (!files) {
      if (protection)
        refusals.unshift(declined(protection.code, protection.reason, [`${site.file}:${site.line}`]));
      return null;
    }
    // The first object behind this line has found nothing better.
    if (accepted?.has(revision, files)) return judge({ site, files }, true);
    // All that a shared file changes matters only when nothing else will do.
    const isShared = await changesElsewhere(revision, files, match.root);
    if (isShared) postponed.push({ site, files });
    return isShared ? null : judge({ site, files });
  };

  const judge = async ({ site, files }: Attempt, isAccepted = false): Promise<Chosen | null> => {
    const trial = await prove(revision, files, [intentOf(match, wish)], match.root);
    const sensitive = sensitiveChange(changesOf(trial));
    const refused = trial.outcome === 'wrong' ? null : refusedChange(types, trial);
    const chosen: Chosen = { kind: 'chosen', site, files, trial };
    if (sensitive)
      refusals.unshift(declined(sensitive.code, sensitive.reason, [`${site.file}:${site.line}`]));
    else if (refused) refusals.push(refusedEdit(site, refused));
    else if (trial.outcome === 'exact' && trial.proof.status === 'proven') return chosen;
    else if (trial.outcome === 'exact') unproven ??= chosen;
    else if (trial.outcome === 'shared') {
      if (isAccepted && isWanted(trial, match, alsoWanted)) return chosen;
      shared ??= chosen;
    } else {
      // A chart that refuses a value, by its schema or with a message of its own, is not to be led around that.
      isForbidden ||=
        match.root.kind === 'helm' && trial.broken.some(({ root }) => root.id === match.root.id);
      refusals.push(notExact([site], trial));
    }
    return null;
  };

  // What changes no other root, and nothing in this one but what is wanted, is where people would make the change: the anchor and not
  // one of its aliases, the images entry and not a patch over it. So is the one line behind the roots of many.
  const isOneOfMany = accepted?.isOneOfMany(wish) === true;
  const wantedByAll = (): Chosen | null =>
    shared &&
    alsoWanted !== nothingElse &&
    (isOneOfMany || shared.trial.beside.every(({ root }) => root === match.root.id)) &&
    isWanted(shared.trial, match, alsoWanted)
      ? shared
      : null;

  const exists = wish.field.value !== undefined;
  const candidates = exists
    ? await candidateSites(revision, match, wish, accepted)
    : { replacements: [], refusals: [] };
  refusals.push(...candidates.refusals);
  let exact: Chosen | null = null;
  let cut: Chosen | null = null;
  for (const replacement of candidates.replacements) {
    const chosen = await attempt(replacement);
    if (!chosen) continue;
    if (chosen.trial.outcome === 'shared') return chosen;
    // Where several objects want the same, the anchor may be better than its alias.
    if (replacement.cutsAlias) cut ??= chosen;
    else if (isOneOfMany) exact ??= chosen;
    else return chosen;
  }
  const own = exact ?? cut;
  // Setting the value beside the other writer's would only hide what it writes.
  const owned = refusals.find(({ code }) => code === 'other-writer');
  if (owned && !own && !wantedByAll()) return owned;
  // What lies in a file of several roots may be the one line behind all of them.
  if (isOneOfMany && !own) for (const one of postponed.splice(0)) await judge(one);
  // One line that gives everybody what they want beats whatever could be written beside it.
  const forAll = wantedByAll();
  if (forAll) accepted?.add(revision, forAll.site, wish.after, forAll.files);
  if (forAll ?? own) return (forAll ?? own)!;
  for await (const addition of candidateAdditions(revision, match, wish)) {
    const chosen = await attempt(addition);
    if (chosen) return chosen;
  }
  if (unproven) return unproven;
  for (const one of postponed) await judge(one);
  if (alsoWanted === nothingElse && !isForbidden)
    for await (const addition of lastCandidates(revision, match, wish)) {
      const chosen = await attempt(addition);
      if (chosen) return chosen;
    }
  return unproven ?? settle(shared, refusals, match, wish, alsoWanted);
}

function settle(
  shared: Chosen | null,
  refusals: readonly Declined[],
  match: Match,
  wish: Wish,
  alsoWanted: AlsoWanted,
): Chosen | Declined {
  if (shared) {
    if (isWanted(shared.trial, match, alsoWanted)) return shared;
    const others = [
      ...new Set(
        shared.trial.beside.map(({ root, change: { object, field } }) =>
          field === wish.field.text
            ? `${object.kind} ${object.name} in ${root}`
            : `${field} of ${object.kind} ${object.name} in ${root}`,
        ),
      ),
    ];
    const place = `${shared.site.file}:${shared.site.line}`;
    return declined('shared-site', `${place} also controls ${others.slice(0, 5).join(', ')}`, [place]);
  }
  return (
    refusals[0] ?? declined('no-site', `nothing in this repository was found to control ${wish.field.text}`)
  );
}

/**
 * True when nothing changes but what was asked for, or what is wanted as well. A chart's test runs what the chart installs:
 * unless a person named the one field, it is meant to follow.
 */
export function isWanted(trial: Trial, { root: target }: Match, alsoWanted: AlsoWanted): boolean {
  return (
    trial.outcome !== 'wrong' &&
    trial.beside.every(
      ({ root, change, isTest }) =>
        (isTest && alsoWanted !== nothingElse) || alsoWanted(change, root === target.id),
    )
  );
}

export function intentOf(match: Match, { field, after, isQuantity = false }: Wish): Intent {
  return { object: refOf(match.rendered.object), field: field.text, after, isQuantity };
}

export function changesOf(trial: Trial): readonly FieldChange[] {
  return trial.comparisons.flatMap(({ comparison }) => comparison.changes);
}

/** The field is right, and what else is made from the same line is not. */
function refusedEdit({ file, line }: Replacement['site'], why: string): Declined {
  const place = `${file}:${line}`;
  return declined('not-exact', `an edit at ${place} would not apply: ${why}`, [place]);
}

export function notExact(sites: readonly Replacement['site'][], trial: Trial): Declined {
  const places = sites.map(({ file, line }) => `${file}:${line}`);
  const [stray] = trial.beside;
  const [broken] = trial.broken;
  const effect = broken
    ? `would keep ${broken.root.id} from rendering: ${broken.failure.message}`
    : stray
      ? `would also change ${stray.change.object.kind} ${stray.change.object.name}${stray.change.field === '' ? '' : ` ${stray.change.field}`}`
      : 'would not give the field the wanted value';
  return declined('not-exact', `an edit at ${places.join(', ')} ${effect}`, places);
}
