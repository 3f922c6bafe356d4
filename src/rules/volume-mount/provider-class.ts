import type { MountFailure } from '../../facts/mount-failures.ts';
import { quote } from '../../facts/observations.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import type { Ask } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import { prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { ofMissing } from '../missing-reference.ts';
import type { Reading } from './readings.ts';

/** So much of its content an object keeps that is only renamed. */
const SAME = 0.8;

/** What the volume meant by a SecretProviderClass that does not exist: its new name where one commit renamed it, else a near name. */
export function* providerClass(
  { cluster, ref }: WorkloadFacts,
  { message, pod }: MountFailure,
  { blames }: Reading,
  ask: Ask,
) {
  const [, namespace, name] = /secretproviderclass ([a-z0-9-]+)\/([a-z0-9.-]+)/i.exec(message) ?? [];
  const [at] = blames;
  if (namespace === undefined || name === undefined || !at) return null;
  const kind = 'SecretProviderClass';
  const object = { apiVersion: 'secrets-store.csi.x-k8s.io/v1', kind, namespace, name };
  const says = prose`SecretProviderClass ${name}, which a volume of it names, does not exist`;
  const [rename, ...others] = ((yield* ask.renames(object)) ?? []).filter(
    (one) => one.similarity >= SAME && cluster.presence(kind, namespace, one.to) !== 'absent',
  );
  if (rename && others.length === 0)
    return {
      says,
      because: [
        prose`${name} was renamed to ${rename.to} in ${describeCommit(rename.commit)}, and this reference kept the old name.`,
      ],
      evidence: [commitEvidence(rename.commit, `SecretProviderClass ${name} became ${rename.to}`)],
      draft: {
        verdict: 'fix' as const,
        reason: prose`One commit renamed it and kept its content.`,
        changes: [changeOf(at.object, at.field, name, rename.to)],
        guards: [
          { kind: 'no-auto-merge' as const, reason: prose`a person has to say that the rename is meant` },
        ],
        introducedBy: rename.commit,
        advice: [],
      },
    };
  const {
    certainty: _,
    because,
    evidence,
    ...found
  } = yield* ofMissing(
    cluster,
    ref,
    {
      field: at.field.replace(/\.secretProviderClass$/, ''),
      kind,
      namespace,
      name,
      others: cluster.list(kind, namespace).map(({ metadata }) => metadata.name),
      evidence: quote('object', pod, null, `${at.field} names ${kind} ${name}`),
    },
    ask,
    at.field,
  );
  return { says, because, evidence, draft: found };
}
