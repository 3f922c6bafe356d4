/**
 * Rule `gitops-stuck`: what brings git into the cluster cannot: an Argo CD Application, a Flux Kustomization, HelmRelease or source.
 *
 * An Application's conditions have a type and a message and no status: each is an error (or a warning) as it stands. Flux objects have Ready=False with a
 * reason. What was applied and is not healthy is no failure of the controller: the workload's own failure is reported.
 */
import { MINUTE } from '../kubernetes/durations.ts';
import { sinceOf, unreadyCondition } from '../facts/conditions.ts';
import { ageOf, conditionsIn, quote, quoteCondition, quoteEvent, warningsOf } from '../facts/observations.ts';
import { waitsFor } from '../facts/links.ts';
import { describeRef, groupOf, recordAt, recordsOf, refOf } from '../kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Evidence } from '../model/evidence.ts';
import { inBrackets, prose, saying } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { FLUX_KINDS } from './custom-kinds.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { GITOPS_CAUSES, gitopsCause } from './gitops-stuck/causes.ts';

export const gitopsStuck = defineRule({
  id: 'gitops-stuck',
  title: 'Argo CD or Flux cannot bring git into the cluster',
  phase: 'gitops',
  semantics: [
    'https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/',
    'https://fluxcd.io/flux/components/kustomize/kustomizations/#kustomization-status',
    'https://fluxcd.io/flux/components/helm/helmreleases/#helmrelease-status',
    'https://fluxcd.io/flux/components/source/gitrepositories/#gitrepository-status',
  ],
  reads: [
    'Application.v1alpha1.argoproj.io',
    'Kustomization.kustomize.toolkit.fluxcd.io',
    'HelmRelease.helm.toolkit.fluxcd.io',
    'GitRepository.source.toolkit.fluxcd.io',
    'OCIRepository.source.toolkit.fluxcd.io',
    'HelmRepository.source.toolkit.fluxcd.io',
    'HelmChart.source.toolkit.fluxcd.io',
    'Event',
  ],
  on: ['Application', ...FLUX_KINDS],
  causes: GITOPS_CAUSES,

  detect({ cluster, object }) {
    const group = groupOf(object.apiVersion);
    const complaint =
      group === 'argoproj.io'
        ? ofArgo(cluster, object)
        : group.endsWith('.toolkit.fluxcd.io')
          ? ofFlux(cluster, object)
          : null;
    if (!complaint) return null;
    return {
      complaint,
      seenOn: [refOf(object)],
      firstSeen: complaint.since,
      lastSeen: cluster.now,
      occurrences: 1,
    };
  },

  investigate({ cluster, object }, _ask, { complaint }) {
    const { reason, message, evidence } = complaint;
    const { cause, advice } = gitopsCause(reason, message);
    const { kind, namespace, name } = refOf(object);
    return diagnosis({
      cause,
      summary: prose`${describeRef(refOf(object))} cannot be brought up to date${inBrackets(reason)}${saying(shortened(message))}`,
      evidence: [
        ...evidence,
        ...warningsOf(cluster, object, 60 * MINUTE)
          .slice(0, 2)
          .map((event) => quoteEvent(object, event)),
      ],
      certainty: [cause === 'not-ready' ? 0.5 : 0.85, prose`the controller says what it cannot do`],
      reason: prose`What the controller says is not proven to be fixed by one edit, so nothing is changed without a person.`,
      explainedBy: waitsFor(cluster, { kind, namespace, name }),
      advice: [advice],
    });
  },
});

interface Complaint {
  readonly reason: string;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly evidence: readonly Evidence[];
}

const LASTING = 2 * MINUTE;

/** Errors of an Application, or of its last sync where that failed and none is running. */
function ofArgo(cluster: ClusterState, object: ClusterObject): Complaint | null {
  if (object.metadata.deletionTimestamp !== undefined) return null;
  const errors = recordsOf(recordAt(object, 'status')['conditions']).filter(({ type }) =>
    String(type).endsWith('Error'),
  );
  const lasting = errors.filter(({ lastTransitionTime }) => ageOf(cluster, lastTransitionTime) >= LASTING);
  const [error] = lasting;
  if (error)
    return {
      reason: String(error['type']),
      message: String(error['message'] ?? ''),
      since: Date.parse(String(error['lastTransitionTime'])) || cluster.now,
      evidence: lasting
        .slice(0, 3)
        .map(({ type, message }) =>
          quote('object', object, null, `${String(type)}: ${String(message ?? '')}`),
        ),
    };
  const { phase, message, finishedAt } = recordAt(object, 'status', 'operationState');
  if ((phase !== 'Failed' && phase !== 'Error') || ageOf(cluster, finishedAt) < LASTING) return null;
  const results = recordsOf(recordAt(object, 'status', 'operationState', 'syncResult')['resources']).filter(
    ({ status }) => status === 'SyncFailed',
  );
  const first = results[0];
  const said =
    typeof first?.['message'] === 'string'
      ? `${String(first['kind'])} ${String(first['name'])}: ${first['message']}`
      : String(message ?? '');
  return {
    reason: `sync ${String(phase)}`,
    message: said,
    since: Date.parse(String(finishedAt)) || cluster.now,
    evidence: [
      quote('object', object, null, `operationState ${String(phase)}: ${String(message ?? '')}`),
      ...results
        .slice(0, 3)
        .map((one) =>
          quote(
            'object',
            object,
            null,
            `${String(one['kind'])} ${String(one['name'])} SyncFailed: ${String(one['message'] ?? '')}`,
          ),
        ),
    ],
  };
}

/** That what it applied is not healthy is no failure of the controller, where that object has one of its own. */
function ofFlux(cluster: ClusterState, object: ClusterObject): Complaint | null {
  const condition = unreadyCondition(cluster, object);
  if (!condition) return null;
  const released = conditionsIn(object).find(({ type, status }) => type === 'Released' && status === 'False');
  return {
    reason: condition.reason ?? '',
    message: condition.message ?? '',
    since: sinceOf(condition, cluster),
    evidence: [
      quoteCondition(object, condition),
      ...(released && released.message !== condition.message ? [quoteCondition(object, released)] : []),
    ],
  };
}
