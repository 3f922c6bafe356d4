import type { Scalar } from '../kubernetes/objects.ts';
import { refOf } from '../kubernetes/objects.ts';
import { tryEdits, type Intent, type Trial } from '../proof/prove.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import { additionsFor } from './additions.ts';
import { candidateSites, type Wish } from './candidates.ts';
import { chooseSource, type Target } from './choose-source.ts';
import { declined } from './declined.ts';
import { fieldOf } from './field.ts';
import type { Change, Declined, Located, LocateResult } from './located.ts';
import { protectionOf, sensitiveChange } from './protected.ts';
import type { Replacement } from './replacements.ts';
import { located } from './result.ts';

/** What is to become of one object. */
export interface LocateRequest {
  readonly target: Target;
  /** `before` is what the caller believes the field to be now; left out, nothing is checked. */
  readonly fields: readonly { readonly field: string; readonly before?: Scalar; readonly after: Scalar }[];
  /** Says whether a change beside the intended one is wanted too: an object of a shared base with the same incident. */
  readonly alsoWanted?: (root: string, change: { readonly object: Change['object']; readonly field: string }) => boolean;
}

/**
 * From fields of a live object to proven edits (docs/locating.md).
 *
 * 1. Which root renders the object, and where its fields stand in what it renders.
 * 2. Candidates: replacing a scalar that the field contains (markers find them), or adding a patch, an entry, a key.
 * 3. The proof chooses: every root that reads a touched file is rendered before and after. The first candidate that
 *    changes the intended fields and nothing else wins; a replacement in a shared file only where all it changes is wanted.
 */
export async function locate(revision: Revision, request: LocateRequest): Promise<LocateResult> {
  const source = await chooseSource(revision, request.target);
  if (source.kind === 'declined') return source;
  const { match } = source;
  const wishes = wishesFor(match, request);
  if ('kind' in wishes) return wishes;

  const attempt = new Attempt(revision, match, wishes, request);
  const replaced = await attempt.replacements();
  if (replaced) return replaced;
  const added = await attempt.additions();
  return added ?? attempt.shared() ?? attempt.refusal();
}

/** The fields as the root renders them now. Declines what is already so, has drifted, or cannot be a scalar. */
function wishesFor(match: Match, request: LocateRequest): readonly Wish[] | Declined {
  const { object } = match.rendered;
  const wishes: Wish[] = [];
  for (const { field, before, after } of request.fields) {
    const found = fieldOf(object, field);
    if (!found) return declined('field-not-found', `${field} names a list item that ${object.kind} ${object.metadata.name} does not render`);
    if (found.value !== undefined && typeof found.value === 'object' && found.value !== null) {
      return declined('unsupported-value', `${field} is a mapping or a list; only single values are replaced`);
    }
    const value = found.value as Scalar | undefined;
    if (value !== undefined && sameText(value, after)) {
      return declined('already-so', `git already renders ${found.text} as ${String(after)}: waiting for the sync`);
    }
    if (before !== undefined && !sameText(value ?? null, before)) {
      return declined('drift', `git renders ${found.text} as ${String(value ?? 'nothing')}, the cluster has ${String(before)}: the two have drifted apart`);
    }
    wishes.push({ field: found, after });
  }
  return wishes;
}

function sameText(a: Scalar, b: Scalar): boolean {
  return a === null || b === null ? a === b : String(a) === String(b);
}

/** Tries candidates against the proof, and remembers the best that fell short. */
class Attempt {
  readonly #revision: Revision;
  readonly #match: Match;
  readonly #wishes: readonly Wish[];
  readonly #request: LocateRequest;
  readonly #refusals: Declined[] = [];
  #shared: { trial: Trial; chosen: readonly Replacement[] } | null = null;

  constructor(revision: Revision, match: Match, wishes: readonly Wish[], request: LocateRequest) {
    this.#revision = revision;
    this.#match = match;
    this.#wishes = wishes;
    this.#request = request;
  }

  /** (a) A replacement of what is there that changes no other root. */
  async replacements(): Promise<Located | Declined | null> {
    if (this.#wishes.some(({ field }) => field.value === undefined)) return null;
    const perField = await Promise.all(this.#wishes.map((wish) => candidateSites(this.#revision, this.#match, wish)));
    for (const { refusals } of perField) this.#refusals.push(...refusals);
    for (const chosen of combinations(perField.map(({ replacements }) => replacements))) {
      const result = await this.#try(chosen);
      if (result) return result;
    }
    return null;
  }

  /** (b) An addition in files that only this root reads. */
  async additions(): Promise<Located | Declined | null> {
    for (const addition of additionsFor(this.#revision, this.#match, this.#wishes)) {
      const result = await this.#try(addition);
      if (result) return result;
    }
    return null;
  }

  /** (c) A replacement in a shared file, when every object that it changes is to change. */
  shared(): Located | null {
    if (!this.#shared) return null;
    const { trial, chosen } = this.#shared;
    const wanted = this.#request.alsoWanted;
    if (!wanted || !trial.beside.every(({ root, change }) => wanted(root, change))) return null;
    return located(this.#revision, this.#match, this.#wishes, chosen, trial);
  }

  refusal(): Declined {
    if (this.#shared) {
      const others = [...new Set(this.#shared.trial.beside.map(({ root, change }) => `${root} (${change.object.kind} ${change.object.name})`))];
      const places = this.#shared.chosen.map(({ site }) => `${site.file}:${site.line}`);
      return declined('shared-site', `${places.join(', ')} also controls ${others.slice(0, 5).join(', ')}`, places);
    }
    return this.#refusals[0] ?? declined('no-site', `nothing in this repository was found to control ${this.#wishes.map(({ field }) => field.text).join(', ')}`);
  }

  async #try(chosen: readonly Replacement[]): Promise<Located | Declined | null> {
    const edits = distinctEdits(chosen);
    const protection = protectionOf(this.#revision, edits);
    if (protection) {
      this.#refusals.unshift(declined(protection.code, protection.reason, chosen.map(({ site }) => `${site.file}:${site.line}`)));
      return null;
    }
    const trial = await tryEdits(this.#revision, edits, this.#wishes.map((wish) => intentOf(this.#match, wish)), this.#match.root);
    if (!trial) return null;
    const sensitive = sensitiveChange(trial.comparisons.flatMap(({ comparison }) => comparison.changes));
    if (sensitive) return declined(sensitive.code, sensitive.reason);
    if (trial.outcome === 'exact') return located(this.#revision, this.#match, this.#wishes, chosen, trial);
    if (trial.outcome === 'shared') this.#shared ??= { trial, chosen };
    else this.#refusals.push(notExact(chosen, trial));
    return null;
  }
}

function intentOf(match: Match, { field, after }: Wish): Intent {
  return { object: refOf(match.rendered.object), field: field.text, after };
}

function notExact(chosen: readonly Replacement[], trial: Trial): Declined {
  const places = chosen.map(({ site }) => `${site.file}:${site.line}`);
  const [stray] = trial.beside;
  const effect = stray ? `would also change ${stray.change.object.kind} ${stray.change.object.name} ${stray.change.field}` : 'would not give the field the wanted value';
  return declined('not-exact', `an edit at ${places.join(', ')} ${effect}`, places);
}

/** One replacement for each field, at most sixteen ways, the first choices of all first. */
function combinations(perField: readonly (readonly Replacement[])[]): readonly (readonly Replacement[])[] {
  return perField.reduce<readonly (readonly Replacement[])[]>(
    (combined, choices) => combined.flatMap((chosen) => choices.map((choice) => [...chosen, choice])).slice(0, 16),
    [[]],
  ).filter((chosen) => chosen.length > 0);
}

/** Two fields may be controlled by one scalar; the same edit is then made once. */
function distinctEdits(chosen: readonly Replacement[]): Replacement['edits'] {
  const edits = new Map(chosen.flatMap((one) => one.edits).map((edit) => [JSON.stringify(edit), edit]));
  return [...edits.values()];
}
