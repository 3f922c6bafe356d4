import type { ConcretePath } from '../../kubernetes/field-path.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import { valueCandidates } from '../candidates.ts';
import { nodeAtPath, valuesOf } from '../helm/values.ts';

/** `apps/cart.yaml:12`: the line that a value of a release is written in; null where that is not in the repository. */
export async function placeOfValue(
  revision: Revision,
  root: HelmRoot,
  path: ConcretePath,
): Promise<string | null> {
  const node = nodeAtPath(valuesOf(revision, root), path);
  if (node?.kind !== 'scalar') return null;
  const { value, layer } = node;
  const other = typeof value === 'number' ? value + 1 : `${String(value)}0`;
  const { replacements } = await valueCandidates(revision, root, { path, value, layer }, other);
  const [replacement] = replacements;
  return replacement ? `${replacement.site.file}:${replacement.site.line}` : null;
}
