import { parseImage, printImage } from '../../kubernetes/images.ts';
import { refOf, type Scalar } from '../../kubernetes/objects.ts';
import type { Revision } from '../../sources/revision.ts';
import type { Target } from '../target.ts';
import type { Declined } from '../../model/declined.ts';
import type { LocatedSite } from '../../model/located.ts';
import { liveField } from './live-field.ts';
import { likelyLine } from './locate-unrendered.ts';
import type { PartialRoot } from './owner.ts';

/** The line that most likely makes a field as the cluster has it; null where the cluster tells nothing of the field. */
export async function likelySite(
  revision: Revision,
  root: PartialRoot,
  target: Target,
  field: string,
): Promise<LocatedSite | Declined | null> {
  const { live } = target;
  const { before, text } = liveField(live, { field, after: null });
  if (live === null || before === undefined) return null;
  const line = await likelyLine(revision, root, target, liveField(live, { field, after: otherThan(before) }));
  if ('kind' in line) return line;
  const { replacement, because } = line;
  const site = { ...replacement.site, renderer: root.kind, root: root.path, likely: because };
  return { kind: 'site', object: refOf(live), field: text, before, site };
}

/** Any value of the same kind: a place is found by an edit that is never made. */
function otherThan(before: Scalar): Scalar {
  if (typeof before === 'number') return before + 1;
  if (typeof before === 'boolean') return !before;
  const image = typeof before === 'string' ? parseImage(before) : null;
  return image?.tag ? printImage({ ...image, tag: `${image.tag}-other`.slice(-100) }) : `${String(before)}0`;
}
