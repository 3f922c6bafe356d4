import { PLAIN_AT_ONCE, sinceOf, unreadyCondition } from '../../facts/conditions.ts';
import { conditionsIn, quoteCondition } from '../../facts/observations.ts';
import { recordAt } from '../../kubernetes/objects.ts';
import type { Condition } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Culprit } from '../../model/finding.ts';
import { targetNamespace, type Complaint } from './complaint.ts';

/** What others have to do first may still come; what the controller itself cannot do does not. */
const WAITS = /^(?:HealthCheckFailed|DependencyNotReady|ArtifactFailed|SourceNotReady)$/;

/** That what it applied is not healthy is no failure of the controller, where that object has one of its own. */
export function complaintOfFlux(cluster: ClusterState, object: ClusterObject): Complaint | null {
  const condition = unreadyCondition(cluster, object, PLAIN_AT_ONCE);
  if (!condition || isToldByRelease(cluster, object)) return null;
  if (WAITS.test(condition.reason ?? '') && !unreadyCondition(cluster, object)) return null;
  const chart = object.kind === 'HelmRelease' ? chartOf(cluster, object) : undefined;
  const ofChart = chart && unreadyCondition(cluster, chart, 0);
  const released = conditionsIn(object).find(({ type, status }) => type === 'Released' && status === 'False');
  return {
    reason: condition.reason ?? '',
    message: ofChart?.message ?? condition.message ?? '',
    since: sinceOf(condition, cluster),
    evidence: [
      quoteCondition(object, condition),
      ...(released && released.message !== condition.message ? [quoteCondition(object, released)] : []),
      ...(chart && ofChart && ofChart.message !== condition.message ? [quoteCondition(chart, ofChart)] : []),
    ],
    behind: [...behindHealth(condition), ...behindHook(object, condition)],
  };
}

/** The chart that a release had made: `status.helmChart` is `namespace/name`. */
function chartOf(cluster: ClusterState, release: ClusterObject): ClusterObject | undefined {
  const [namespace, name] = String(recordAt(release, 'status')['helmChart'] ?? '').split('/');
  const own = release.metadata.namespace ?? '';
  return (
    (name === undefined ? undefined : cluster.get('HelmChart', namespace!, name)) ??
    cluster.get('HelmChart', own, `${own}-${release.metadata.name}`)
  );
}

/** A HelmChart is made from the release, which says the same and is what git has. */
function isToldByRelease(cluster: ClusterState, object: ClusterObject): boolean {
  return (
    object.kind === 'HelmChart' &&
    cluster
      .list('HelmRelease')
      .some(
        (release) =>
          chartOf(cluster, release) === object && unreadyCondition(cluster, release, PLAIN_AT_ONCE),
      )
  );
}

/** `timeout waiting for: [Deployment/pier/lamp status: 'InProgress']` */
function behindHealth({ reason, message = '' }: Condition): readonly Culprit[] {
  if (reason !== 'HealthCheckFailed') return [];
  return [...message.matchAll(/([A-Z]\w+)\/([a-z0-9.-]+)\/([a-z0-9.-]+) (?:status|not found|dry-run)?/g)].map(
    ([, kind, namespace, name]) => ({ kind: kind!, namespace: namespace!, name: name! }),
  );
}

/** Helm: `pre-upgrade hooks failed: 1 error occurred: * job shop-migrate failed: BackoffLimitExceeded` */
function behindHook(object: ClusterObject, { message = '' }: Condition): readonly Culprit[] {
  const [, name] = /hooks? failed: .*\bjob ([a-z0-9.-]+) failed/s.exec(message) ?? [];
  return name === undefined ? [] : [{ kind: 'Job', namespace: targetNamespace(object), name }];
}
