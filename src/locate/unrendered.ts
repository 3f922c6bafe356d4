import { fieldOf } from '../kubernetes/field.ts';
import { parseFieldPath, printFieldPath, readablePath, type FieldPath } from '../kubernetes/field-path.ts';
import { describeRef, isRecord, type KubernetesObject, type Scalar } from '../kubernetes/objects.ts';
import { describeChart } from '../renderers/chart.ts';
import { editedFiles, prove, type Trial } from '../proof/prove.ts';
import type { Revision } from '../sources/revision.ts';
import type { HelmRoot, Root } from '../sources/roots.ts';
import { valueCandidates } from './candidates.ts';
import type { Target } from './choose-source.ts';
import { declined } from './declined.ts';
import { likelyValues, type LikelyValue, type UnseenField } from './helm/likely-values.ts';
import { valuesOf } from './helm/values.ts';
import type { Declined, Located } from './located.ts';
import { protectionOf } from './protected.ts';
import type { Replacement } from './replacements.ts';
import { located } from './result.ts';
import type { FieldRequest } from './wishes.ts';

/**
 * The release whose chart is published elsewhere and that the object most likely belongs to; null where there is none. Where several
 * could be it, all are named.
 */
export async function unrenderedRelease(
  revision: Revision,
  { wanted, live, roots }: Target,
): Promise<HelmRoot | Declined | null> {
  const annotations = live?.metadata.annotations ?? {};
  const named = annotations['meta.helm.sh/release-name'];
  const isIts = ({ release }: HelmRoot): boolean =>
    named === undefined
      ? wanted.name !== undefined && `${wanted.name}-`.startsWith(`${release.name}-`)
      : named === release.name &&
        (annotations['meta.helm.sh/release-namespace'] ?? release.namespace) === release.namespace;
  const isInReach = ({ release }: HelmRoot): boolean =>
    wanted.namespace === undefined || wanted.namespace === null || wanted.namespace === release.namespace;
  const candidates = (roots ?? (await revision.allRoots())).filter(isRemoteRelease);
  const owners = candidates.filter((root) => isInReach(root) && isIts(root));
  const unrendered: HelmRoot[] = [];
  for (const root of owners) {
    const rendering = await revision.render(root);
    if (rendering.kind === 'failed' && rendering.code === 'remote') unrendered.push(root);
  }
  // `cart-db` belongs to the release cart-db before it belongs to cart.
  const longest = Math.max(...unrendered.map(({ release }) => release.name.length));
  const [only, ...more] = unrendered.filter(({ release }) => release.name.length === longest);
  if (!only || more.length === 0) return only ?? null;
  const all = [only, ...more].map(declaredIn);
  return declined(
    'several-sources',
    `${wanted.kind} ${wanted.namespace ? `${wanted.namespace}/` : ''}${wanted.name} may be made by ${all.join(' or by ')}, and nothing tells which one this is`,
    all,
  );
}

/** Which object installs a release, and what renders that object: `Flux HelmRelease shop/cart in clusters/eu`. */
function declaredIn({ id, declared }: HelmRoot): string {
  if (declared === null) return id;
  return declared.parent === null ? declared.plan.by : `${declared.plan.by} in ${declared.parent.id}`;
}

function isRemoteRelease(root: Root): root is HelmRoot {
  return root.kind === 'helm' && root.declared !== null && root.closure.parts.length === 0;
}

/** The release's values that most likely make the fields; the proof is open. Null where nothing in the values speaks of them. */
export async function locateUnrendered(
  revision: Revision,
  root: HelmRoot,
  target: Target,
  fields: readonly FieldRequest[],
): Promise<Located | Declined> {
  const values = valuesOf(revision, root);
  const object = target.live ?? skeleton(target, fields);
  const name = describeRef({
    kind: object.kind,
    namespace: target.wanted.namespace ?? null,
    name: object.metadata.name,
  });
  const what = `${name} is made by ${describeChart(root.closure.remote[0]!)}`;
  const chosen: {
    readonly field: FieldRequest;
    readonly likely: LikelyValue;
    readonly replacement: Replacement;
  }[] = [];
  for (const field of fields) {
    const unseen = unseenField(target.live, field);
    const likely = likelyValues(values, unseen);
    const [first, ...others] = likely;
    if (!first)
      return declined(
        'render-failed',
        `${what}, which is not in this repository, and no value of ${root.id} speaks of ${field.field}`,
        [root.id],
      );
    if (others.length > 0)
      return declined(
        'several-sites',
        `${what}, which is not in this repository, and several values of ${root.id} could be ${field.field}`,
        likely.map(({ leaf }) => printFieldPath(leaf.path)),
      );
    if (String(first.leaf.value) === String(first.value))
      return declined(
        'already-so',
        `the values of ${root.id} have ${printFieldPath(first.leaf.path)} as ${String(first.value)} already`,
      );
    const { replacements, refusals } = await valueCandidates(revision, root, first.leaf, first.value);
    const [replacement] = replacements;
    if (!replacement)
      return (
        refusals[0] ??
        declined(
          'no-site',
          `the value ${printFieldPath(first.leaf.path)} of ${root.id} is not written in this repository`,
          [root.id],
        )
      );
    chosen.push({ field, likely: first, replacement });
  }
  const edits = chosen.flatMap(({ replacement }) => replacement.edits);
  const protection = protectionOf(revision, edits);
  const sites = chosen.map(({ replacement }) => replacement.site);
  const places = sites.map(({ file, line }) => `${file}:${line}`);
  if (protection) return declined(protection.code, protection.reason, places);
  const files = editedFiles(revision, edits);
  const trial = files && (await prove(revision, files, [], root));
  if (!files || !trial) return declined('not-exact', `the edits at ${places.join(', ')} overlap`, places);
  if (trial.beside.length > 0) return sharedSite(places, trial);
  return located({
    revision,
    match: { root, rendered: { object, text: '', origin: null } },
    namespace: target.wanted.namespace ?? null,
    wishes: chosen.map(({ field, likely }) => {
      const text = textOf(object, field.field);
      const after = typeof likely.before === 'number' ? likely.value : field.after;
      return { field: { path: [], text, value: likely.before, depth: 0 }, after };
    }),
    sites,
    files,
    trial,
  });
}

/** What else the line says, in words of a proof. */
function sharedSite(places: readonly string[], { beside }: Trial): Declined {
  const others = new Set(
    beside.map(({ root, change: { object, field } }) =>
      field === '' ? `${describeRef(object)} in ${root}` : `${field} of ${describeRef(object)} in ${root}`,
    ),
  );
  return declined(
    'shared-site',
    `${places.join(', ')} also controls ${[...others].slice(0, 5).join(', ')}`,
    places,
  );
}

function unseenField(live: KubernetesObject | null, { field, after, before }: FieldRequest): UnseenField {
  const found = live && fieldOf(live, field);
  const path = found ? readablePath(live, found.path) : parseFieldPath(field);
  const value = found?.value;
  const isKnown = value !== undefined && (typeof value !== 'object' || value === null);
  return { path, before: isKnown ? (value as Scalar) : (before ?? undefined), after };
}

function textOf(object: KubernetesObject, field: string): string {
  return fieldOf(object, field)?.text ?? field;
}

/** As much of the object as the question tells. */
function skeleton({ wanted }: Target, fields: readonly FieldRequest[]): KubernetesObject {
  const { kind, name = '', namespace, apiVersion = '' } = wanted;
  const body = fields.map(({ field }) => nested(parseFieldPath(field)));
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}) },
    ...Object.assign({}, ...body.filter(isRecord)),
  };
}

function nested([step, ...rest]: FieldPath): unknown {
  if (step === undefined) return undefined;
  if (typeof step === 'string') return { [step]: nested(rest) };
  if (typeof step === 'number') return [];
  const inner = nested(rest);
  return [{ [step.key]: step.value, ...(isRecord(inner) ? inner : {}) }];
}
