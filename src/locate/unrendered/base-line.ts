import { parseImage } from '../../kubernetes/images.ts';
import { recordsOf, type Scalar } from '../../kubernetes/objects.ts';
import type { Revision } from '../../sources/revision.ts';
import type { KustomizeRoot } from '../../sources/roots.ts';
import type { AlsoWanted } from '../also-wanted.ts';
import type { Target } from '../target.ts';
import { declined, type Declined } from '../../model/declined.ts';
import { replacementsAt } from '../replacements.ts';
import { agrees, statementsIn } from './base-lines.ts';
import type { Statement } from './statement.ts';
import type { LikelyLine } from './likely-line.ts';
import type { LiveField } from './live-field.ts';
import { nameOf, takenFromElsewhere } from './owner.ts';

/** The one line of a root that speaks of a field, where what the root takes from elsewhere makes the object. */
export async function lineInBase(
  revision: Revision,
  root: KustomizeRoot,
  target: Target,
  field: LiveField,
  alsoWanted: AlsoWanted | null,
): Promise<LikelyLine | Declined> {
  const taken = takenFromElsewhere(root);
  const what = `${root.id} takes ${taken}, which is not in this repository, so what it renders is not known`;
  const first = onlyStatement(revision, root, target, field, what);
  if ('code' in first) return first;
  const shared = await declinedAsShared(first, { revision, root, target, field, alsoWanted, what });
  if (shared) return shared;
  const [replacement] = replacementsAt(first.scalar, first.value, field.after);
  if (!replacement)
    return declined(
      'no-site',
      `${placeOf(first)} cannot give ${field.text} the value ${String(field.after)}`,
      [placeOf(first)],
    );
  if ('code' in replacement)
    return declined('unsupported-value', `${placeOf(first)}: ${replacement.message}`, [placeOf(first)]);
  return {
    replacement,
    before: field.before ?? first.value,
    after: field.after,
    because: `${first.what} is the one line of ${root.id} that speaks of the field; what ${taken} says of it is not known here`,
  };
}

/** The one statement about the field, where it has the cluster's value. `what` is not known of the root, for people. */
function onlyStatement(
  revision: Revision,
  root: KustomizeRoot,
  target: Target,
  field: LiveField,
  what: string,
): Statement | Declined {
  const statements = statementsIn(revision, root, target, field);
  const [first, ...others] = statements;
  const places = statements.map(placeOf);
  if (!first)
    return declined(
      'render-failed',
      `${nameOf(target)} comes from ${root.id}. ${what}, and no images or replicas entry, patch, generator or value of a chart here sets ${field.text}`,
      [root.id],
    );
  if (others.length > 0)
    return declined(
      'several-sites',
      `${what}, and several lines here could be ${field.text}: ${places.join(', ')}`,
      places,
    );
  if (first.rival !== undefined)
    return declined(
      'shared-site',
      `${what}: ${first.what} could be meant for ${first.rival} as well, and only the chart tells`,
      places,
    );
  if (!agrees(first, field))
    return declined(
      'drift',
      `${places[0]} has ${field.text} as ${String(first.value)}, the cluster has ${String(field.before)}`,
      places,
    );
  if (String(first.value) === String(field.after))
    return declined('already-so', `${places[0]} has ${field.text} as ${String(field.after)} already`, places);
  return first;
}

interface Reach {
  readonly revision: Revision;
  readonly root: KustomizeRoot;
  readonly target: Target;
  readonly field: LiveField;
  readonly alsoWanted: AlsoWanted | null;
  readonly what: string;
}

/** Declines a line that decides about another root too, or about several namespaces or clusters; else null. */
async function declinedAsShared(
  first: Statement,
  { revision, root, target, field, alsoWanted, what }: Reach,
): Promise<Declined | null> {
  // An image that the registry does not have is as broken in every root that runs it.
  const isBrokenEverywhere = alsoWanted?.everywhere === true && field.path.at(-1) === 'image';
  const shared = revision.roots
    .readersOf(first.scalar.file)
    .filter((one) => one.kind === 'kustomize')
    .filter((one) => one.path !== root.path)
    .filter(
      (one) =>
        !isBrokenEverywhere ||
        renamesImage(revision, one, first.value) ||
        !saysTheSame(statementsIn(revision, one, target, field), first),
    );
  if (shared.length > 0)
    return declined(
      'shared-site',
      `${placeOf(first)} also decides about ${shared.map(({ id }) => id).join(' and ')}. ${what}`,
      [placeOf(first)],
    );
  const appliers = root.declared === null ? await appliersOf(revision, root) : [];
  if (appliers.length > 1 && !isBrokenEverywhere)
    return declined(
      'shared-site',
      `${placeOf(first)} decides about all that ${appliers.join(' and ')} apply from ${root.id}. ${what}`,
      [placeOf(first)],
    );
  return null;
}

/** An entry takes the image from another registry, which may well have it. */
function renamesImage(revision: Revision, { closure }: KustomizeRoot, image: Scalar): boolean {
  const name = parseImage(String(image))?.name;
  return [...closure.files].some(
    ([file, role]) =>
      role === 'kustomization' &&
      recordsOf(revision.kustomization(file)['images']).some(
        (entry) => entry['name'] === name && entry['newName'] !== undefined,
      ),
  );
}

/** The line makes the same of the field there, and no other line has a say. */
function saysTheSame([only, ...others]: readonly Statement[], { scalar, value }: Statement): boolean {
  return (
    only !== undefined &&
    others.length === 0 &&
    only.value === value &&
    only.scalar.file === scalar.file &&
    only.scalar.line === scalar.line
  );
}

/** What applies the folder as it is, to several namespaces or clusters. */
async function appliersOf(revision: Revision, root: KustomizeRoot): Promise<readonly string[]> {
  const plans = (await revision.ownDeclarations())
    .filter(
      ({ plan, roots }) => plan.from.revision.pin === undefined && roots.some(({ id }) => id === root.id),
    )
    .map(({ plan }) => plan);
  const places = new Map(
    plans.map(({ namespace, cluster, by }) => [JSON.stringify([namespace, cluster]), by]),
  );
  return [...places.values()];
}

function placeOf({ scalar: { file, line } }: Statement): string {
  return `${file}:${line}`;
}
