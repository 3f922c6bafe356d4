import type { FieldPath, FieldSegment } from './field-path.ts';
import { isRecord } from './objects.ts';
import { parseQuantity } from './quantities.ts';

/**
 * Whether a live value is what a rendered value becomes in the cluster: quantities by their amount, numbers that a manifest
 * quotes where the API wants numbers, and what a manifest leaves out by its default. Everything in both must agree, lists
 * item by item.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ and {@link isDefault}.
 *
 * @param field where both values stand; its last names tell what they mean.
 */
export function sameValue(field: FieldPath, live: unknown, rendered: unknown): boolean {
  if (isOmitted(rendered)) return isOmitted(live) || isDefault(field, live);
  if (isOmitted(live)) return isZero(rendered);
  if (Array.isArray(rendered)) {
    if (!Array.isArray(live) || live.length !== rendered.length) return false;
    return rendered.every((item, index) => sameValue([...field, index], live[index], item));
  }
  if (isRecord(rendered)) {
    if (!isRecord(live)) return false;
    const keys = new Set([...Object.keys(live), ...Object.keys(rendered)]);
    return [...keys].every((key) => sameValue([...field, key], live[key], rendered[key]));
  }
  return live === rendered || agreeAsNumbers(field, live, rendered);
}

function agreeAsNumbers(field: FieldPath, live: unknown, rendered: unknown): boolean {
  if (isQuantity(field)) {
    const [a, b] = [parseQuantity(live), parseQuantity(rendered)];
    return a !== null && b !== null && Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
  }
  const isText = typeof rendered === 'string' && rendered.trim() !== '';
  return NUMBERS.has(String(field.at(-1))) && typeof live === 'number' && isText && Number(rendered) === live;
}

/** Fields that hold numbers although manifests like to quote them. */
const NUMBERS = words(
  'port containerPort hostPort nodePort targetPort replicas minReplicas maxReplicas averageUtilization',
);

const QUANTITY_MAPS: ReadonlySet<FieldSegment | undefined> = words(
  'limits requests hard capacity allocatable default defaultRequest min max minAllowed maxAllowed',
);

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** True for fields whose values are quantities: `resources.limits.memory`, `target.averageValue`, `emptyDir.sizeLimit`. */
export function isQuantity(field: FieldPath): boolean {
  const [parent, last] = [field.at(-2), field.at(-1)];
  if (last === 'sizeLimit' || last === 'averageValue' || last === 'divisor') return true;
  return QUANTITY_MAPS.has(parent) || (parent === 'target' && last === 'value');
}

function isOmitted(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** What the API server leaves out when it prints an object. */
function isZero(value: unknown): boolean {
  if (value === '' || value === false || value === 0) return true;
  return Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.values(value).every(isOmitted);
}

/**
 * Whether a live value is what the API server fills in for a field that the manifest leaves out.
 * Source: the `SetDefaults_` functions of k8s.io/kubernetes/pkg/apis, and "Default" in `kubectl explain`.
 */
function isDefault(field: FieldPath, live: unknown): boolean {
  const name = String(field.at(-1));
  if (Object.hasOwn(DEFAULTS, name)) return DEFAULTS[name]!.includes(live);
  if (Array.isArray(live)) return live.length === 0;
  return isRecord(live)
    ? Object.entries(live).every(([key, value]) => isDefault([...field, key], value))
    : isZero(live);
}

const DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  backoffLimit: [6],
  completionMode: ['NonIndexed'],
  completions: [1],
  concurrencyPolicy: ['Allow'],
  defaultMode: [420],
  divisor: ['0', 0],
  dnsPolicy: ['ClusterFirst'],
  enableServiceLinks: [true],
  failedJobsHistoryLimit: [1],
  failureThreshold: [3],
  // By the tag: Always for `latest` and for none, else IfNotPresent.
  imagePullPolicy: ['Always', 'IfNotPresent'],
  internalTrafficPolicy: ['Cluster'],
  maxSurge: ['25%', 0],
  maxUnavailable: ['25%', 1],
  minReplicas: [1],
  parallelism: [1],
  periodSeconds: [10],
  podManagementPolicy: ['OrderedReady'],
  progressDeadlineSeconds: [600],
  protocol: ['TCP'],
  replicas: [1],
  restartPolicy: ['Always'],
  revisionHistoryLimit: [10],
  schedulerName: ['default-scheduler'],
  scheme: ['HTTP'],
  serviceAccount: ['default'],
  serviceAccountName: ['default'],
  sessionAffinity: ['None'],
  successThreshold: [1],
  successfulJobsHistoryLimit: [3],
  terminationGracePeriodSeconds: [30],
  terminationMessagePath: ['/dev/termination-log'],
  terminationMessagePolicy: ['File'],
  timeoutSeconds: [1],
  // Of a Service, of an update strategy, of a Secret, of a hostPath.
  type: ['ClusterIP', 'RollingUpdate', 'Opaque', ''],
};
