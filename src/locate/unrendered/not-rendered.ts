import type { Revision } from '../../sources/revision.ts';
import { isBare } from '../../sources/same-root.ts';
import type { Target } from '../target.ts';
import { declined, type Declined } from '../../model/declined.ts';
import { declaredIn, isElsewhere, isPartial, nameOf, takenFromElsewhere, type PartialRoot } from './owner.ts';

/** What a root with a part elsewhere renders is not known; what it says here may still be. */
export function isUnseen({ code }: Declined): boolean {
  return code === 'render-failed' || code === 'object-not-found';
}

/** Roots that are named one by one. */
const MOST_NAMED = 3;

/**
 * Why an object that no root renders is not looked for in roots that do not render: nothing says that it comes from one of them.
 * What they would render is not known, and no answer claims to know it.
 */
export async function notRendered(
  revision: Revision,
  target: Target,
  otherwise: Declined,
): Promise<Declined> {
  const unknown: PartialRoot[] = [];
  for (const root of target.roots ?? (await revision.allRoots()))
    if (isPartial(root) && mayMake(revision, root, target) && (await isElsewhere(revision, root)))
      unknown.push(root);
  const ids = new Set(unknown.map(({ id }) => id));
  const isAllUnknown = otherwise.candidates.every((candidate) => ids.has(candidate));
  if (unknown.length === 0 || !isAllUnknown) return otherwise;
  const inOrder = unknown.toSorted(
    (one, other) => Number(isAlike(other, target)) - Number(isAlike(one, target)),
  );
  const named = inOrder
    .slice(0, MOST_NAMED)
    .map((root) => `${declaredIn(root)} takes ${takenFromElsewhere(root)}`);
  const more = unknown.length - named.length;
  const rest = more > 0 ? `, and so do ${more} more roots` : '';
  const missing =
    target.live === null
      ? 'Only the labels of the live object, or the mapping, say whether it comes from there'
      : 'Nothing on the live object says that it comes from there';
  return declined(
    'render-failed',
    `${nameOf(target)} is in no root that renders here. What is not in this repository may make it: ${named.join('; ')}${rest}. ${missing}`,
    inOrder.map(declaredIn),
  );
}

/** Names decide nothing; those that begin alike are read first. */
function isAlike(root: PartialRoot, { wanted }: Target): boolean {
  return root.kind === 'helm' && (wanted.name ?? '').startsWith(root.release.name);
}

/** False for what goes to another namespace, and for a release of Helm, which writes its name on what it makes. */
function mayMake(revision: Revision, root: PartialRoot, { wanted, live }: Target): boolean {
  if (root.kind === 'helm' && live !== null) return false;
  const isUnnamed: boolean = isBare(root);
  if (isUnnamed) return true;
  const namespace = root.kind === 'helm' ? root.release.namespace : namespaceOf(revision, root);
  return namespace === null || typeof wanted.namespace !== 'string' || namespace === wanted.namespace;
}

function namespaceOf(revision: Revision, root: PartialRoot): string | null {
  const [file] = [...root.closure.files].find(([, role]) => role === 'kustomization') ?? [];
  const { namespace } = file === undefined ? {} : revision.kustomization(file);
  return typeof namespace === 'string' && namespace !== '' ? namespace : null;
}
