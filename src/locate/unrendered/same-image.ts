import { printFieldPath } from '../../kubernetes/field-path.ts';
import { sameObject } from '../../kubernetes/objects.ts';
import type { Beside } from '../../proof/trial.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import type { AlsoWanted } from '../also-wanted.ts';
import type { Target } from '../target.ts';
import type { LiveField } from './live-field.ts';
import { isPartial } from './owner.ts';
import { likelyIn } from './release-line.ts';

/**
 * True where a change beside the edit is wanted as well: another release takes the very image from the same line, and the registry does
 * not have it. A release that gives the value another repository runs another image.
 *
 * @param alsoWanted null where a person named the one field
 */
export async function isSameImageElsewhere(
  revision: Revision,
  beside: Beside,
  target: Target,
  fields: readonly LiveField[],
  alsoWanted: AlsoWanted | null,
): Promise<boolean> {
  if (alsoWanted?.everywhere !== true) return false;
  const releases = await releasesBehind(revision, beside);
  if (releases.length === 0) return alsoWanted.change(beside, false);
  const { field: path, before, after } = beside.change;
  for (const release of releases) {
    const makes = await Promise.all(
      fields.map(async (field) => {
        if (field.path.at(-1) !== 'image') return false;
        const { likely } = await likelyIn(revision, release, target, field);
        const [only] = likely;
        return (
          likely.length === 1 &&
          path.text.endsWith(printFieldPath(only!.leaf.path)) &&
          only!.leaf.value === before &&
          only!.value === after
        );
      }),
    );
    if (!makes.includes(true)) return false;
  }
  return true;
}

/** The releases that a changed value is of: of the object that changes, or of the root itself. */
async function releasesBehind(
  revision: Revision,
  { root, change: { object } }: Beside,
): Promise<readonly HelmRoot[]> {
  const declarations = await revision.ownDeclarations();
  return declarations
    .flatMap(({ roots }) => roots)
    .filter((one): one is HelmRoot => one.kind === 'helm' && isPartial(one))
    .filter(
      ({ id, declared }) =>
        id === root ||
        (declared !== null && declared.parent?.id === root && sameObject(declared.object, object)),
    );
}
