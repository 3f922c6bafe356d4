import type { ConcretePath } from '../kubernetes/field-path.ts';
import { isRecord, type Json, type KubernetesObject, type Scalar } from '../kubernetes/objects.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';

/** An item that a list of a kustomization gets. */
export interface ListItem {
  readonly list: ConcretePath;
  readonly item: Json;
}

/**
 * How a layer says one value of a ConfigMap that a generator below it made, or its own: a literal of the generator that it
 * has for it, else a generator of the same name that merges.
 *
 * @param layer the layer's kustomization
 * @param all every kustomization that the root reads
 */
export function generatorLiteral(
  layer: Readonly<Record<string, unknown>>,
  all: readonly Readonly<Record<string, unknown>>[],
  object: KubernetesObject,
  path: ConcretePath,
  after: Scalar,
): ListItem | null {
  const [data, key, ...rest] = path;
  if (object.kind !== 'ConfigMap' || data !== 'data' || typeof key !== 'string' || rest.length > 0)
    return null;
  if (typeof after !== 'string' || /\n|^(['"])[^]*\1$/.test(after)) return null;
  const rendered = withoutHash(object.metadata.name);
  const names = all
    .flatMap(generatorsOf)
    .flatMap(({ name }) => (typeof name === 'string' && rendered.includes(name) ? [name] : []));
  const [name] = names.sort((a, b) => b.length - a.length);
  if (name === undefined) return null;
  const literal = `${key}=${after}`;
  const own = generatorsOf(layer).findIndex((generator) => generator['name'] === name);
  return own < 0
    ? { list: ['configMapGenerator'], item: { name, behavior: 'merge', literals: [literal] } }
    : { list: ['configMapGenerator', own, 'literals'], item: literal };
}

function generatorsOf(kustomization: Readonly<Record<string, unknown>>): readonly Record<string, unknown>[] {
  const generators = kustomization['configMapGenerator'];
  return Array.isArray(generators)
    ? generators.map((generator: unknown) => (isRecord(generator) ? generator : {}))
    : [];
}
