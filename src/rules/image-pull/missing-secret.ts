import { referencesOf } from '../../facts/references.ts';
import { refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import { prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { formerValue } from '../../witnesses/former-value.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import { pullSecretsOf } from './credentials.ts';
import type { Pull, Remedy } from './pull.ts';

/** Types of Secrets with a registry's credentials: https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets */
const OF_REGISTRIES = new Set(['kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg']);

/**
 * The one pull secret of the template does not exist: what it was called before the last commit, or the one registry Secret of a similar name, is
 * offered in a draft. Null where neither is there. Only names and types of Secrets are known; nothing is said of what they hold.
 */
export function* otherSecret(pull: Pull, owner: KubernetesObject, ask: Ask): Asking<Remedy | null> {
  const missing = pullSecretsOf(pull).filter(({ isMissing, writer }) => isMissing && writer === null);
  const [written, ...more] = referencesOf(owner).filter(
    ({ via, name }) => via === 'imagePullSecret' && missing.some((secret) => secret.name === name),
  );
  if (!written || more.length > 0) return null;
  const { cluster, namespace } = pull;
  const { name, field } = written;
  const former = formerValue(yield* ask.history(refOf(owner), field));
  const change = (after: string) => [changeOf(refOf(owner), field, name, after)];
  const blames = [{ object: refOf(owner), field }];
  if (former?.now === name && typeof former.before === 'string') {
    const { before, commit } = former;
    if (cluster.presence('Secret', namespace, before) !== 'present') return null;
    return {
      verdict: 'fix',
      reason: prose`${before} was the pull secret before ${describeCommit(commit)}, and it exists`,
      because: [
        prose`${describeCommit(commit)} changed the pull secret from ${before}, which exists, to ${name}.`,
      ],
      evidence: [commitEvidence(commit, `pull secret ${before} became ${name}`)],
      changes: change(before),
      guards: [{ kind: 'draft', reason: prose`whether ${before} may still pull is for a person to say` }],
      blames,
      introducedBy: commit,
    };
  }
  const near = cluster
    .list('Secret', namespace)
    .filter((secret) => OF_REGISTRIES.has(String(secret['type'])))
    .map(({ metadata }) => metadata.name)
    .filter((other) => relationOf(name, other, [pull.workload.name, namespace]) !== null);
  const [one, ...others] = near;
  if (one === undefined || others.length > 0) return null;
  return {
    verdict: 'fix',
    reason: prose`${one} is the one registry Secret of the namespace with a name like ${name}`,
    because: [prose`Secret ${one} has nearly the name of the pull secret that is missing.`],
    changes: change(one),
    guards: [{ kind: 'draft', reason: prose`only the name speaks for ${one}` }],
    blames,
  };
}
