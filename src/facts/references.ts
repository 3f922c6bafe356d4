import type { ConfigKind } from '../kubernetes/config-objects.ts';
import { isRecord, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import {
  containersOf,
  podSpecOf,
  podSpecPath,
  type Container,
  type KeyToPath,
  type PodSpec,
  type Volume,
} from '../kubernetes/workloads.ts';

/** One place of a pod template that names a ConfigMap or Secret and is not optional. */
export interface Reference {
  readonly kind: ConfigKind;
  readonly name: string;
  /** The pod cannot start without those of the first three. */
  readonly via: 'volume' | 'envFrom' | 'env' | 'imagePullSecret';
  /** The container that reads it; null for volumes and pull secrets, which belong to the pod. */
  readonly container: string | null;
  readonly volume: string | null;
  /** Where the name is written, as `kubectl explain` writes it. */
  readonly field: string;
  /** The keys that must be in the object. Empty where all keys are taken as they come. */
  readonly keys: readonly KeyUse[];
}

/** A key that a reference names, or that a path in a container's command gives away. */
export interface KeyUse {
  readonly key: string;
  /** Where the key is written; null where it is only implied by a path. */
  readonly field: string | null;
  readonly because: 'key' | 'item' | 'subPath' | 'path';
  /** The container that needs it; null when all that mount the volume do. */
  readonly container: string | null;
}

/**
 * All references of an object's pod template that are not optional, in the order of the template: volumes, then init, regular and ephemeral
 * containers, then pull secrets. The token volume that admission adds to every pod is left out.
 * Sources: https://kubernetes.io/docs/concepts/configuration/configmap/ and https://kubernetes.io/docs/concepts/storage/projected-volumes/
 */
export function referencesOf(object: KubernetesObject): readonly Reference[] {
  const base = podSpecPath(object.kind);
  const spec = podSpecOf(object);
  return base === null || spec === undefined ? [] : referencesIn(spec, base);
}

/** As {@link referencesOf}, for a pod spec that stands (or would stand) at `base`. */
export function referencesIn(spec: PodSpec, base: string): readonly Reference[] {
  const containers: readonly Placed[] = [
    ...containersOf(spec),
    ...(recordsOf(spec['ephemeralContainers']) as unknown as readonly Container[]).map((container) => ({
      container,
      list: 'ephemeralContainers',
    })),
  ];
  return [
    ...recordsOf(spec.volumes).flatMap((volume) => volumeReferences(volume, base, containers)),
    ...containers.flatMap(({ container, list }) =>
      containerReferences(container, `${base}.${list}[name=${container.name}]`),
    ),
    ...listOf(spec.imagePullSecrets).flatMap(({ name }, index) => pullSecret(name, index, base)),
  ];
}

interface Placed {
  readonly container: Container;
  readonly list: string;
}

function pullSecret(name: string | undefined, index: number, base: string): readonly Reference[] {
  if (!name) return [];
  const field = `${base}.imagePullSecrets[${index}].name`;
  return [{ kind: 'Secret', name, via: 'imagePullSecret', container: null, volume: null, field, keys: [] }];
}

function volumeReferences(volume: Volume, base: string, containers: readonly Placed[]): readonly Reference[] {
  const at = `${base}.volumes[name=${volume.name}]`;
  const shared = { via: 'volume', container: null, volume: volume.name } as const;
  const found: Reference[] = [];
  const add = (
    kind: ConfigKind,
    name: string | undefined,
    nameField: string,
    source: { optional?: boolean; items?: readonly KeyToPath[] },
  ): void => {
    if (!name || source.optional === true) return;
    const items = itemKeys(source.items, nameField.slice(0, nameField.lastIndexOf('.')));
    const keys =
      source.items === undefined && !volume.projected ? mountedKeys(volume, base, containers) : items;
    found.push({ ...shared, kind, name, field: nameField, keys });
  };
  if (volume.configMap) add('ConfigMap', volume.configMap.name, `${at}.configMap.name`, volume.configMap);
  if (volume.secret) add('Secret', volume.secret.secretName, `${at}.secret.secretName`, volume.secret);
  if (isTokenVolume(volume)) return found;
  for (const [index, { configMap, secret }] of listOf(volume.projected?.sources).entries()) {
    const source = `${at}.projected.sources[${index}]`;
    if (configMap) add('ConfigMap', configMap.name, `${source}.configMap.name`, configMap);
    if (secret) add('Secret', secret.name, `${source}.secret.name`, secret);
  }
  return found;
}

/** `kube-api-access-…`: a token, the cluster's CA and the namespace, put together by the API server. */
function isTokenVolume(volume: Volume): boolean {
  return (
    recordsOf(volume.projected?.sources).some((source) => source['serviceAccountToken'] !== undefined) &&
    volume.name.startsWith('kube-api-access-')
  );
}

function itemKeys(items: readonly KeyToPath[] | undefined, at: string): readonly KeyUse[] {
  return listOf(items).flatMap(({ key }, index) =>
    key ? [{ key, field: `${at}.items[${index}].key`, because: 'item' as const, container: null }] : [],
  );
}

/** Without `items` every key is a file: sub-paths and paths in commands tell which of them a container needs. */
function mountedKeys(volume: Volume, base: string, containers: readonly Placed[]): readonly KeyUse[] {
  const uses: KeyUse[] = [];
  for (const { container, list } of containers) {
    const mounts = listOf(container.volumeMounts);
    for (const [index, mount] of mounts.entries()) {
      if (mount.name !== volume.name || typeof mount.mountPath !== 'string') continue;
      const [key] = typeof mount.subPath === 'string' ? mount.subPath.split('/') : [];
      if (key) {
        const field = `${base}.${list}[name=${container.name}].volumeMounts[${index}].subPath`;
        uses.push({ key, field, because: 'subPath', container: container.name });
        continue;
      }
      const others = mounts.filter((other) => other !== mount).map(({ mountPath }) => mountPath ?? '');
      for (const word of wordsOf(
        container.command,
        container.args,
        listOf(container.env).map(({ value }) => value),
      )) {
        const key = keyUnder(word, mount.mountPath, others);
        if (key !== null && !uses.some((use) => use.key === key)) {
          uses.push({ key, field: null, because: 'path', container: container.name });
        }
      }
    }
  }
  return uses;
}

/** The words of commands, arguments and values that could be paths: shell punctuation and quotes separate them. */
function wordsOf(...texts: readonly (readonly unknown[] | undefined)[]): readonly string[] {
  return texts
    .flatMap((list) => (Array.isArray(list) ? (list as readonly unknown[]) : []))
    .filter((text): text is string => typeof text === 'string')
    .flatMap((text) => text.split(/[\s'"`=,;|&<>()]+/));
}

/**
 * The key that a path needs of a volume mounted at `mountPath`: the path's first segment below it. Nothing can be created in a
 * ConfigMap or Secret volume, so the file is a key or it is not there. Null for other paths, for patterns and variables, and for what
 * another mount below this one provides.
 */
export function keyUnder(path: string, mountPath: string, otherMounts: readonly string[]): string | null {
  const root = mountPath.endsWith('/') ? mountPath : `${mountPath}/`;
  if (!path.startsWith(root) || otherMounts.some((other) => other.startsWith(root) && path.startsWith(other)))
    return null;
  const [key] = path.slice(root.length).split('/');
  return key && /^[-._a-zA-Z0-9]+$/.test(key) && key !== '.' && key !== '..' ? key : null;
}

function containerReferences(container: Container, at: string): readonly Reference[] {
  const shared = { container: container.name, volume: null };
  const whole = listOf(container.envFrom).flatMap(({ configMapRef, secretRef }, index) => {
    const from = `${at}.envFrom[${index}]`;
    const refs = [
      ['ConfigMap', configMapRef, `${from}.configMapRef.name`],
      ['Secret', secretRef, `${from}.secretRef.name`],
    ] as const;
    return refs.flatMap(([kind, ref, field]): readonly Reference[] =>
      ref?.name && ref.optional !== true
        ? [{ ...shared, via: 'envFrom', kind, name: ref.name, field, keys: [] }]
        : [],
    );
  });
  const variables = listOf(container.env);
  const single = variables.flatMap(({ name, valueFrom }, index) => {
    const isUnique = variables.filter((other) => other.name === name).length === 1;
    const item = name !== undefined && isUnique && !/[\]"]/.test(name) ? `name=${name}` : index;
    const from = `${at}.env[${item}].valueFrom`;
    const refs = [
      ['ConfigMap', valueFrom?.configMapKeyRef, `${from}.configMapKeyRef`],
      ['Secret', valueFrom?.secretKeyRef, `${from}.secretKeyRef`],
    ] as const;
    return refs.flatMap(([kind, ref, member]): readonly Reference[] => {
      if (!ref?.name || ref.optional === true) return [];
      const use = { field: `${member}.key`, because: 'key', container: container.name } as const;
      const keys = ref.key ? [{ ...use, key: ref.key }] : [];
      return [{ ...shared, via: 'env', kind, name: ref.name, field: `${member}.name`, keys }];
    });
  });
  return [...whole, ...single];
}

/** The items of a list that may be anything; what is no record counts as an empty one, so that indices stay. */
function listOf<T extends object>(list: readonly T[] | undefined): readonly Partial<T>[] {
  return Array.isArray(list) ? (list as readonly T[]).map((item) => (isRecord(item) ? item : {})) : [];
}
