import type { KubernetesObject } from '../kubernetes/objects.ts';
import type { DeclaringRevision } from './declaring-revision.ts';
import type { Root } from './roots.ts';

/** The objects of one root that say what is applied, and those that they may refer to. */
export interface Beside {
  /** Objects of Argo CD and Flux. */
  readonly speaking: readonly KubernetesObject[];
  /** Any that is rendered beside them; null where there is none. `namespace` is null for any. */
  readonly find: (kind: string, namespace: string | null, name: string) => Promise<KubernetesObject | null>;
}

export const NOTHING_BESIDE: Beside = { speaking: [], find: () => Promise.resolve(null) };

/** Every apiVersion of an object that declares something, or that one refers to. */
const SPEAKS = /argoproj\.io\/|\.toolkit\.fluxcd\.io\//;
/** What one may refer to besides. */
const REFERRED = /kind"?: "?(ConfigMap|Secret)/;

/**
 * What a root renders of these objects. Most roots only gather them, and are read instead of built: to know who applies what,
 * every root with such an object is asked. A root that does not build has none.
 */
export async function besideIn(revision: DeclaringRevision, root: Root): Promise<Beside> {
  const gathered = await revision.gathered(root);
  const built = once(() => builtBeside(revision, root));
  if (!gathered) return built();
  return {
    speaking: gathered.objects.map(({ object }) => object),
    find: async (kind, namespace, name) => {
      const object = gathered.find(kind, namespace, name);
      return object === 'unclear' ? (await built()).find(kind, namespace, name) : object;
    },
  };
}

/** Whether a root builds, found out without a build where its files tell. */
export async function isRendered(revision: DeclaringRevision, root: Root): Promise<boolean> {
  return (await revision.gathered(root)) !== null || (await revision.render(root)).kind === 'rendered';
}

async function builtBeside(revision: DeclaringRevision, root: Root): Promise<Beside> {
  const rendering = await revision.render(root);
  if (rendering.kind === 'failed') return NOTHING_BESIDE;
  const objects = rendering.objects
    .filter(({ text }) => SPEAKS.test(text) || REFERRED.test(text))
    .map(({ object }) => object);
  return {
    speaking: objects,
    find: (kind, namespace, name) =>
      Promise.resolve(objects.find((object) => isNamed(object, kind, namespace, name)) ?? null),
  };
}

export function isNamed(
  object: KubernetesObject,
  kind: string,
  namespace: string | null,
  name: string,
): boolean {
  return (
    object.kind === kind &&
    object.metadata.name === name &&
    (namespace === null || (object.metadata.namespace ?? namespace) === namespace)
  );
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
