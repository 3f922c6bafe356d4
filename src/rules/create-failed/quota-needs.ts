import type { Refusal } from '../../facts/refusals.ts';
import { recordAt, type Scalar } from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import type { Commit } from '../../model/commit.ts';
import { listed, prose } from '../../untrusted/prose.ts';
import { canonicalResource } from '../../witnesses/capacity.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { formerValue } from '../../witnesses/former-value.ts';
import type { Conclusion } from '../define-rule.ts';
import {
  containersInTemplate,
  explained,
  injectedOf,
  injectedSentence,
  lackOf,
  type Refused,
} from './refused.ts';

type NeedsRefusal = Extract<Refusal, { kind: 'quota-needs-values' }>;

/** A quota counts what a container does not say. What a commit removed comes back; no other value is known. */
export function* quotaNeedsValues(refused: Refused, refusal: NeedsRefusal, ask: Ask): Asking<Conclusion> {
  const { workload } = refused;
  const { ref } = workload;
  const unset = unsetIn(refused, refusal);
  const histories = yield* ask.each(unset.map(({ field }) => ask.history(ref, field)));
  const removed = unset.flatMap(({ field }, index): readonly Removed[] => {
    const former = formerValue(histories[index] ?? null);
    return former && former.now === undefined && former.before !== undefined
      ? [{ field, value: former.before, commit: former.commit }]
      : [];
  });
  const injected = injectedOf(
    workload,
    refusal.needs.flatMap(({ containers }) => containers),
  );
  const resources = listed([...new Set(refusal.needs.map(({ resource }) => resource))]);
  return explained(refused, {
    cause: 'quota-needs-values',
    culprit: { kind: 'ResourceQuota', namespace: ref.namespace, name: refusal.quota },
    summary: prose`${lackOf(refused)}: ResourceQuota ${refusal.quota} counts ${resources}, which ${setBy(refusal)} not set.`,
    because: [
      ...removed.map(({ field, commit }) => prose`${field} was removed in ${describeCommit(commit)}.`),
      ...injectedSentence(injected),
    ],
    evidence: removed.map(({ field, value, commit }) =>
      commitEvidence(commit, `removed ${field}, which was ${String(value)}`),
    ),
    ...(injected.length === 0 && removed.length === unset.length ? restoring(refused, removed) : {}),
    blames: unset.map(({ path }) => ({ object: ref, field: `${path}.name` })),
    advice: [
      ...unset.map(({ name, resource }) => prose`Set resources.${resource} of container ${name}.`),
      ...injected.map(
        (name) => prose`Set the resources of ${name} where the injector that adds it is configured.`,
      ),
      prose`Or give defaults for ${resources} with a LimitRange in namespace ${ref.namespace ?? ''}.`,
    ],
  });
}

interface Removed {
  readonly field: string;
  readonly value: Scalar;
  readonly commit: Commit;
}

function restoring({ workload: { ref } }: Refused, removed: readonly Removed[]) {
  const [first] = removed;
  if (!first) return {};
  return {
    verdict: 'fix' as const,
    reason: prose`${describeCommit(first.commit)} removed what the quota counts, and history tells what it was.`,
    changes: removed.map(({ field, value }) => changeOf(ref, field, null, value)),
    guards: [{ kind: 'no-auto-merge' as const, reason: prose`a person removed the values that come back` }],
    introducedBy: first.commit,
  };
}

function setBy({ needs }: NeedsRefusal) {
  const names = [...new Set(needs.flatMap(({ containers }) => containers))];
  if (names.length === 0) return prose`a container does`;
  return names.length === 1 ? prose`container ${names[0]!} does` : prose`containers ${listed(names)} do`;
}

/** The fields of the template that the quota wants: of the containers that the API server names, else of all that lack them. */
function unsetIn({ workload }: Refused, { needs }: NeedsRefusal) {
  return needs.flatMap(({ resource, containers }) => {
    const [list, kind] = canonicalResource(resource).split('.') as [string, string];
    return containersInTemplate(workload)
      .filter(({ name, container }) =>
        containers.length > 0
          ? containers.includes(name)
          : recordAt(container, 'resources', list)[kind] === undefined,
      )
      .map(({ name, path }) => ({
        name,
        path,
        resource: `${list}.${kind}`,
        field: `${path}.resources.${list}.${kind}`,
      }));
  });
}
