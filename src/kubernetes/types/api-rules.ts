import { isRecord, recordAt, type Scalar } from '../objects.ts';
import { parseQuantity } from '../quantities.ts';
import type { Conflict, Rule } from './field-type.ts';

/*
 * What the API server asks of Kubernetes' own kinds beyond the types of its OpenAPI description: ports, percentages, counts,
 * labels. Only what it always refuses is here; test/live/types.test.ts holds the rules against a real API server.
 * Source: https://github.com/kubernetes/kubernetes/tree/v1.34.2/pkg/apis (validation.go of each group)
 */

const onNumbers =
  (accepts: (value: number) => boolean) =>
  (value: Scalar): boolean =>
    typeof value !== 'number' || accepts(value);

const onText =
  (accepts: (value: string) => boolean) =>
  (value: Scalar): boolean =>
    typeof value !== 'string' || accepts(value);

function atLeast(least: number): Rule {
  return { expected: `an integer from ${least}`, accepts: onNumbers((value) => value >= least) };
}

function range(least: number, most: number, expected = `an integer from ${least} to ${most}`): Rule {
  return { expected, accepts: onNumbers((value) => value >= least && value <= most) };
}

function text(expected: string, accepts: (value: string) => boolean): Rule {
  return { expected, accepts: onText(accepts) };
}

const PORT = range(1, 65_535, 'a port from 1 to 65535');
/** Zero is as if the field were left out. */
const PORT_IF_ANY = range(0, 65_535, 'a port from 1 to 65535');

const A_PORT_NAME =
  'the name of a port (at most 15 of a-z, 0-9 and "-", with a letter, no "-" at the ends or twice in a row)';

/** IANA_SVC_NAME of k8s.io/apimachinery/pkg/util/validation. */
function isPortName(value: string): boolean {
  const isOfThose = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(value) && value.length <= 15;
  return isOfThose && /[a-z]/.test(value) && !value.includes('--');
}

const PORT_NAME = text(A_PORT_NAME, isPortName);
const PORT_NAME_IF_ANY = text(A_PORT_NAME, (value) => value === '' || isPortName(value));
const PORT_OR_NAME: readonly Rule[] = [
  {
    expected: `a port from 1 to 65535, or ${A_PORT_NAME}`,
    accepts: (value) => PORT.accepts(value) && PORT_NAME.accepts(value),
  },
];

const COUNT_OR_PERCENTAGE: readonly Rule[] = [
  atLeast(0),
  text('an integer, or a percentage such as 25%', (value) => /^[0-9]+%$/.test(value)),
];
const SHARE_OF_ALL: readonly Rule[] = [
  ...COUNT_OR_PERCENTAGE,
  text('at most 100%', (value) => Number.parseInt(value, 10) <= 100),
];

const LABEL_VALUE = text(
  'the value of a label (at most 63 of A-Z, a-z, 0-9, "-", "_" and ".", a letter or digit at both ends)',
  (value) => value.length <= 63 && /^(?:[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)?$/.test(value),
);

const NOT_NEGATIVE: Rule = {
  expected: 'a quantity that is not negative',
  accepts: (value) => (parseQuantity(value) ?? 0) >= 0,
};

const IMAGE = text('an image without spaces at its ends', (value) => value.trim() === value);
const MODE = range(0, 0o777, 'permissions from 0 to 511 (octal 0777)');
const USER = range(0, 2 ** 31 - 1);

const COUNTS = [
  'apps.v1.DeploymentSpec.replicas',
  'apps.v1.DeploymentSpec.minReadySeconds',
  'apps.v1.DeploymentSpec.revisionHistoryLimit',
  'apps.v1.ReplicaSetSpec.replicas',
  'apps.v1.StatefulSetSpec.replicas',
  'apps.v1.DaemonSetSpec.minReadySeconds',
  'core.v1.ReplicationControllerSpec.replicas',
  'batch.v1.JobSpec.parallelism',
  'batch.v1.JobSpec.completions',
  'batch.v1.JobSpec.backoffLimit',
  'batch.v1.JobSpec.activeDeadlineSeconds',
  'batch.v1.JobSpec.ttlSecondsAfterFinished',
  'batch.v1.CronJobSpec.startingDeadlineSeconds',
  'batch.v1.CronJobSpec.successfulJobsHistoryLimit',
  'batch.v1.CronJobSpec.failedJobsHistoryLimit',
  'core.v1.PodSpec.terminationGracePeriodSeconds',
  'core.v1.Probe.initialDelaySeconds',
  'core.v1.Probe.timeoutSeconds',
  'core.v1.Probe.periodSeconds',
  'core.v1.Probe.successThreshold',
  'core.v1.Probe.failureThreshold',
];

const LABELS = [
  'meta.v1.ObjectMeta.labels',
  'meta.v1.LabelSelector.matchLabels',
  'core.v1.PodSpec.nodeSelector',
  'core.v1.ServiceSpec.selector',
];

function each(places: readonly string[], rules: readonly Rule[]): Readonly<Record<string, readonly Rule[]>> {
  return Object.fromEntries(places.map((place) => [place, rules]));
}

/** By type and field; of a list or mapping, for each of its values. */
export const RULES: Readonly<Record<string, readonly Rule[]>> = {
  ...each(COUNTS, [atLeast(0)]),
  ...each(LABELS, [LABEL_VALUE]),
  ...each(
    ['core.v1.HTTPGetAction.port', 'core.v1.TCPSocketAction.port', 'core.v1.ServicePort.targetPort'],
    PORT_OR_NAME,
  ),
  ...each(['networking.v1.NetworkPolicyPort.port'], PORT_OR_NAME),
  ...each(
    [
      'core.v1.ContainerPort.containerPort',
      'core.v1.GRPCAction.port',
      'core.v1.ServicePort.port',
      'networking.v1.NetworkPolicyPort.endPort',
    ],
    [PORT],
  ),
  ...each(
    [
      'core.v1.ContainerPort.hostPort',
      'core.v1.ServicePort.nodePort',
      'networking.v1.ServiceBackendPort.number',
    ],
    [PORT_IF_ANY],
  ),
  ...each(['core.v1.ContainerPort.name', 'networking.v1.ServiceBackendPort.name'], [PORT_NAME_IF_ANY]),
  ...each(
    ['apps.v1.RollingUpdateDeployment.maxUnavailable', 'apps.v1.RollingUpdateDaemonSet.maxUnavailable'],
    SHARE_OF_ALL,
  ),
  ...each(
    ['apps.v1.RollingUpdateDeployment.maxSurge', 'apps.v1.RollingUpdateStatefulSetStrategy.maxUnavailable'],
    COUNT_OR_PERCENTAGE,
  ),
  ...each(['apps.v1.RollingUpdateDaemonSet.maxSurge'], SHARE_OF_ALL),
  ...each(
    ['policy.v1.PodDisruptionBudgetSpec.minAvailable', 'policy.v1.PodDisruptionBudgetSpec.maxUnavailable'],
    SHARE_OF_ALL,
  ),
  ...each(['core.v1.ResourceRequirements.limits', 'core.v1.ResourceRequirements.requests'], [NOT_NEGATIVE]),
  ...each(['autoscaling.v2.HorizontalPodAutoscalerSpec.maxReplicas'], [atLeast(1)]),
  ...each(['autoscaling.v1.HorizontalPodAutoscalerSpec.maxReplicas'], [atLeast(1)]),
  ...each(['core.v1.Container.image'], [IMAGE]),
  ...each(
    [
      'core.v1.ConfigMapVolumeSource.defaultMode',
      'core.v1.SecretVolumeSource.defaultMode',
      'core.v1.ProjectedVolumeSource.defaultMode',
      'core.v1.DownwardAPIVolumeSource.defaultMode',
      'core.v1.KeyToPath.mode',
    ],
    [MODE],
  ),
  ...each(
    ['SecurityContext', 'PodSecurityContext'].flatMap((type) => [
      `core.v1.${type}.runAsUser`,
      `core.v1.${type}.runAsGroup`,
    ]),
    [USER],
  ),
  ...each(['core.v1.PodSecurityContext.fsGroup'], [USER]),
};

type Mapping = Readonly<Record<string, unknown>>;

/** Fields that the API server holds against each other, by type. */
export const CONFLICTS: Readonly<Record<string, (value: Mapping) => Conflict | null>> = {
  'core.v1.ResourceRequirements': requestAboveLimit,
  'autoscaling.v2.HorizontalPodAutoscalerSpec': leastAboveMost,
  'autoscaling.v1.HorizontalPodAutoscalerSpec': leastAboveMost,
  'apps.v1.RollingUpdateDeployment': noneAtATime,
};

function requestAboveLimit(value: Mapping): Conflict | null {
  const [requests, limits] = [recordAt(value, 'requests'), recordAt(value, 'limits')];
  for (const [name, request] of Object.entries(requests)) {
    const [asked, most] = [parseQuantity(request), parseQuantity(limits[name])];
    // `700m` and `0.7` are the same amount.
    if (asked !== null && most !== null && asked > most * (1 + 1e-9))
      return {
        fields: [
          ['requests', name],
          ['limits', name],
        ],
        expected: `at most the limit of ${String(limits[name])}`,
      };
  }
  return null;
}

function leastAboveMost({ minReplicas, maxReplicas }: Mapping): Conflict | null {
  return typeof minReplicas === 'number' && typeof maxReplicas === 'number' && minReplicas > maxReplicas
    ? {
        fields: [['maxReplicas'], ['minReplicas']],
        expected: `at least the ${minReplicas} of minReplicas`,
      }
    : null;
}

function noneAtATime(value: Mapping): Conflict | null {
  const isZero = (one: unknown): boolean => one === 0 || (typeof one === 'string' && /^0+%$/.test(one));
  return isRecord(value) && isZero(value['maxUnavailable']) && isZero(value['maxSurge'])
    ? {
        fields: [['maxUnavailable'], ['maxSurge']],
        expected: 'more than 0 while maxSurge is 0',
      }
    : null;
}
