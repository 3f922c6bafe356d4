import { parseFieldPath, printFieldPath, readablePath, type ConcretePath } from './field-path.ts';
import { isRecord, type KubernetesObject, type Scalar } from './objects.ts';

/** A field of one rendered object. */
export interface Field {
  readonly path: ConcretePath;
  /** The same path with list items named, as changes and pull requests show it. */
  readonly text: string;
  /** Undefined where the field does not exist yet. */
  readonly value: unknown;
  /** How many segments of the path exist; all of them when the field does. */
  readonly depth: number;
}

/** Finds a field in an object, or as much of its path as exists; null where a list item that is named does not exist. */
export function fieldOf(object: KubernetesObject, field: string): Field | null {
  const path: (string | number)[] = [];
  let here: unknown = object;
  let depth = 0;
  for (const segment of parseFieldPath(field)) {
    let step: string | number;
    if (typeof segment === 'object') {
      if (!Array.isArray(here)) return null;
      step = here.findIndex(
        (item) => String((item as Record<string, unknown> | null)?.[segment.key]) === segment.value,
      );
      if (step < 0) return null;
    } else step = segment;
    if (typeof step === 'number' && !(Array.isArray(here) && step < here.length)) return null;
    const next: unknown =
      depth === path.length && typeof here === 'object' && here !== null
        ? (here as Record<string | number, unknown>)[step]
        : undefined;
    path.push(step);
    here = next;
    if (next !== undefined) depth += 1;
  }
  return { path, text: printFieldPath(readablePath(object, path)), value: here, depth };
}

/** Fields that are numbers wherever they appear in Kubernetes' own kinds. Source: the OpenAPI description of Kubernetes. */
const INTEGERS =
  /^(replicas|minReplicas|maxReplicas|minReplicaCount|maxReplicaCount|containerPort|hostPort|nodePort|runAsUser|runAsGroup|fsGroup|parallelism|completions|backoffLimit|revisionHistoryLimit|successfulJobsHistoryLimit|failedJobsHistoryLimit|averageUtilization|targetCPUUtilizationPercentage|defaultMode|mode|weight|priority|minDomains|maxSkew|pollingInterval|cooldownPeriod|\w+Seconds|\w+Threshold)$/;

const BOOLEANS =
  /^(optional|readOnly|readOnlyRootFilesystem|privileged|runAsNonRoot|allowPrivilegeEscalation|hostNetwork|hostPID|hostIPC|automountServiceAccountToken|suspend|stdin|stdinOnce|tty|immutable|paused|enableServiceLinks|shareProcessNamespace|publishNotReadyAddresses|allowVolumeExpansion)$/;

/** Either a number or a name (or a percentage). */
const INT_OR_STRING = /^(port|targetPort|maxUnavailable|minAvailable|maxSurge)$/;

/**
 * Gives a typed text its type: that of the value it replaces, or the one the field has in Kubernetes when it is new.
 * Null when the text cannot have that type.
 */
export function typedValue(text: string, field: Field): Scalar | null {
  const { value } = field;
  const last = String(field.path.at(-1));
  const integer = /^-?(?:0|[1-9]\d*)$/.test(text);
  if (typeof value === 'string') return text;
  if (typeof value === 'number') {
    if (INT_OR_STRING.test(last) && !integer) return text;
    const number = text.trim() === '' ? Number.NaN : Number(text);
    return Number.isFinite(number) ? number : null;
  }
  if (typeof value === 'boolean' || BOOLEANS.test(last))
    return text === 'true' ? true : text === 'false' ? false : null;
  if (INTEGERS.test(last)) return integer ? Number(text) : null;
  if (INT_OR_STRING.test(last) && integer) return Number(text);
  return text;
}

/** True when a value can be replaced by a scalar: mappings and lists cannot. */
export function isScalarValue(value: unknown): value is Scalar {
  return value === null || (!Array.isArray(value) && !isRecord(value));
}
