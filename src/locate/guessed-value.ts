import type { Field } from '../kubernetes/field.ts';
import { getAt, parseFieldPath, type FieldPath } from '../kubernetes/field-path.ts';
import { isRecord, type KubernetesObject, type Scalar } from '../kubernetes/objects.ts';
import { definition } from '../kubernetes/types/built-in.ts';
import { isScalarType, typeAt, type FieldType, type ScalarType } from '../kubernetes/types/field-type.ts';
import { exactly, valueOfText } from '../kubernetes/types/typed-text.ts';

/**
 * What a typed text most likely is in a kind that nothing is known of: what it is in the same shape of Kubernetes (a pod template),
 * what the value is that it replaces, what the same field is elsewhere, or at last what YAML makes of it. Null where the field is a
 * number or a boolean, and the text is none.
 */
export function guessedValue(
  object: KubernetesObject,
  peers: readonly KubernetesObject[],
  field: Field,
  text: string,
): Scalar | null {
  const path = parseFieldPath(field.text);
  const shape = knownShape(path);
  if (shape) return valueOfText(shape, text, field.value);
  const last = String(field.path.at(-1));
  const mayBeEither = NUMBER_OR_NAME.test(last);
  if (typeof field.value === 'string')
    return mayBeEither && exactly(field.value) === null ? (exactly(text) ?? text) : text;
  if (typeof field.value === 'number') return exactly(text) ?? (mayBeEither ? text : null);
  if (typeof field.value === 'boolean') return booleanOf(text);
  const elsewhere = [object, ...peers]
    .flatMap((one) => [...valuesAt(one, path)])
    .find((value) => typeof value !== 'object' && value !== undefined);
  if (typeof elsewhere === 'string' || isTextAmong(object, field)) return text;
  return booleanOf(text) ?? exactly(text) ?? text;
}

/** Fields that hold a number, or a name or percentage. */
const NUMBER_OR_NAME = /^(?:port|targetPort|maxUnavailable|minAvailable|maxSurge)$/;

/** Shapes of Kubernetes that custom resources have too, by the key that they stand below. */
const SHAPES: Readonly<Record<string, FieldType>> = {
  template: definition('core.v1.PodTemplateSpec'),
  podTemplate: definition('core.v1.PodTemplateSpec'),
  metadata: definition('meta.v1.ObjectMeta'),
  containers: { kind: 'list', items: () => definition('core.v1.Container') },
  initContainers: { kind: 'list', items: () => definition('core.v1.Container') },
  volumes: { kind: 'list', items: () => definition('core.v1.Volume') },
  tolerations: { kind: 'list', items: () => definition('core.v1.Toleration') },
  env: { kind: 'list', items: () => definition('core.v1.EnvVar') },
  resources: definition('core.v1.ResourceRequirements'),
  affinity: definition('core.v1.Affinity'),
  livenessProbe: definition('core.v1.Probe'),
  readinessProbe: definition('core.v1.Probe'),
  startupProbe: definition('core.v1.Probe'),
};

function knownShape(path: FieldPath): ScalarType | null {
  for (const [index, step] of path.entries()) {
    const shape = typeof step === 'string' && Object.hasOwn(SHAPES, step) ? SHAPES[step]! : null;
    const type = shape && typeAt(shape, path.slice(index + 1));
    if (type && isScalarType(type)) return type;
  }
  return null;
}

/** The values at a path, of all items of the lists on its way. */
function* valuesAt(value: unknown, [step, ...rest]: FieldPath): Iterable<unknown> {
  if (step === undefined) yield value;
  else if (typeof step !== 'string')
    for (const item of Array.isArray(value) ? value : []) yield* valuesAt(item, rest);
  else if (isRecord(value)) yield* valuesAt(value[step], rest);
}

/** Mappings whose values are text, and keys whose values look like numbers and are none. */
const TEXT_BELOW =
  /^(?:labels|annotations|matchLabels|nodeSelector|data|stringData|config|parameters|options)$/i;
const TEXT = /(?:[vV]ersion|[tT]ag|[rR]evision|[nN]ame|^id|Id|ID|[pP]assword)$/;

/** Beside values such as `"100"`, a new one is text too. */
function isTextAmong(object: KubernetesObject, { path }: Field): boolean {
  const beside = getAt(object, path.slice(0, -1));
  const values = isRecord(beside) ? Object.values(beside) : [];
  if (values.some((value) => typeof value === 'number' || typeof value === 'boolean'))
    return TEXT.test(String(path.at(-1)));
  return (
    TEXT.test(String(path.at(-1))) ||
    TEXT_BELOW.test(String(path.at(-2))) ||
    values.some(
      (value) => typeof value === 'string' && (exactly(value) !== null || booleanOf(value) !== null),
    )
  );
}

function booleanOf(text: string): boolean | null {
  return text === 'true' ? true : text === 'false' ? false : null;
}
