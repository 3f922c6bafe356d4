import { isMapping, valueAt, type Path, type RenderedThing, type Value } from './rendered.ts';

export const FIELD_CLASSES = [
  'image',
  'memory limit',
  'memory limit, new',
  'memory request',
  'cpu',
  'replicas',
  'config reference',
  'env value',
  'probe port',
  'service port',
  'number, new',
  'maxReplicas',
  'config data',
] as const;

export type FieldClass = (typeof FIELD_CLASSES)[number];

/** A field of a rendered object and a value to give it. */
export interface CorpusField {
  readonly class: FieldClass;
  readonly path: Path;
  /** As `faultline locate --field` takes it. */
  readonly text: string;
  /** Undefined where the field is not there yet. */
  readonly before: Value | undefined;
  readonly after: string | number;
}

/** Everything that is tried on one object. What a chart does not write, nobody adds to one release of it, but for a limit. */
export function fieldsOf({ kind, value }: RenderedThing, isChart: boolean): readonly CorpusField[] {
  const found: CorpusField[] = [];
  const add = (name: FieldClass, path: Path, after: (before: Value) => string | number): void => {
    const before = valueAt(value, path);
    if (typeof before !== 'string' && typeof before !== 'number') return;
    found.push({ class: name, path, text: printed(value, path), before, after: after(before) });
  };
  if (kind === 'HorizontalPodAutoscaler') add('maxReplicas', ['spec', 'maxReplicas'], plusThree);
  if (['Deployment', 'StatefulSet', 'ReplicaSet'].includes(kind))
    add('replicas', ['spec', 'replicas'], plusThree);
  if (kind === 'ConfigMap') {
    for (const [key, text] of entriesOf(valueAt(value, ['data'])))
      if (typeof text === 'string' && text !== '' && !text.includes('\n'))
        add('config data', ['data', key], other);
  }
  if (kind === 'Service')
    for (const path of items(value, ['spec', 'ports']))
      add('service port', [...path, 'targetPort'], anotherPort);
  const pod = podPaths(kind).find((path) => isMapping(valueAt(value, path)));
  if (!pod) return found;
  const grace = [...pod, 'terminationGracePeriodSeconds'];
  if (!isChart && valueAt(value, grace) === undefined)
    found.push({
      class: 'number, new',
      path: grace,
      text: printed(value, grace),
      before: undefined,
      after: 45,
    });
  for (const path of ['containers', 'initContainers'].flatMap((list) => items(value, [...pod, list]))) {
    add('image', [...path, 'image'], anotherImage);
    const [limits, requests] = [
      [...path, 'resources', 'limits'],
      [...path, 'resources', 'requests'],
    ];
    // The API server refuses a request above its limit, so that the one becomes small and the other large.
    add('memory limit', [...limits, 'memory'], anotherQuantity('33Gi', 2));
    if (valueAt(value, [...limits, 'memory']) === undefined) {
      const absent = [...limits, 'memory'];
      found.push({
        class: 'memory limit, new',
        path: absent,
        text: printed(value, absent),
        before: undefined,
        after: '33Gi',
      });
    }
    add('memory request', [...requests, 'memory'], anotherQuantity('7Mi', 0.5));
    add('cpu', [...limits, 'cpu'], anotherQuantity('33333m', 2));
    const limit = String(valueAt(value, [...limits, 'cpu']));
    add('cpu', [...requests, 'cpu'], anotherQuantity(/^[1-6]m$/.test(limit) ? limit : '7m', 0.5));
    for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'])
      for (const way of ['httpGet', 'tcpSocket', 'grpc'])
        add('probe port', [...path, probe, way, 'port'], anotherPort);
    for (const env of items(value, [...path, 'env'])) {
      add('env value', [...env, 'value'], other);
      for (const from of ['configMapKeyRef', 'secretKeyRef'])
        for (const key of ['name', 'key']) add('config reference', [...env, 'valueFrom', from, key], renamed);
    }
    for (const source of items(value, [...path, 'envFrom']))
      for (const from of ['configMapRef', 'secretRef'])
        add('config reference', [...source, from, 'name'], renamed);
  }
  for (const volume of items(value, [...pod, 'volumes'])) {
    add('config reference', [...volume, 'configMap', 'name'], renamed);
    add('config reference', [...volume, 'secret', 'secretName'], renamed);
    for (const source of items(value, [...volume, 'projected', 'sources']))
      for (const from of ['configMap', 'secret']) add('config reference', [...source, from, 'name'], renamed);
  }
  return found;
}

function podPaths(kind: string): readonly Path[] {
  if (kind === 'Pod') return [['spec']];
  if (kind === 'CronJob') return [['spec', 'jobTemplate', 'spec', 'template', 'spec']];
  return ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicaSet', 'Rollout'].includes(kind)
    ? [['spec', 'template', 'spec']]
    : [];
}

function entriesOf(value: Value | undefined): readonly [string, Value][] {
  return isMapping(value) ? Object.entries(value) : [];
}

function items(value: Value, path: Path): readonly Path[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list.map((_, index) => [...path, index]) : [];
}

/** Items by name where names are unique, else by index. */
function printed(value: Value, path: Path): string {
  return path
    .map((segment, at) => {
      if (typeof segment === 'string')
        return /^[A-Za-z0-9_-]+$/.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`;
      const list = valueAt(value, path.slice(0, at)) as readonly Record<string, Value>[];
      const name = list[segment]?.['name'];
      const isUnique = typeof name === 'string' && list.filter((item) => item['name'] === name).length === 1;
      return isUnique ? `[name=${name}]` : `[${segment}]`;
    })
    .join('')
    .replace(/^\./, '');
}

function anotherPort(before: Value): string | number {
  // The name of a port has 15 characters at most.
  return typeof before === 'number' ? before + 1 : `${String(before).slice(0, 12).replace(/-$/, '')}-x`;
}

function plusThree(before: Value): number {
  return Number(before) + 3;
}

function anotherQuantity(wanted: string, factor: number): (before: Value) => string | number {
  return (before) =>
    typeof before === 'number' ? before * factor : before === wanted ? `1${wanted}` : wanted;
}

function renamed(before: Value): string {
  return `${String(before).replace(/-[0-9a-z]{10}$/, '')}-renamed`;
}

/** Another text of the same look, so that quotes matter: `"8080"` stays a string, `"true"` too. */
function other(before: Value): string | number {
  if (typeof before === 'number') return before + 1;
  const text = String(before);
  if (/^\d+$/.test(text)) return `1${text}`;
  if (text === 'true' || text === 'false') return text === 'true' ? 'false' : 'true';
  return text.includes('://') ? `${text}/other` : 'other: value #1';
}

/** The tag changes; a digest too, where there is one. */
function anotherImage(before: Value): string {
  const [, name, tag, digest] = /^(.*?)(:[\w.-]+)?(@sha256:[0-9a-f]+)?$/.exec(String(before))!;
  const newDigest = digest ? `@sha256:${'0123456789abcdef'.repeat(4)}` : '';
  return `${name}${tag || !digest ? ':9.10' : ''}${newDigest}`;
}
