import { printFieldPath, type ConcretePath } from '../../kubernetes/field-path.ts';
import { describeChart } from '../../renderers/chart.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import { valueCandidates } from '../candidates.ts';
import type { Target } from '../target.ts';
import { declined, type Declined } from '../../model/declined.ts';
import { likelyValues, valuesOtherwise, type LikelyValue } from '../helm/likely-values.ts';
import { valuesOf, type Leaf } from '../helm/values.ts';
import type { Replacement } from '../replacements.ts';
import type { LikelyLine } from './likely-line.ts';
import type { LiveField } from './live-field.ts';
import { chartOf, nameOf, takenFromElsewhere } from './owner.ts';
import { placeOfValue } from './place-of-value.ts';
import { apartFromRivals, unseenField, type LiveUnseenField, type Rival } from './rivals.ts';

/** The one value of a release that speaks of a field, where the chart that makes the field is published elsewhere. */
export async function lineInRelease(
  revision: Revision,
  root: HelmRoot,
  target: Target,
  field: LiveField,
): Promise<LikelyLine | Declined> {
  const { live } = target;
  const { likely, rival, unseen, isOwn, isRead } = await likelyIn(revision, root, target, field);
  const what = isOwn
    ? `${nameOf(target)} is made by ${root.id}, which does not render without ${takenFromElsewhere(root)}`
    : `${nameOf(target)} is made by ${chartsOf(root, target)}, which is not in this repository`;
  const [first, ...others] = likely;
  if (!first) {
    const otherwise = await Promise.all(
      valuesOtherwise(valuesOf(revision, root), unseen, isRead)
        .slice(0, MOST_NAMED)
        .map(async (leaf) => ({ leaf, place: await placeOfValue(revision, root, leaf.path) })),
    );
    return declined(
      'render-failed',
      `${what}, and no value of ${root.id}${isOwn ? '' : belowNested(root, live)} speaks of ${field.text}${agreeing(field)}${otherwise.map(told).join('')}${valuesIn(root)}`,
      otherwise.length === 0 ? placesOf(root) : otherwise.flatMap(({ place }) => place ?? []),
    );
  }
  if (others.length > 0) {
    const places = await Promise.all(likely.map((one) => placeOf(revision, root, one)));
    return declined(
      'several-sites',
      `${what}, and several values of ${root.id} could be ${field.text}: ${places.join(', ')}`,
      places,
    );
  }
  if (rival)
    return declined(
      'shared-site',
      `${what}: its value ${printFieldPath(first.leaf.path)} could be meant for ${rival.what} as well, and only the chart tells`,
      [await placeOf(revision, root, first)],
    );
  if (String(first.leaf.value) === String(first.value))
    return declined(
      'already-so',
      `the values of ${root.id} have ${printFieldPath(first.leaf.path)} as ${String(first.value)} already`,
    );
  const replacement = await editOf(revision, root, first);
  if ('kind' in replacement) return replacement;
  const agreement = field.before === undefined ? '' : ` and agrees with the cluster`;
  return {
    replacement,
    before: first.before,
    after: typeof first.before === 'number' ? first.value : field.after,
    because: `${printFieldPath(first.leaf.path)} is the one value of ${byOf(root)} that speaks of the field${agreement}; which value ${isOwn ? 'its template' : chartsOf(root, target)} reads is not known here`,
  };
}

/** Where a value for the field would have to be written, for people. */
function valuesIn(root: HelmRoot): string {
  const files = valuesFiles(root);
  return files.length === 0 ? '' : `; its values are in ${files.join(' and ')}`;
}

function placesOf(root: HelmRoot): readonly string[] {
  const files = valuesFiles(root);
  return files.length === 0 ? [root.id] : files;
}

function valuesFiles({ values }: HelmRoot): readonly string[] {
  return values.flatMap((input) => (input.kind === 'file' ? [input.path] : []));
}

/** What may be the field among the values of a release, and of which values that can be said. */
export async function likelyIn(
  revision: Revision,
  root: HelmRoot,
  target: Target,
  field: LiveField,
): Promise<{
  readonly likely: readonly LikelyValue[];
  /** What the only one could be meant for as well. */
  readonly rival: Rival | undefined;
  readonly unseen: LiveUnseenField;
  /** A template that is here may make the object. */
  readonly isOwn: boolean;
  readonly isRead: (path: ConcretePath) => boolean;
}> {
  const { live } = target;
  const unseen = unseenField(live, field, root.release.name);
  const isOwn = await mayBeItsOwn(revision, root, target);
  const isRead = isOwn ? () => true : readBy(root, target);
  const all = likelyValues(valuesOf(revision, root), unseen, isRead);
  return { ...apartFromRivals(target, all, unseen, root.release.name), unseen, isOwn, isRead };
}

/** The most values that a sentence names. */
const MOST_NAMED = 3;

function told({ leaf, place }: { readonly leaf: Leaf; readonly place: string | null }): string {
  return `; ${printFieldPath(leaf.path)} is ${String(leaf.value)}${place === null ? '' : ` (${place})`}`;
}

/** True where a template that is here may make the object, and cannot be rendered without what is not here. */
async function mayBeItsOwn(revision: Revision, root: HelmRoot, { wanted, live }: Target): Promise<boolean> {
  const part = revision.inPart(root);
  if (!part || root.closure.remote.some(({ name }) => name === chartOf(live))) return false;
  const templates = [...root.closure.files].flatMap(([file, role]) => (role === 'template' ? [file] : []));
  if (!templates.some((file) => revision.tree.read(file)?.includes(wanted.kind))) return false;
  return (await revision.render(part)).kind === 'failed';
}

/** Which part of the values the charts that are not here can read: what stands below their names, and what is global. */
function readBy(root: HelmRoot, { live }: Target): (path: ConcretePath) => boolean {
  const made = chartOf(live);
  const named = root.closure.remote.filter(({ name }) => name === made);
  const isNested = made !== null && named.length === 0;
  const prefixes = (named.length > 0 ? named : root.closure.remote).flatMap((one) => one.prefixes);
  return (path) => {
    const prefix = prefixes.find((one) => one.every((step, index) => path[index] === step));
    if (prefix === undefined) return path[0] === 'global';
    // A chart that one of these brings along has its values below its own name.
    return !isNested || path.slice(prefix.length).includes(made) || path[0] === 'global';
  };
}

/** Where the values of a chart stand that a chart from elsewhere brings along, as the label of the object names it. */
function belowNested({ closure }: HelmRoot, live: Target['live']): string {
  const made = chartOf(live);
  const isNested = made !== null && !closure.remote.some(({ name }) => name === made);
  return isNested ? ` below a key ${made}, the chart in its label helm.sh/chart,` : '';
}

function chartsOf(root: HelmRoot, { live }: Target): string {
  const made = root.closure.remote.find(({ name }) => name === chartOf(live));
  return made ? describeChart(made) : takenFromElsewhere(root);
}

function byOf({ declared, id }: HelmRoot): string {
  return declared?.plan.by ?? id;
}

function agreeing({ before }: LiveField): string {
  return before === undefined ? '' : ` and has ${String(before)} as the cluster does`;
}

async function placeOf(revision: Revision, root: HelmRoot, likely: LikelyValue): Promise<string> {
  const edit = await editOf(revision, root, likely);
  return 'kind' in edit ? printFieldPath(likely.leaf.path) : `${edit.site.file}:${edit.site.line}`;
}

/** The edit of the value, and of those that change with it. */
async function editOf(
  revision: Revision,
  root: HelmRoot,
  { leaf, value, and = [] }: LikelyValue,
): Promise<Replacement | Declined> {
  const edits: Replacement[] = [];
  for (const one of [{ leaf, value }, ...and]) {
    const edit = await editOfValue(revision, root, one);
    if ('kind' in edit) return edit;
    edits.push(edit);
  }
  return { ...edits[0]!, edits: edits.flatMap((one) => one.edits) };
}

async function editOfValue(
  revision: Revision,
  root: HelmRoot,
  { leaf, value }: Pick<LikelyValue, 'leaf' | 'value'>,
): Promise<Replacement | Declined> {
  const { replacements, refusals } = await valueCandidates(revision, root, leaf, value);
  return (
    // An alias is seldom meant to have a value of its own.
    replacements.find(({ cutsAlias }) => cutsAlias !== true) ??
    replacements[0] ??
    refusals[0] ??
    declined(
      'no-site',
      `the value ${printFieldPath(leaf.path)} of ${root.id} is not written in this repository`,
      [root.id],
    )
  );
}
