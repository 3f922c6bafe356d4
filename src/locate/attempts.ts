import { refOf, sameObject, type Json } from '../kubernetes/objects.ts';
import type { KindTypes } from '../kubernetes/types/kind-types.ts';
import type { Change } from '../model/change.ts';
import { changesElsewhere, prove } from '../proof/prove.ts';
import { editedFiles } from '../proof/edited-files.ts';
import type { Beside, Trial } from '../proof/trial.ts';
import type { Intent } from '../proof/intent.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import { includesRoot } from '../sources/same-root.ts';
import type { AcceptedEdits } from './accepted-edits.ts';
import { isWanted, type AlsoWanted } from './also-wanted.ts';
import { controls } from './controls.ts';
import { declined, type Declined } from '../model/declined.ts';
import { protectionOf, sensitiveChange, type Protection } from './protected.ts';
import { refusedChange } from './refused.ts';
import type { Escorted, Replacement } from './replacements.ts';
import type { DesiredField } from './desired-fields.ts';
import { fieldNamed } from '../kubernetes/field-path.ts';

/** One field of one object, in the revision that it is to change in. */
export interface Task {
  readonly revision: Revision;
  readonly match: Match;
  /** What the API server takes. */
  readonly types: KindTypes;
  readonly desired: DesiredField;
}

/** An edit that the proof accepted. */
export interface Chosen {
  readonly kind: 'chosen';
  readonly site: Replacement['site'];
  readonly files: ReadonlyMap<string, Buffer>;
  readonly trial: Trial;
  /** Others take the value by an alias of their own. */
  readonly isAnchor: boolean;
}

type Attempt = Omit<Chosen, 'kind' | 'trial'> & Pick<Replacement, 'escorted'>;

/** Tries candidates one after the other, and keeps what each of them showed. */
export class Attempts {
  readonly #task: Task;
  readonly #alsoWanted: AlsoWanted | null;
  readonly #accepted: AcceptedEdits | undefined;
  readonly #refusals: Declined[] = [];
  /** What makes the field right and changes more, in the order of preference. */
  readonly #shared: Chosen[] = [];
  /** In files of several roots: all that they change matters only when nothing else will do. */
  readonly #postponed: Attempt[] = [];
  #unproven: Chosen | null = null;
  #isForbidden = false;

  /** @param alsoWanted null where a person named the one field */
  constructor(task: Task, alsoWanted: AlsoWanted | null, accepted: AcceptedEdits | undefined) {
    this.#task = task;
    this.#alsoWanted = alsoWanted;
    this.#accepted = accepted;
  }

  /** Exact as far as could be rendered. */
  get unproven(): Chosen | null {
    return this.#unproven;
  }

  /** A root that builds from the target's, and that nobody here can render, reads whatever is edited: nothing else would be proven. */
  get isNothingProven(): boolean {
    const { root: target } = this.#task.match;
    return (
      this.#unproven?.trial.comparisons.some(
        ({ root, isUnseen }) => isUnseen === true && includesRoot(root, target),
      ) === true
    );
  }

  /** A chart that refuses a value, by its schema or with a message of its own, is not to be led around that. */
  get isForbidden(): boolean {
    return this.#isForbidden;
  }

  /** Another program writes the line. */
  get owned(): Declined | null {
    return this.#refusals.find(({ code }) => code === 'other-writer') ?? null;
  }

  refuse(refusals: readonly Declined[]): void {
    this.#refusals.push(...refusals);
  }

  /** The candidate, if its proof is exact; or if it is a shared edit that was accepted for another object and is wanted here too. */
  async try({ edits, site, isAnchor = false, escorted }: Replacement): Promise<Chosen | null> {
    const { revision, match } = this.#task;
    const files = editedFiles(revision, edits);
    if (!files) return null;
    const protection = protectionOf(revision, edits);
    if (protection) {
      // What the field does not change with is none of its lines.
      if ((await controls(revision, match, this.#task.desired.field, { edits })) !== false)
        this.#protect(protection, site);
      return null;
    }
    // The first object behind this line has found nothing better.
    if (this.#accepted?.has(revision, files)) return this.#judge({ site, files, isAnchor }, true);
    if (escorted || !(await changesElsewhere(revision, files, match.root, match.twins)))
      return this.#judge({ site, files, isAnchor, ...(escorted && { escorted }) });
    this.#postponed.push({ site, files, isAnchor });
    return null;
  }

  /** What lies in a file of several roots may be the one line behind all of them. */
  async judgePostponed(): Promise<void> {
    for (const one of this.#postponed.splice(0)) {
      const exact = await this.#judge(one);
      if (exact) this.#shared.push(exact);
    }
  }

  /** A shared edit, all of whose changes are wanted: proven, or anything that could be seen. */
  wanted(extent: 'proven' | 'seen', accepts: (chosen: Chosen) => boolean = () => true): Chosen | null {
    return (
      this.#shared.find(
        (chosen) =>
          (extent === 'seen' || chosen.trial.proof.status === 'proven') &&
          accepts(chosen) &&
          this.#isWanted(chosen),
      ) ?? null
    );
  }

  /** Why nothing is changed. */
  refusal(): Declined {
    const { desired } = this.#task;
    const line = this.#shared.find(({ site }) => site.kind === 'replace');
    const [first] = this.#refusals;
    if (line) return sharedSite(line, desired);
    if (first) return first;
    const [addition] = this.#shared;
    return addition
      ? notExact([addition.site], addition.trial)
      : declined('no-site', `nothing in this repository was found to control ${desired.field.text}`);
  }

  async #judge({ site, files, isAnchor, escorted }: Attempt, isAccepted = false): Promise<Chosen | null> {
    const { revision, match, types, desired } = this.#task;
    const trial = await prove(revision, files, [intentOf(match, desired)], match.root, match.twins);
    const sensitive = sensitiveChange(changesOf(trial));
    const refused = trial.isMet ? refusedChange(types, trial) : null;
    const chosen: Chosen = { kind: 'chosen', site, files, trial, isAnchor };
    if (sensitive) this.#protect(sensitive, site);
    else if (refused) this.#refusals.push(refusedEdit(site, refused));
    else if (trial.outcome === 'exact' && trial.proof.status === 'proven') return chosen;
    else if (trial.outcome === 'exact') this.#unproven ??= chosen;
    else if (escorted) await this.#judgeAlone(chosen, escorted);
    else if (trial.isMet) {
      this.#shared.push(chosen);
      if (isAccepted && this.#isWanted(chosen)) return chosen;
    } else {
      const isOwnBroken = trial.broken.some(({ root }) => root.id === match.root.id);
      this.#isForbidden ||= match.root.kind === 'helm' && isOwnBroken;
      // A line that the field does not change with is none of its lines.
      if (isOwnBroken || changesField(trial, this.#task)) this.#refusals.push(notExact([site], trial));
    }
    return null;
  }

  /** What an edit needs beside it changes more than the field: a person may want it all the same, and is told what it needs. */
  async #judgeAlone({ site, isAnchor, trial }: Chosen, { alone, because, refusal }: Escorted): Promise<void> {
    if (!trial.isMet) return;
    const { revision, match, desired } = this.#task;
    const files = this.#alsoWanted === null ? editedFiles(revision, alone) : null;
    const only = files && (await prove(revision, files, [intentOf(match, desired)], match.root, match.twins));
    if (!files || !only?.isMet) {
      this.#refusals.push(refusal);
      return;
    }
    const reason = `${because}, which ${effectOf(trial)}`;
    const proof = { ...only.proof, status: 'unproven', reason } as const;
    const chosen: Chosen = { kind: 'chosen', site, files, trial: { ...only, proof }, isAnchor };
    if (only.outcome === 'exact') this.#unproven ??= chosen;
    else this.#shared.push(chosen);
  }

  #isWanted({ trial, isAnchor }: Chosen): boolean {
    const { match, desired } = this.#task;
    const own = refOf(match.rendered.object);
    // Whoever has an alias has a line of its own, which the person did not name.
    const isOfOthers = isAnchor && trial.beside.some(({ change }) => !sameObject(change.object, own));
    return !(this.#alsoWanted === null && isOfOthers) && isWanted(trial, match, [desired], this.#alsoWanted);
  }

  #protect({ code, reason }: Protection, { kind, file, line }: Replacement['site']): void {
    // What is added stands on no line yet, and says less than a line that is there.
    if (kind === 'replace') this.#refusals.unshift(declined(code, reason, [`${file}:${line}`]));
    else if (this.#refusals[0]?.code !== code) this.#refusals.unshift(declined(code, reason, [file]));
  }
}

function changesField({ comparisons }: Trial, { match, desired }: Task): boolean {
  const object = refOf(match.rendered.object);
  return comparisons.some(
    ({ root, comparison }) =>
      root.id === match.root.id &&
      comparison.changes.some(
        (change) => sameObject(change.object, object) && change.field.text === desired.field.text,
      ),
  );
}

/** The most places that a sentence names. */
const MOST_NAMED = 5;

function sharedSite({ site, trial }: Chosen, desired: DesiredField): Declined {
  const place = `${site.file}:${site.line}`;
  const fixed = immutableAmong(trial.beside);
  if (fixed || trial.beside.length === 0) return notExact([site], trial);
  const others = [...new Set(trial.beside.map((beside) => nameOf(beside, desired)))];
  const more = others.length - MOST_NAMED;
  const named = others.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return declined('shared-site', `${place} also controls ${named}`, [place]);
}

function nameOf({ root, change: { object, field } }: Beside, desired: DesiredField): string {
  if (field.text === '') return `whether ${root} renders ${object.kind} ${object.name}`;
  return field.text === desired.field.text
    ? `${object.kind} ${object.name} in ${root}`
    : `${field.text} of ${object.kind} ${object.name} in ${root}`;
}

function immutableAmong(beside: readonly Beside[]): Beside | undefined {
  return beside.find(({ isRefused }) => isRefused);
}

export function intentOf(match: Match, { field, after, isQuantity = false }: DesiredField): Intent {
  return { object: refOf(match.rendered.object), field: fieldNamed(field.text), after, isQuantity };
}

export function changesOf(trial: Trial): readonly Change<Json>[] {
  return trial.comparisons.flatMap(({ comparison }) => comparison.changes);
}

/** The field is right, and what else is made from the same line is not. */
function refusedEdit(site: Replacement['site'], why: string): Declined {
  const { edit, lines } = editIn([site]);
  return declined('not-exact', `${edit} would not apply: ${why}`, lines);
}

export function notExact(sites: readonly Replacement['site'][], trial: Trial): Declined {
  const { edit, lines } = editIn(sites);
  return declined('not-exact', `${edit} ${effectOf(trial)}`, lines);
}

/** What is added stands on no line yet. */
function editIn(sites: readonly Replacement['site'][]): {
  readonly edit: string;
  readonly lines: readonly string[];
} {
  const lines = sites.flatMap(({ kind, file, line }) => (kind === 'replace' ? [`${file}:${line}`] : []));
  const files = sites.flatMap(({ kind, file }) => (kind === 'add' ? [file] : []));
  const edit =
    files.length === 0
      ? `an edit at ${lines.join(', ')}`
      : `an addition to ${[...new Set(files)].join(', ')}${lines.length === 0 ? '' : ` with an edit at ${lines.join(', ')}`}`;
  return { edit, lines };
}

function effectOf({ beside, isMet, unreached, overriddenIn, broken: [broken] }: Trial): string {
  if (broken) return `would keep ${broken.root.id} from rendering: ${broken.failure.message}`;
  if (overriddenIn !== null) return `would not change it in ${overriddenIn}, which has a value of its own`;
  const fixed = immutableAmong(beside);
  const stray = fixed ?? beside[0];
  if (isMet && !stray && unreached)
    return `would not change ${unreached.id}, which declares the same release once more`;
  if (!isMet || !stray) return 'would not give the field the wanted value';
  const { object, field } = stray.change;
  const what = `would also ${verbFor(stray)} ${object.kind} ${object.name}${field.text === '' ? '' : ` ${field.text}`}`;
  return fixed ? `${what}, which is immutable` : what;
}

function verbFor({ change: { field, before, after } }: Beside): string {
  if (field.text !== '' || (before === null) === (after === null)) return 'change';
  return before === null ? 'add' : 'remove';
}
