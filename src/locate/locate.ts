import type { Scalar } from '../kubernetes/objects.ts';
import { refOf, sameObject } from '../kubernetes/objects.ts';
import type { FieldChange } from '../proof/proof.ts';
import { editedFiles, prove, type Intent, type Trial } from '../proof/prove.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import { additionsFor } from './additions.ts';
import { candidateSites, type Wish } from './candidates.ts';
import { chooseSource, type Target } from './choose-source.ts';
import { declined } from './declined.ts';
import { sameValue } from '../kubernetes/compare.ts';
import { fieldOf } from '../kubernetes/field.ts';
import { parseFieldPath } from '../kubernetes/field-path.ts';
import type { Change, Declined, Located, LocateResult } from './located.ts';
import { protectionOf, sensitiveChange } from './protected.ts';
import type { Replacement } from './replacements.ts';
import { located } from './result.ts';

type Site = Replacement['site'];

/** What is to become of one object. */
export interface LocateRequest {
  readonly target: Target;
  /** `before` is what the caller believes the field to be now; left out, nothing is checked. */
  readonly fields: readonly { readonly field: string; readonly before?: Scalar; readonly after: Scalar }[];
  /** Says whether a change beside the intended one is wanted too: an object of a shared base with the same incident. */
  readonly alsoWanted?: (
    root: string,
    change: { readonly object: Change['object']; readonly field: string },
  ) => boolean;
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

  return (await together(revision, match, wishes)) ?? oneByOne(revision, match, wishes, request);
}

/** Several fields are most often changed where each stands: one proof for all first choices. */
async function together(revision: Revision, match: Match, wishes: readonly Wish[]): Promise<Located | null> {
  if (wishes.length < 2) return null;
  const candidates = await Promise.all(wishes.map((wish) => candidateSites(revision, match, wish)));
  const chosen = candidates.flatMap(({ replacements }) => replacements.slice(0, 1));
  if (chosen.length < wishes.length) return null;
  const edits = [
    ...new Map(chosen.flatMap((one) => one.edits).map((edit) => [JSON.stringify(edit), edit])).values(),
  ];
  const files = protectionOf(revision, edits) ? null : editedFiles(revision, edits);
  if (!files) return null;
  const trial = await prove(
    revision,
    files,
    wishes.map((wish) => intentOf(match, wish)),
    match.root,
  );
  if (trial.outcome !== 'exact' || sensitiveChange(changesOf(trial))) return null;
  return located({ revision, match, wishes, sites: chosen.map(({ site }) => site), files, trial });
}

/** Each field's edit is found on top of those before it; then all are proven at once against the tree as it was. */
async function oneByOne(
  revision: Revision,
  match: Match,
  wishes: readonly Wish[],
  request: LocateRequest,
): Promise<LocateResult> {
  const files = new Map<string, Buffer>();
  const sites: Site[] = [];
  for (const wish of wishes) {
    const current =
      files.size === 0 ? { revision, match, wish } : await onTopOf(revision, match, wish, files);
    const step = await locateOne(current, request);
    if (step.kind === 'declined') return step;
    sites.push(step.site);
    for (const [file, content] of step.files) files.set(file, content);
    if (wishes.length === 1) return located({ revision, match, wishes, sites, files, trial: step.trial });
  }
  const trial = await prove(
    revision,
    files,
    wishes.map((wish) => intentOf(match, wish)),
    match.root,
  );
  if (trial.outcome === 'exact' || (trial.outcome === 'shared' && allWanted(trial, request)))
    return located({ revision, match, wishes, sites, files, trial });
  return notExact(sites, trial);
}

async function onTopOf(
  revision: Revision,
  match: Match,
  wish: Wish,
  files: ReadonlyMap<string, Buffer>,
): Promise<Step> {
  const edited = revision.with(new Map(files));
  const root = edited.here(match.root);
  const rendering = await edited.render(root);
  const object = refOf(match.rendered.object);
  const rendered =
    rendering.kind === 'rendered'
      ? rendering.objects.find((one) => sameObject(refOf(one.object), object))
      : undefined;
  const field = rendered && fieldOf(rendered.object, wish.field.text);
  return {
    revision: edited,
    match: { root, rendered: rendered ?? match.rendered },
    wish: { ...wish, field: field ?? wish.field },
  };
}

interface Step {
  readonly revision: Revision;
  readonly match: Match;
  readonly wish: Wish;
}

type Chosen = {
  readonly kind: 'chosen';
  readonly site: Site;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly trial: Trial;
};

/**
 * The first candidate that the proof finds exact: (a) a replacement of what is there, (b) an addition in files of this
 * root alone, (c) a replacement in a shared file when all that it changes is wanted.
 */
async function locateOne(
  { revision, match, wish }: Step,
  request: LocateRequest,
): Promise<Chosen | Declined> {
  const refusals: Declined[] = [];
  let shared: Chosen | null = null;

  const attempt = async ({ edits, site }: Replacement): Promise<Chosen | null> => {
    const protection = protectionOf(revision, edits);
    const files = protection ? null : editedFiles(revision, edits);
    if (!files) {
      if (protection)
        refusals.unshift(declined(protection.code, protection.reason, [`${site.file}:${site.line}`]));
      return null;
    }
    const trial = await prove(revision, files, [intentOf(match, wish)], match.root);
    const sensitive = sensitiveChange(changesOf(trial));
    const chosen: Chosen = { kind: 'chosen', site, files, trial };
    if (sensitive)
      refusals.unshift(declined(sensitive.code, sensitive.reason, [`${site.file}:${site.line}`]));
    else if (trial.outcome === 'exact') return chosen;
    else if (trial.outcome === 'shared') shared ??= chosen;
    else refusals.push(notExact([site], trial));
    return null;
  };

  const exists = wish.field.value !== undefined;
  const candidates = exists
    ? await candidateSites(revision, match, wish)
    : { replacements: [], refusals: [] };
  refusals.push(...candidates.refusals);
  for (const replacement of candidates.replacements) {
    const chosen = await attempt(replacement);
    if (chosen) return chosen;
  }
  // Setting the value beside the other writer's would only hide what it writes.
  const owned = refusals.find(({ code }) => code === 'other-writer');
  if (owned) return owned;
  for (const addition of additionsFor(revision, match, wish)) {
    const chosen = await attempt(addition);
    if (chosen) return chosen;
  }
  return settle(shared, refusals, wish, request);
}

function settle(
  shared: Chosen | null,
  refusals: readonly Declined[],
  wish: Wish,
  request: LocateRequest,
): Chosen | Declined {
  if (shared) {
    if (allWanted(shared.trial, request)) return shared;
    const others = [
      ...new Set(
        shared.trial.beside.map(
          ({ root, change }) => `${change.object.kind} ${change.object.name} in ${root}`,
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

function allWanted(trial: Trial, request: LocateRequest): boolean {
  return trial.beside.every(({ root, change }) => request.alsoWanted?.(root, change) ?? false);
}

/** The fields as the root renders them now. Declines what is already so, has drifted, or cannot be a scalar. */
function wishesFor(match: Match, request: LocateRequest): readonly Wish[] | Declined {
  const { object } = match.rendered;
  const wishes: Wish[] = [];
  for (const { field, before, after } of request.fields) {
    const found = fieldOf(object, field);
    if (!found)
      return declined(
        'field-not-found',
        `${field} names a list item that ${object.kind} ${object.metadata.name} does not render`,
      );
    if (found.value !== undefined && typeof found.value === 'object' && found.value !== null) {
      return declined(
        'unsupported-value',
        `${field} is a mapping or a list; only single values are replaced`,
      );
    }
    const value = found.value as Scalar | undefined;
    // Whoever compares with the cluster means the amount; whoever types a value means the text.
    const path = parseFieldPath(found.text);
    const same =
      before === undefined ? sameText : (a: Scalar, b: Scalar) => sameText(a, b) || sameValue(path, b, a);
    if (value !== undefined && same(value, after)) {
      return declined(
        'already-so',
        `git already renders ${found.text} as ${String(value)}: waiting for the sync`,
      );
    }
    if (before !== undefined && !same(value ?? null, before)) {
      return declined(
        'drift',
        `git renders ${found.text} as ${String(value ?? 'nothing')}, the cluster has ${String(before)}: the two have drifted apart`,
      );
    }
    wishes.push({ field: found, after });
  }
  return wishes;
}

function sameText(a: Scalar, b: Scalar): boolean {
  return a === null || b === null ? a === b : String(a) === String(b);
}

function intentOf(match: Match, { field, after }: Wish): Intent {
  return { object: refOf(match.rendered.object), field: field.text, after };
}

function changesOf(trial: Trial): readonly FieldChange[] {
  return trial.comparisons.flatMap(({ comparison }) => comparison.changes);
}

function notExact(sites: readonly Site[], trial: Trial): Declined {
  const places = sites.map(({ file, line }) => `${file}:${line}`);
  const [stray] = trial.beside;
  const effect = stray
    ? `would also change ${stray.change.object.kind} ${stray.change.object.name}${stray.change.field === '' ? '' : ` ${stray.change.field}`}`
    : 'would not give the field the wanted value';
  return declined('not-exact', `an edit at ${places.join(', ')} ${effect}`, places);
}
