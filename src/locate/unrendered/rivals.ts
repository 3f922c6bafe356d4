import { getField, type FieldPath } from '../../kubernetes/field-path.ts';
import { describeRef, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { containersOf, podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';

/** The same field in another container, or in another live object that says it comes from the same place. */
export interface Rival {
  /** `container proxy of Deployment shop/cart`, for people. */
  readonly what: string;
  readonly value: unknown;
  readonly names: ReadonlySet<string>;
}

/** What has the field too, so that a value could be meant for it. */
export function rivalsOf(
  live: KubernetesObject,
  path: FieldPath,
  others: readonly KubernetesObject[],
  release: string | null,
): readonly Rival[] {
  const own = placeIn(live, path);
  if (own === null)
    return others
      .filter(({ kind }) => kind === live.kind)
      .flatMap((object) => rivalIn(object, null, path, release));
  return [live, ...others].flatMap((object) =>
    containersOf(podSpecOf(object))
      .filter(({ container }) => object !== live || container.name !== own.container)
      .flatMap(({ container, list }) => {
        const pods = podSpecPath(object.kind)!.split('.');
        const there = [...pods, list, { key: 'name', value: container.name }, ...own.within];
        return rivalIn(object, container.name, there, release);
      }),
  );
}

function rivalIn(
  object: KubernetesObject,
  container: string | null,
  path: FieldPath,
  release: string | null,
): readonly Rival[] {
  const value = getField(object, path);
  if (value === undefined) return [];
  const ref = describeRef(refOf(object));
  const what = container === null ? ref : `container ${container} of ${ref}`;
  return [{ what, value, names: namesIn(object, container, release) }];
}

/** What a chart's author may call an object and a container by. */
export function namesIn(
  object: KubernetesObject,
  container: string | null,
  release: string | null,
): ReadonlySet<string> {
  const { name, labels = {} } = object.metadata;
  const own = release !== null && name.startsWith(`${release}-`) ? name.slice(release.length + 1) : name;
  const component = labels['app.kubernetes.io/component'] ?? labels['component'];
  return new Set([name, own, ...(container === null ? [] : [container]), ...(component ? [component] : [])]);
}

/** The container that a field is in, and the rest of its path; null for a field of no container. */
export function placeIn(
  { kind }: KubernetesObject,
  path: FieldPath,
): { readonly container: string; readonly within: FieldPath } | null {
  const depth = podSpecPath(kind)?.split('.').length;
  if (depth === undefined) return null;
  const [list, item] = [path[depth], path[depth + 1]];
  const isContainer = (list === 'containers' || list === 'initContainers') && typeof item === 'object';
  return isContainer ? { container: item.value, within: path.slice(depth + 2) } : null;
}
