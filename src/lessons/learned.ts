import { parseQuantity } from '../kubernetes/quantities.ts';
import type { PlacedChange } from '../model/change.ts';
import type { Lesson } from '../model/lessons.ts';
import type { Located } from '../model/located.ts';

/**
 * Fields of which less is a mistake again for as long as the workload does what it does. Whether a tag, a ConfigMap or a port is there can
 * change any day, and the guard looks for itself.
 */
const LASTING: readonly { readonly kind: RegExp; readonly field: RegExp }[] = [
  { kind: /./, field: /\.(?:initContainers|containers)\[name=[^\]]+\]\.resources\.limits\.memory$/ },
  { kind: /./, field: /\.(?:initContainers|containers)\[name=[^\]]+\]\.resources\.requests\.memory$/ },
  { kind: /^HorizontalPodAutoscaler$/, field: /^spec\.maxReplicas$/ },
  { kind: /^ScaledObject$/, field: /^spec\.maxReplicaCount$/ },
  // The API server refuses less of it.
  { kind: /^PersistentVolumeClaim$/, field: /^spec\.resources\.requests\.storage$/ },
];

/** What the changes of a fix teach. A request that was raised along with its limit follows the limit, and teaches nothing of its own. */
export function learned({ changes }: Pick<Located, 'changes'>): readonly Lesson[] {
  const raised = changes.filter((change) => isLasting(change) && isRaised(change));
  const hasLimit = ({ field }: PlacedChange): boolean =>
    raised.some((other) => other.field.text === field.text.replace('.requests.', '.limits.'));
  return raised
    .filter((change) => !change.field.text.includes('.requests.memory') || !hasLimit(change))
    .map(lessonOf);
}

/** What the changes of a fix give less of, so that what an earlier one taught of it may hold no more. */
export function lowered({ changes }: Pick<Located, 'changes'>): readonly Lesson[] {
  return changes.filter((change) => isLasting(change) && isLowered(change)).map(lessonOf);
}

function lessonOf({ object, field, after, site }: PlacedChange): Lesson {
  return {
    object: `${object.kind}/${object.name}`,
    namespace: object.namespace,
    root: site.root,
    field: field.text,
    atLeast: after as Lesson['atLeast'],
  };
}

function isLasting({ object, field }: PlacedChange): boolean {
  return LASTING.some((one) => one.kind.test(object.kind) && one.field.test(field.text));
}

/** A value that was not there before was no limit, so that nothing was too low. */
function isRaised({ before, after }: Pick<PlacedChange, 'before' | 'after'>): boolean {
  const [was, is] = [parseQuantity(before), parseQuantity(after)];
  return was !== null && is !== null && was < is;
}

function isLowered({ before, after }: PlacedChange): boolean {
  return isRaised({ before: after, after: before });
}
