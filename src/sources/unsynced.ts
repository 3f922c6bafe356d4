import { sameValue } from '../kubernetes/compare.ts';
import { type ConcretePath, type FieldPath, getField } from '../kubernetes/field-path.ts';
import { fieldWriter } from '../kubernetes/managed-fields.ts';
import { describeRef, refOf, type Json, type KubernetesObject } from '../kubernetes/objects.ts';
import { differences } from '../kubernetes/differences.ts';
import type { Plan, Unplanned } from './declarations/plan.ts';
import { givenValues } from './given-values.ts';
import { declaringObject, type Context } from './gitops.ts';
import type { HelmRoot } from './roots.ts';
import type { Revision } from './revision.ts';

/** A value of a release that git has otherwise than the object in the cluster that declares the release. */
export interface Unsynced {
  /** `HelmRelease shop/cart` */
  readonly declarer: string;
  /** Among the values of the release. */
  readonly path: ConcretePath;
  readonly inGit: Json;
  /** Null where the cluster's object has no such value. */
  readonly live: Json | null;
  /** The tool with which a person wrote that value into the cluster's object; null where nothing says so. */
  readonly writtenBy: string | null;
  /** The release as git has it. */
  readonly root: HelmRoot;
}

/**
 * The value behind a field that the cluster has not synced; null where what declares the live object says of the field what git says, or
 * where that is not known.
 */
export async function unsyncedValue(
  object: KubernetesObject,
  field: FieldPath,
  context: Context,
): Promise<Unsynced | null> {
  const found = await declaringObject(object, context);
  const [only, ...others] = found?.written.declarations ?? [];
  const [root] = only?.roots ?? [];
  if (!found || !only || others.length > 0 || found.plans.length !== 1 || root?.kind !== 'helm') return null;
  const [git, live] = [only.plan, found.plans[0]!].map((plan) => valuesOf(context.revision, plan));
  if (git === null || live === null) return null;
  const value = getField(object, field);
  const own = differences(git, live).filter((one) => one.before !== undefined && isBehind(one, field, value));
  const [one] = own;
  if (!one || own.length > 1) return null;
  const writer = fieldWriter(found.live, ['spec', 'values', ...one.path]);
  return {
    writtenBy: writer?.kind === 'hand' ? writer.manager : null,
    declarer: describeRef(refOf(found.live)),
    path: one.path,
    inGit: one.before!,
    live: one.after ?? null,
    root,
  };
}

function valuesOf(revision: Revision, plan: Plan | Unplanned): Json {
  const content = 'content' in plan ? plan.content : null;
  return content?.kind === 'chart' ? (givenValues(revision, content.values) as Json) : null;
}

/** Whether the value that the cluster was given is the field's: it is called so, and is what the field has now. */
function isBehind(
  { path, after }: { readonly path: ConcretePath; readonly after: Json | undefined },
  field: FieldPath,
  value: unknown,
): boolean {
  const [own, last] = [path.at(-1), field.at(-1)];
  if (last === 'image')
    return (
      /tag|image|version|digest/i.test(String(own)) &&
      (value === after || String(value).endsWith(`:${String(after)}`))
    );
  const isCalledSo =
    own === last || (last === 'replicas' && own === 'replicaCount') || isVariable(path, field);
  if (!isCalledSo) return false;
  // What it was not given at all has only its name to tell.
  if (after === undefined) return path.at(-2) === field.at(-2) && value === undefined;
  return sameValue(field, after, value);
}

function isVariable(path: ConcretePath, field: FieldPath): boolean {
  const variable = field.at(-2);
  return (
    field.at(-1) === 'value' &&
    typeof variable === 'object' &&
    (path.at(-1) === variable.value || (path.at(-1) === 'value' && path.at(-2) === variable.value))
  );
}
