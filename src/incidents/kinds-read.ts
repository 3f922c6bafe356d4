import { apiKind, bareKind, type ApiKind, type KindName } from '../kubernetes/api-kinds.ts';
import type { Rule } from '../rules/define-rule.ts';

/** What is read for every rule: pods with their owners, and what says where in git an object comes from. */
export const READ_FOR_ALL: readonly KindName[] = [
  'Namespace',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ControllerRevision',
  'Job',
  'CronJob',
  'Service',
  'Rollout.v1alpha1.argoproj.io',
  'Application.v1alpha1.argoproj.io',
  'Kustomization.kustomize.toolkit.fluxcd.io',
  'HelmRelease.helm.toolkit.fluxcd.io',
  'GitRepository.source.toolkit.fluxcd.io',
  'OCIRepository.source.toolkit.fluxcd.io',
];

/** Listed last: what pods and events name is then never newer than they are. */
const LAST: readonly KindName[] = ['Pod', 'Event'];

/**
 * The kinds that are listed in a live cluster for these rules, and that the shipped RBAC grants. Secrets are not among them, whatever a
 * rule reads: of those a rule knows what a recorded cluster has.
 */
export function kindsRead(rules: readonly Rule[]): readonly ApiKind[] {
  const names = new Set([...READ_FOR_ALL, ...rules.flatMap(({ reads }) => reads)]);
  for (const name of LAST) names.delete(name);
  return [...names, ...LAST].filter((name) => bareKind(name) !== 'Secret').map(apiKind);
}
