import type { ClusterState } from '../model/cluster-state.ts';
import type { Config } from '../config/schema.ts';
import type { Finding } from '../model/finding.ts';
import { describeRef, recordAt, type Scalar } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { quotaShortage } from '../witnesses/capacity.ts';
import { joinProse, ownText, prose, type Prose } from '../untrusted/prose.ts';
import type { Change } from '../model/change.ts';
import type { ValueRefused } from '../model/incident.ts';
import { withinCaps } from './caps.ts';
import { chooseField } from './choose-field.ts';
import { fieldNamed } from '../kubernetes/field-path.ts';

/** A value that somebody wants in place of the one that a finding wants. */
export interface ValueAsked {
  /** As the finding writes it, or its end where only one ends so. */
  readonly field: string;
  /** Null for what the finding itself wants. */
  readonly value: string | null;
  /** Of the incidents that the pull request is for, in which it was asked for. */
  readonly fingerprints: readonly string[];
  /** The first digits of its proposal key, as its branch has them: the value is for no other proposal. */
  readonly key: string;
}

/**
 * Puts the values that people asked for in place of those that a finding wants; of several for one field the last one wins. The caps
 * are those of now, whenever and wherever the value was asked for: what is beyond them is left out, with the reason.
 */
export function withValues(
  { changes: wanted, terms }: Pick<Finding, 'changes' | 'terms'>,
  asked: readonly Pick<ValueAsked, 'field' | 'value'>[],
  limits: Config['limits'],
  cluster: ClusterState | null,
): { readonly changes: readonly Change[]; readonly refused: readonly ValueRefused[] } {
  const refused: ValueRefused[] = [];
  const last = new Map<string, string>();
  for (const { field: named, value } of asked) {
    const choice = chosenField(named, wanted);
    if ('text' in choice) {
      last.delete(choice.text);
      if (value !== null) last.set(choice.text, value);
    } else if (value !== null) refused.push({ field: named, value, why: choice.why });
  }
  let changes = wanted;
  for (const [field, text] of last) {
    const next = changes.map((change) => (change.field.text === field ? changed(change, text) : change));
    const why = next.find((one) => 'why' in one)?.why;
    if (why) refused.push({ field, value: text, why });
    else changes = next as readonly Change[];
  }
  return { changes, refused };

  function changed(change: Change, text: string): Change | { readonly why: Prose } {
    const own = ownChange(change);
    const capped = withinCaps(own, text, { settable: terms?.settable, changes, limits });
    if (capped.kind === 'refused') return { why: capped.why };
    const shortage = cluster && roomFor(own, capped.value, cluster);
    if (shortage) return { why: shortage };
    return { ...change, after: typed(own, capped.value), own: own.after };
  }
}

/** The change as the rule wants it, whatever somebody has set: the caps go by that. */
export function ownChange(change: Change): Change {
  const { own, ...rest } = change;
  return own === undefined ? change : { ...rest, after: own };
}

/** The field of a finding that somebody means, or why it is none. */
export function chosenField(
  named: string,
  changes: readonly Pick<Change, 'field'>[],
): { readonly text: string } | { readonly why: Prose } {
  const fields = changes.map(({ field }) => field.text);
  const choice = chooseField(named, fields);
  if (choice.kind === 'field') return { text: choice.field };
  return choice.kind === 'several'
    ? { why: prose`${named} may be one of ${listed(choice.fields)}. Write more of it.` }
    : {
        why: prose`${named} is not a field of this finding, which is about ${listed([...new Set(fields)])}.`,
      };
}

function listed(fields: readonly string[]): Prose {
  return joinProse(
    fields.slice(0, 8).map((field) => prose`${field}`),
    ', ',
  );
}

function typed({ before, after }: Change, text: string): Scalar {
  const like = after ?? before;
  if (typeof like === 'number') return Number(text);
  return typeof like === 'boolean' ? text === 'true' : text;
}

/** What the rule proposes it has held against the quota itself; a larger value is held against it here. */
function roomFor(
  { object, field, before, after }: Change,
  text: string,
  cluster: ClusterState,
): Prose | null {
  const [kind, resource] = /\.resources\.(limits|requests)\.(cpu|memory)$/.exec(field.text)?.slice(1) ?? [];
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
export function refusalReason({ field, value, why }: ValueRefused): Prose {
  const last = fieldNamed(field).path.filter((segment) => typeof segment === 'string');
  return prose`${value}, which somebody asked for as ${last.slice(-2).join('.')}, is not proposed: ${why}`;
}

/** How a finding's own value reads in a sentence. */
export function ownValue(value: Scalar): Prose {
  return value === null ? ownText('nothing') : prose`${String(value)}`;
}
