/** What Flux objects take their content from, and what several kinds of them say in the same way. */
import {
  describeRef,
  recordAt,
  recordsOf as recordsIn,
  refOf,
  type Json,
  type KubernetesObject,
} from '../../kubernetes/objects.ts';
import type { KustomizeStep, MetadataStep } from '../../renderers/steps.ts';
import {
  isEmpty,
  recordOf,
  recordsOf,
  repositoryPath,
  textOf,
  textsByName,
  type Obstacles,
} from './fields.ts';
import { fluxRevision } from './followed.ts';
import type { Origin, PlanContext, WrittenImage } from './plan.ts';
import { sourceIgnore } from './source-ignore.ts';

/** What a Flux object is read with. */
export interface FluxReading {
  readonly object: KubernetesObject;
  readonly context: PlanContext;
  readonly obstacles: Obstacles;
}

export function nameOf(object: KubernetesObject): string {
  return `Flux ${describeRef(refOf(object))}`;
}

/** An object that another one names: in the same namespace, unless it says another. */
export function referred(
  reference: Readonly<Record<string, unknown>>,
  object: KubernetesObject,
): { readonly kind: string; readonly namespace: string | null; readonly name: string } {
  const [kind, namespace, name] = ['kind', 'namespace', 'name'].map((field) => reference[field]);
  return {
    kind: String(kind ?? ''),
    namespace:
      typeof namespace === 'string' && namespace !== '' ? namespace : (object.metadata.namespace ?? null),
    name: String(name ?? ''),
  };
}

/** Null where the content is no branch of a repository. A GitRepository that is not found is taken for this repository. */
export async function originOf(
  reference: Readonly<Record<string, unknown>>,
  at: string,
  path: string,
  { object, context, obstacles }: FluxReading,
): Promise<Origin | null> {
  const ref = referred(reference, object);
  if (ref.kind !== 'GitRepository' || ref.name === '') {
    obstacles.push(ref.name === '' ? `no ${at}` : `${at}, the ${describeRef(ref)}`);
    return null;
  }
  const source = await context.lookUp(ref.kind, ref.namespace, ref.name);
  const spec = source ? recordAt(source, 'spec') : {};
  const ignore = textOf(spec['ignore'], `spec.ignore of ${describeRef(ref)}`, obstacles) ?? '';
  const left = await someLeftOut(path, ignore, context);
  if (left !== null) obstacles.push(`${at}, the ${describeRef(ref)}, which leaves out ${left}`);
  for (const { toPath, repository } of recordsIn(spec['include'])) {
    const { name } = recordOf(repository, `spec.include of ${describeRef(ref)}`, obstacles);
    const to = repositoryPath(String(toPath ?? name ?? ''));
    if (to === null || overlap(to, path))
      obstacles.push(`${at}, the ${describeRef(ref)}, which includes ${String(name)}`);
  }
  const repository = source ? textOf(spec['url'], `spec.url of ${describeRef(ref)}`, obstacles) : null;
  return { repository, revision: source ? fluxRevision(spec['ref']) : {} };
}

/** A manifest below the path that never gets to the cluster, or null. */
async function someLeftOut(path: string, ignore: string, { tree }: PlanContext): Promise<string | null> {
  await tree.load(tree.paths().filter((file) => /(^|\/)\.sourceignore$/.test(file)));
  const isLeftOut = sourceIgnore(tree, ignore);
  if (isLeftOut === null) return null;
  const isBelow = (file: string): boolean => path === '.' || file.startsWith(`${path}/`);
  return tree.paths().find((file) => /\.ya?ml$/.test(file) && isBelow(file) && isLeftOut(file)) ?? null;
}

function overlap(a: string, b: string): boolean {
  return a === b || a === '.' || b === '.' || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** The cluster that `spec.kubeConfig` leads to, by the object that knows the way. */
export function clusterOf(spec: Readonly<Record<string, unknown>>): string | null {
  const { secretRef, configMapRef } = recordAt(spec, 'kubeConfig');
  const name = recordAt(secretRef ?? configMapRef)['name'];
  return typeof name === 'string' && name !== '' ? name : null;
}

export function metadataSteps(
  spec: Readonly<Record<string, unknown>>,
  obstacles: Obstacles,
): readonly MetadataStep[] {
  const common = recordOf(spec['commonMetadata'], 'spec.commonMetadata', obstacles);
  const texts = (field: string): Readonly<Record<string, string>> =>
    textsByName(common[field], `spec.commonMetadata.${field}`, obstacles);
  const [labels, annotations] = [texts('labels'), texts('annotations')];
  return isEmpty(common) ? [] : [{ kind: 'metadata', labels, annotations }];
}

/** The patches and images of a Flux object, as a kustomization.yaml writes them. */
export interface Customizing {
  readonly patches: readonly Json[];
  readonly patchesStrategicMerge: readonly Json[];
  readonly patchesJson6902: readonly Json[];
  readonly images: readonly WrittenImage[];
}

export function customizing(
  fields: Readonly<Record<string, unknown>>,
  at: string,
  obstacles: Obstacles,
): Customizing {
  return {
    patches: recordsOf(fields['patches'], `${at}.patches`, obstacles).map((item, index) => {
      const patch = textOf(item['patch'], `${at}.patches[${index}].patch`, obstacles);
      if (patch === null) obstacles.push(`${at}.patches[${index}] without a patch`);
      return { patch: patch ?? '', ...targetOf(item) };
    }),
    // Objects in the one, operations in the other, where a kustomization has texts.
    patchesStrategicMerge: recordsOf(
      fields['patchesStrategicMerge'],
      `${at}.patchesStrategicMerge`,
      obstacles,
    ).map((item) => JSON.stringify(item)),
    patchesJson6902: recordsOf(fields['patchesJson6902'], `${at}.patchesJson6902`, obstacles).map((item) => ({
      patch: JSON.stringify(item['patch'] ?? []),
      ...targetOf(item),
    })),
    images: recordsOf(fields['images'], `${at}.images`, obstacles).flatMap((item, index) => {
      const text = (field: string): string | null =>
        textOf(item[field], `${at}.images[${index}].${field}`, obstacles);
      const [name, newName, newTag, digest] = ['name', 'newName', 'newTag', 'digest'].map(text);
      if (!name) return [];
      return [{ name, ...(newName && { newName }), ...(newTag && { newTag }), ...(digest && { digest }) }];
    }),
  };
}

const SELECTORS = ['group', 'version', 'kind', 'name', 'namespace', 'labelSelector', 'annotationSelector'];

function targetOf({ target }: Readonly<Record<string, unknown>>): { readonly target?: Json } {
  const own = recordAt(target);
  const selectors = SELECTORS.flatMap((field) =>
    isEmpty(own[field]) ? [] : [[field, own[field] as Json] as const],
  );
  return selectors.length === 0 ? {} : { target: Object.fromEntries(selectors) };
}

/** A kustomization around what is rendered; none where nothing is asked for. */
export function stepsOf({ images, ...patches }: Customizing): readonly KustomizeStep[] {
  const fields = Object.fromEntries(
    Object.entries({ ...patches, images }).filter(([, items]) => items.length > 0),
  );
  return Object.keys(fields).length === 0
    ? []
    : [{ kind: 'kustomize', fields: fields as unknown as KustomizeStep['fields'], components: [] }];
}
