import type { ClusterState } from '../model/cluster-state.ts';
import type { Config } from '../config/schema.ts';
import { lenientFieldPath } from '../kubernetes/field-path.ts';
import type { Settable } from '../model/finding.ts';
import { describeRef, recordAt, type ObjectRef, type Scalar } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { quotaShortage } from '../witnesses/capacity.ts';
import { joinProse, ownText, prose, type Prose } from '../untrusted/prose.ts';
import { withinCaps } from './caps.ts';
import { chooseField } from './choose-field.ts';

/** A value that somebody wants in place of the one that a finding wants. */
export interface ValueAsked {
  /** As the finding writes it, or its end where only one ends so. */
  readonly field: string;
  /** Null for what the finding itself wants. */
  readonly value: string | null;
}

interface Wanted {
  readonly object: ObjectRef;
  readonly field: string;
  readonly before: Scalar;
  readonly after: Scalar;
}

export interface ValuesApplied<W extends Wanted> {
  readonly wanted: readonly W[];
  /** What Faultline itself wanted, for each field that has another value now. */
  readonly set: readonly { readonly field: string; readonly own: Scalar; readonly value: string }[];
  readonly refused: readonly { readonly field: string; readonly value: string; readonly why: Prose }[];
}

/**
 * Puts the values that people asked for in place of those that a finding wants; of several for one field the last one wins. The caps
 * are those of now, whenever and wherever the value was asked for: what is beyond them is left out, with the reason.
 */
export function withValues<W extends Wanted>(
  { wanted, settable }: { readonly wanted: readonly W[]; readonly settable: Settable | undefined },
  asked: readonly ValueAsked[],
  limits: Config['limits'],
  cluster: ClusterState | null,
): ValuesApplied<W> {
  const refused: ValuesApplied<W>['refused'][number][] = [];
  const last = new Map<string, string>();
  for (const { field: named, value } of asked) {
    const choice = fieldNamed(named, wanted);
    if (typeof choice === 'string') {
      last.delete(choice);
      if (value !== null) last.set(choice, value);
    } else if (value !== null) refused.push({ field: named, value, why: choice.why });
  }
  let changes = wanted;
  const set: ValuesApplied<W>['set'][number][] = [];
  for (const [field, text] of last) {
    const next = changes.map((change) => (change.field === field ? changed(change, text) : change));
    const why = next.map((change) => ('why' in change ? change.why : null)).find((one) => one !== null);
    if (why) refused.push({ field, value: text, why });
    else {
      set.push({ field, own: wanted.find((change) => change.field === field)!.after, value: text });
      changes = next as readonly W[];
    }
  }
  return { wanted: changes, set, refused };

  function changed(change: W, text: string): W | { readonly field: string; readonly why: Prose } {
    const own = wanted.find(({ object, field }) => object === change.object && field === change.field)!;
    const capped = withinCaps(own, text, { settable, changes, limits });
    if (capped.kind === 'refused') return { field: change.field, why: capped.why };
    const shortage = cluster && roomFor(own, capped.value, cluster);
    if (shortage) return { field: change.field, why: shortage };
    return { ...change, after: typed(own, capped.value) };
  }
}

/** The field of a finding that somebody means, or why it is none. */
export function fieldNamed(
  named: string,
  wanted: readonly Pick<Wanted, 'field'>[],
): string | { readonly why: Prose } {
  const fields = wanted.map(({ field }) => field);
  const choice = chooseField(named, fields);
  if (choice.kind === 'field') return choice.field;
  return choice.kind === 'several'
    ? { why: prose`${named} may be one of ${listed(choice.fields)}. Write more of it.` }
    : { why: prose`${named} is no field of this finding. It is about ${listed([...new Set(fields)])}.` };
}

function listed(fields: readonly string[]): Prose {
  return joinProse(
    fields.slice(0, 8).map((field) => prose`${field}`),
    ', ',
  );
}

function typed({ before, after }: Wanted, text: string): Scalar {
  const like = after ?? before;
  if (typeof like === 'number') return Number(text);
  return typeof like === 'boolean' ? text === 'true' : text;
}

/** What the rule proposes it has held against the quota itself; a larger value is held against it here. */
function roomFor(
  { object, field, before, after }: Wanted,
  text: string,
  cluster: ClusterState,
): Prose | null {
  const [kind, resource] = /\.resources\.(limits|requests)\.(cpu|memory)$/.exec(field)?.slice(1) ?? [];
  const amount = parseQuantity(text) ?? 0;
  if (!kind || !resource || amount <= (parseQuantity(after) ?? 0)) return null;
  const owner = cluster.get(object.kind, object.namespace, object.name);
  const replicas = owner && recordAt(owner, 'spec')['replicas'];
  const pods = typeof replicas === 'number' ? replicas : 1;
  const extra = { [`${kind}.${resource}`]: (amount - (parseQuantity(before) ?? 0)) * pods };
  const shortage = quotaShortage(cluster, object.namespace, extra);
  return (
    shortage &&
    prose`${describeRef(shortage.quota)} has no room for it (${shortage.resource}: ${shortage.used} of ${shortage.hard} used).`
  );
}

/** What a decision says about a value that was refused. */
export function refusalReason({ field, value, why }: ValuesApplied<Wanted>['refused'][number]): Prose {
  const last = lenientFieldPath(field).filter((segment) => typeof segment === 'string');
  return prose`${value}, which somebody asked for as ${last.slice(-2).join('.')}, is not proposed: ${why}`;
}

/** How a finding's own value reads in a sentence. */
export function ownValue(value: Scalar): Prose {
  return value === null ? ownText('nothing') : prose`${String(value)}`;
}
