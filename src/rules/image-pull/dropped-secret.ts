import { referencesOf } from '../../facts/references.ts';
import { describeRef, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { podSpecPath } from '../../kubernetes/workloads.ts';
import { changeOf } from '../../model/change.ts';
import type { FieldVersion } from '../../model/need.ts';
import { prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { describeKept, lastReadyTemplate, type KeptTemplate } from '../../witnesses/last-ready.ts';
import { credentialAdvice, pullSecretsOf } from './credentials.ts';
import type { Pull, Remedy } from './pull.ts';

/** A pull secret that pods of the last Ready template have, and the failing pod has not. */
export interface DroppedSecret {
  readonly name: string;
  readonly owner: KubernetesObject;
  readonly kept: KeptTemplate;
}

export function droppedSecret(pull: Pull, owner: KubernetesObject): DroppedSecret | null {
  const has = new Set(pullSecretsOf(pull).map(({ name }) => name));
  const other = (template: KubernetesObject): string | undefined =>
    referencesOf(template).find(({ via, name }) => via === 'imagePullSecret' && !has.has(name))?.name;
  // What a pod has may come from its service account: only a kept template says what the owner's template had.
  const kept = lastReadyTemplate(
    pull.cluster,
    owner,
    (template) => template.kind !== 'Pod' && other(template) !== undefined,
  );
  return kept && { name: other(kept.template)!, owner, kept };
}

/** Where the template would have it. */
export function fieldOfDropped({ name, owner }: DroppedSecret): string {
  return `${podSpecPath(owner.kind)}.imagePullSecrets[name=${name}].name`;
}

/** It is offered back, for a person to decide. `history` is that of its field. */
export function offeredBack(
  pull: Pull,
  { name, owner, kept }: DroppedSecret,
  history: readonly FieldVersion[] | null,
): Remedy {
  const commit = history?.[0] && history[0].value === undefined ? history[0].commit : null;
  const had = prose`${describeKept(kept)} with the pull secret ${name}, which the failing pod does not have.`;
  const field = fieldOfDropped({ name, owner, kept });
  const others = referencesOf(owner).some(({ via }) => via === 'imagePullSecret');
  const isGone = pull.cluster.presence('Secret', pull.namespace, name) === 'absent';
  return {
    verdict: 'escalate',
    // Beside others it is for a person to place; one that is gone would not help.
    changes: others || isGone ? [] : [changeOf(refOf(owner), field, null, name)],
    reason: prose`the pull secret ${name} was dropped from the template, and whether it comes back is for a person to decide`,
    because: commit
      ? [had, prose`${name} was removed from the template in ${describeCommit(commit)}.`]
      : [had],
    evidence: commit ? [commitEvidence(commit, `removed the pull secret ${name}`)] : [],
    blames: [{ object: refOf(owner), field: `${podSpecPath(owner.kind)}.imagePullSecrets` }],
    advice: [
      prose`Put ${name} back into the imagePullSecrets of ${describeRef(refOf(owner))}.`,
      ...credentialAdvice(pull),
    ],
    ...(commit ? { introducedBy: commit } : {}),
  };
}
