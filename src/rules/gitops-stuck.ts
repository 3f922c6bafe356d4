/**
 * Rule `gitops-stuck`: what brings git into the cluster cannot: an Argo CD Application or ApplicationSet, a Flux Kustomization, HelmRelease or source.
 *
 * The semantics that it relies on:
 *
 * - An Application's conditions have a type and a message and no status: what ends in Error is one as it stands. A sync that failed is in
 *   `operationState`, and what was refused in its `syncResult`. https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/
 * - Flux objects have Ready=False with a reason; a suspended one is left alone. https://fluxcd.io/flux/components/kustomize/kustomizations/
 * - What was applied and is not healthy is no failure of the controller: the workload's own failure is the incident.
 * - Nothing below a source, a Kustomization or a release that fails is newer than its last success.
 */
import { waitsFor } from '../facts/links.ts';
import { quoteEvent, warningsOf } from '../facts/observations.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import { describeRef, groupOf, refOf } from '../kubernetes/objects.ts';
import type { Asking } from '../model/ask.ts';
import { inBrackets, prose, saying } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { FLUX_KINDS } from './custom-kinds.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { adviceFor } from './gitops-stuck/advice.ts';
import { complaintOfArgo } from './gitops-stuck/argo.ts';
import { GITOPS_CAUSES, gitopsCause, type GitopsCause } from './gitops-stuck/causes.ts';
import { foresight } from './gitops-stuck/foresight.ts';
import type { Detail, Stuck } from './gitops-stuck/detail.ts';
import { complaintOfFlux } from './gitops-stuck/flux.ts';
import { detailOfMissingFile } from './gitops-stuck/missing-file.ts';
import { detailOfRemovedApi } from './gitops-stuck/removed-api.ts';
import { detailOfImmutable } from './gitops-stuck/refused-fields.ts';
import { detailOfRefused } from './gitops-stuck/refused-values.ts';
import { detailOfMissingObject, detailOfPath, detailOfRevision } from './gitops-stuck/source-fields.ts';
import { detailOfProject, detailOfUnknownKind } from './gitops-stuck/unknown-kind.ts';
import { detailOfValueSource } from './gitops-stuck/value-sources.ts';
import { detailOfDuplicate, detailOfTemplate, detailOfValues } from './gitops-stuck/written-places.ts';

export const gitopsStuck = defineRule({
  id: 'gitops-stuck',
  title: 'Argo CD or Flux cannot bring git into the cluster',
  phase: 'gitops',
  semantics: [
    'https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/',
    'https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/',
    'https://fluxcd.io/flux/components/kustomize/kustomizations/#kustomization-status',
    'https://fluxcd.io/flux/components/helm/helmreleases/#helmrelease-status',
    'https://fluxcd.io/flux/components/source/gitrepositories/#gitrepository-status',
    'https://kubernetes.io/docs/reference/using-api/deprecation-guide/',
  ],
  reads: [
    'Application.v1alpha1.argoproj.io',
    'ApplicationSet.v1alpha1.argoproj.io',
    'AppProject.v1alpha1.argoproj.io',
    'Kustomization.kustomize.toolkit.fluxcd.io',
    'HelmRelease.helm.toolkit.fluxcd.io',
    'GitRepository.source.toolkit.fluxcd.io',
    'OCIRepository.source.toolkit.fluxcd.io',
    'HelmRepository.source.toolkit.fluxcd.io',
    'HelmChart.source.toolkit.fluxcd.io',
    'Bucket.source.toolkit.fluxcd.io',
    'Deployment',
    'DaemonSet',
    'StatefulSet',
    'Job',
    'CronJob',
    'Service',
    'PersistentVolumeClaim',
    'ConfigMap',
    'Event',
  ],
  on: ['Application', 'ApplicationSet', ...FLUX_KINDS],
  causes: GITOPS_CAUSES,
  foresight,

  detect({ cluster, object }) {
    const group = groupOf(object.apiVersion);
    const complaint =
      group === 'argoproj.io'
        ? complaintOfArgo(cluster, object)
        : group.endsWith('.toolkit.fluxcd.io')
          ? complaintOfFlux(cluster, object)
          : null;
    if (!complaint) return null;
    const cause = gitopsCause(complaint.reason, complaint.message);
    return {
      complaint,
      cause,
      object: refOf(object),
      seenOn: [refOf(object)],
      firstSeen: complaint.since,
      occurrences: 1,
    };
  },

  *investigate({ cluster, object }, ask, { complaint, cause }) {
    const { reason, message, evidence, behind } = complaint;
    const ref = refOf(object);
    const detail = yield* detailOf(cause, { cluster, object, complaint, ask });
    const events = warningsOf(cluster, object, 60 * MINUTE).filter(
      (event) => !message.includes(event.message),
    );
    return diagnosis({
      cause,
      summary: prose`${describeRef(ref)} cannot be brought up to date${inBrackets(reason)}${saying(shortened(message))}`,
      certainty: [cause === 'not-ready' ? 0.5 : 0.85, prose`the controller says what it cannot do`],
      reason: prose`What the controller says is not proven to be fixed by one edit, so a person has to decide.`,
      advice: [adviceFor(cause, cluster, object, complaint)],
      ...detail,
      because: detail?.because ?? [],
      evidence: [
        ...(detail?.evidence ?? []),
        ...evidence,
        ...events.slice(0, 2).map((event) => quoteEvent(object, event)),
      ],
      explainedBy: [...behind, ...waitsFor(cluster, ref)],
    });
  },
});

/** Causes about which git, history or the cluster may know more. */
const DETAILS: Readonly<Partial<Record<GitopsCause, (stuck: Stuck) => Asking<Detail | null>>>> = {
  'file-missing': detailOfMissingFile,
  'path-missing': detailOfPath,
  'revision-missing': detailOfRevision,
  'source-missing': detailOfMissingObject,
  'values-missing': detailOfValueSource,
  'no-matches-for-kind': detailOfUnknownKind,
  'not-permitted': detailOfProject,
  'dependency-missing': detailOfMissingObject,
  'duplicate-resource': detailOfDuplicate,
  'removed-api': detailOfRemovedApi,
  'build-failed': detailOfTemplate,
  'values-invalid': detailOfValues,
  'field-immutable': detailOfImmutable,
  'object-invalid': detailOfRefused,
  'webhook-denied': detailOfRefused,
  'exceeded-quota': detailOfRefused,
};

function* detailOf(cause: GitopsCause, stuck: Stuck): Asking<Detail | null> {
  const detail = DETAILS[cause];
  return detail ? yield* detail(stuck) : null;
}
