import { livePods } from '../../facts/pods.ts';
import { carriesCurrentTemplate } from '../../facts/rollout.ts';
import { describeRef, objectKey, refOf } from '../../kubernetes/objects.ts';
import { containersOf, podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { quote } from '../../facts/observations.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { listed, prose } from '../../untrusted/prose.ts';
import type { Conclusion } from '../define-rule.ts';
import { diagnosis, ofCause } from '../diagnosis.ts';
import type { Failure } from './failure.ts';
import { injected } from './injected.ts';
import { sizedRequests } from './requests.ts';
import { summaryOf, type MissingRequest } from './lacking.ts';
import { partly, unscaled } from './wording.ts';

/** In the words of every version: `in container web of Pod web-1`, `on container web in pod pier/web-1`, or the resource alone. */
const MISSING =
  /missing request for ([\w./-]+?)(?: (?:in|on) container (\S+?) (?:of Pod|in pod) (?:[\w.-]+\/)?([\w.-]*\w))?(?=[\s,;.)]|$)/;

export function isMissingRequest(message: string): boolean {
  return MISSING.test(message);
}

export function* missingRequest(failure: Failure, ask: Ask): Asking<Conclusion> {
  const { cluster, live, message, target } = failure;
  const [, resource = 'cpu', named, podName] = MISSING.exec(message) ?? [];
  const pod = podName === undefined ? undefined : cluster.get('Pod', target.namespace, podName);
  if (!live) return unknownTarget(failure, resource, named);
  const { ref } = cluster.ownerOf(live);
  const other = pod && cluster.ownerOf(pod).ref;
  if (pod && other && objectKey(other) !== objectKey(ref)) return podsOfAnother(failure, resource, pod);
  const pods = livePods(cluster.podsOf(ref)) as readonly ClusterObject[];
  const containers = withoutRequest(pods, resource, named);
  const missing = { failure, resource, owner: live, pods, containers };
  const template = containersOf(podSpecOf(live));
  const added = containers.filter((name) => !template.some(({ container }) => container.name === name));
  if (added.length > 0) return injected(missing, added);
  const isInTemplate = (name: string): boolean =>
    template.some(
      ({ container }) =>
        container.name === name &&
        (container.resources?.requests?.[resource] ?? container.resources?.limits?.[resource]) !== undefined,
    );
  if (containers.every(isInTemplate)) return olderPods(missing);
  return yield* sizedRequests(
    { ...missing, containers: containers.filter((name) => !isInTemplate(name)) },
    ask,
  );
}

/** Init containers are not measured; a sidecar counts where the autoscaler names it, since only newer versions measure them. */
function withoutRequest(
  pods: readonly ClusterObject[],
  resource: string,
  named: string | undefined,
): readonly string[] {
  const found = pods.flatMap((pod) =>
    containersOf(podSpecOf(pod)).flatMap(({ container, role }) =>
      (role === 'container' || container.name === named) &&
      container.resources?.requests?.[resource] === undefined
        ? [container.name]
        : [],
    ),
  );
  return [...new Set([...found, ...(named === undefined ? [] : [named])])];
}

function unknownTarget(failure: Failure, resource: string, named: string | undefined): Conclusion {
  return diagnosis({
    cause: 'missing-request',
    summary: summaryOf({ failure, resource }, named === undefined ? ['unknown'] : [named]),
    because: [
      ...partly(failure),
      prose`${describeRef(failure.target)} was not recorded, so where the container comes from is not known.`,
    ],
    evidence: failure.evidence,
    certainty: [0.85, prose`the autoscaler names what is missing`],
    reason: prose`The pod template was not recorded, so nothing is changed.`,
    advice: [
      prose`Give ${named === undefined ? prose`each container` : prose`container ${named}`} of ${describeRef(failure.target)} resources.requests.${resource}.`,
    ],
  });
}

function podsOfAnother(failure: Failure, resource: string, pod: ClusterObject): Conclusion {
  const { cluster, target, live } = failure;
  const { ref, object } = cluster.ownerOf(pod);
  const selector =
    (live?.['spec'] as { selector?: { matchLabels?: Record<string, string> } } | undefined)?.selector
      ?.matchLabels ?? {};
  const labels = Object.entries(selector).map(([label, value]) => `${label}=${value}`);
  const field = (label: string): string => (/^[\w-]+$/.test(label) ? `.${label}` : `["${label}"]`);
  return ofCause({
    cause: 'pods-of-another',
    summary: prose`${unscaled(failure)}: the selector of ${describeRef(target)} (${labels.join(',')}) also fits ${describeRef(refOf(pod))} of ${describeRef(ref)}, which has no ${resource} request`,
    because: [
      ...partly(failure),
      prose`An autoscaler measures all pods that its target's selector fits, whoever owns them.`,
    ],
    evidence: [
      ...failure.evidence,
      quote('object', pod, null, `metadata.labels: ${JSON.stringify(pod.metadata.labels ?? {})}`),
    ],
    certainty: [0.92, prose`the pod that the autoscaler names belongs to another workload`],
    culprit: { kind: ref.kind, namespace: ref.namespace, name: ref.name },
    blames: [
      ...Object.keys(selector)
        .slice(0, 1)
        .map((label) => ({ object: target, field: `spec.selector.matchLabels${field(label)}` })),
      ...(object ? templateLabels(object, Object.keys(selector)) : []),
    ],
    advice: [
      prose`Give the pods of ${describeRef(ref)} other labels than ${labels.join(',')}: change them in its pod template.`,
    ],
  });
}

function templateLabels(object: ClusterObject, labels: readonly string[]) {
  const base = object.kind === 'CronJob' ? 'spec.jobTemplate.spec.template' : 'spec.template';
  const [label] = labels;
  return label === undefined || object.kind === 'Pod'
    ? []
    : [
        {
          object: refOf(object),
          field: `${base}.metadata.labels${/^[\w-]+$/.test(label) ? `.${label}` : `["${label}"]`}`,
        },
      ];
}

function olderPods(missing: MissingRequest): Conclusion {
  const { failure, resource, pods, containers, owner } = missing;
  const old = pods.filter((pod) => carriesCurrentTemplate(failure.cluster, pod) !== 'current');
  return ofCause({
    cause: 'older-pods',
    summary: prose`${unscaled(failure)}: its pods were made before container ${listed(containers)} of ${describeRef(failure.target)} had a ${resource} request`,
    because: [
      ...partly(failure),
      prose`The template has the request, and ${old.length} of ${pods.length} pods are older than it.`,
    ],
    evidence: [
      ...failure.evidence,
      quote('object', owner, null, `the template requests ${resource} for ${containers.join(', ')}`),
    ],
    certainty: [0.8, prose`the template and its pods are on record`],
    advice: [
      prose`Finish the rollout: kubectl rollout status ${`${owner.kind.toLowerCase()}/${owner.metadata.name}`} -n ${owner.metadata.namespace ?? 'default'}.`,
    ],
  });
}
