import type { ClusterState } from '../model/cluster-state.ts';
import { printFieldPath } from '../kubernetes/field-path.ts';
import { recordAt, recordsOf, type ObjectRef } from '../kubernetes/objects.ts';
import type { Container, PodSpec } from '../kubernetes/workloads.ts';
import type { Blame } from '../model/finding.ts';

/** One text that tells a program what to do, and where it is written. */
export interface Setting {
  /** `the command line`, `JAVA_TOOL_OPTIONS`, `run.sh`. */
  readonly name: string;
  readonly text: string;
  /** ` of ConfigMap x`; empty for the container's own. */
  readonly source: string;
  readonly role: 'command' | 'variable' | 'script';
  /** The field that holds the text from this offset of it on; null where it is in no object that git could hold. */
  blameAt(offset: number): Blame | null;
}

/** Where the container stands, for the fields to name. */
export interface Place {
  readonly owner: ObjectRef;
  /** `spec.template.spec.containers[name=server]`; null where no template has it. */
  readonly path: string | null;
}

/**
 * The command line, the environment variables whose values can be known, and the scripts that the command line names in
 * mounted ConfigMaps. Never the values of Secrets.
 */
export function settingsOf(
  container: Container,
  pod: PodSpec | undefined,
  place: Place,
  cluster: ClusterState,
): readonly Setting[] {
  const line = commandLine(container, place);
  return [
    line,
    ...variablesOf(container, place, cluster),
    ...scriptsOf(container, pod, line.text, place.owner.namespace, cluster),
  ];
}

function commandLine(container: Container, { owner, path }: Place): Setting {
  const words = (['command', 'args'] as const).flatMap((list) =>
    textsOf(container[list]).map((text, index) => ({ text, field: `${list}[${index}]` })),
  );
  return {
    name: 'the command line',
    text: words.map(({ text }) => text).join(' '),
    source: '',
    role: 'command',
    blameAt(offset) {
      let end = -1;
      const word = words.find(({ text }) => (end += text.length + 1) >= offset);
      return word && path !== null ? { object: owner, field: `${path}.${word.field}` } : null;
    },
  };
}

function textsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

/** Variables that are written out, or taken from a ConfigMap. */
export function variablesOf(
  container: Container,
  { owner, path }: Place,
  cluster: ClusterState,
): readonly Setting[] {
  const { namespace } = owner;
  const imported = recordsOf(container.envFrom).flatMap(({ prefix, configMapRef }) =>
    Object.entries(dataOf(cluster, namespace, configMapRef?.name)).map(([key, value]) =>
      ofConfigMap((prefix ?? '') + key, value, configMapRef!.name!, key, namespace, 'variable'),
    ),
  );
  const own = recordsOf(container.env).flatMap(({ name, value, valueFrom }): readonly Setting[] => {
    const reference = valueFrom?.configMapKeyRef;
    if (!reference) return value === undefined ? [] : [written(name, String(value), owner, path)];
    const referred = dataOf(cluster, namespace, reference.name)[reference.key ?? ''];
    return referred === undefined
      ? []
      : [ofConfigMap(name, referred, reference.name ?? '', reference.key ?? '', namespace, 'variable')];
  });
  const overridden = new Set(own.map(({ name }) => name));
  return [...imported.filter(({ name }) => !overridden.has(name)), ...own];
}

function written(name: string, text: string, object: ObjectRef, path: string | null): Setting {
  const field = `${path}.env[name=${name}].value`;
  return {
    name,
    text,
    source: '',
    role: 'variable',
    blameAt: () => (path === null || /[\]"]/.test(name) ? null : { object, field }),
  };
}

function ofConfigMap(
  name: string,
  value: unknown,
  map: string,
  key: string,
  namespace: string | null,
  role: Setting['role'],
): Setting {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: map };
  return {
    name,
    text: String(value),
    source: ` of ConfigMap ${map}`,
    role,
    blameAt: () => ({ object, field: printFieldPath(['data', key]) }),
  };
}

/** Keys of mounted ConfigMaps whose files the command line names. */
function scriptsOf(
  container: Container,
  pod: PodSpec | undefined,
  line: string,
  namespace: string | null,
  cluster: ClusterState,
): readonly Setting[] {
  return recordsOf(container.volumeMounts).flatMap(({ name, mountPath, subPath }) => {
    const volume = recordsOf(pod?.volumes).find((one) => one.name === name);
    const map = volume?.configMap?.name;
    if (map === undefined || typeof mountPath !== 'string') return [];
    return Object.entries(dataOf(cluster, namespace, map))
      .filter(([key]) => {
        const file = recordsOf(volume?.configMap?.items).find((item) => item.key === key)?.path ?? key;
        return line.includes(subPath === undefined ? `${mountPath.replace(/\/$/, '')}/${file}` : mountPath);
      })
      .map(([key, text]) => ofConfigMap(key, text, map, key, namespace, 'script'));
  });
}

function dataOf(
  cluster: ClusterState,
  namespace: string | null,
  name: string | undefined,
): Readonly<Record<string, unknown>> {
  return name === undefined ? {} : recordAt(cluster.get('ConfigMap', namespace, name), 'data');
}
