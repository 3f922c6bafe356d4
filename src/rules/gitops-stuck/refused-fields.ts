import { sameValue } from '../../kubernetes/compare.ts';
import { isScalarValue } from '../../kubernetes/field.ts';
import { parseFieldPath } from '../../kubernetes/field-path.ts';
import { isImmutable } from '../../kubernetes/immutable-fields.ts';
import { leavesOf } from '../../kubernetes/leaves.ts';
import { describeRef, type ObjectRef, type KubernetesObject, type Scalar } from '../../kubernetes/objects.ts';
import { refOfRefused, refusedObject } from '../../facts/refused-object.ts';
import type { Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import { quoted } from '../../model/evidence.ts';
import { joinProse, listed, prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { targetNamespace } from './complaint.ts';
import type { Detail, Stuck } from './detail.ts';
import { clauseOf } from './refused-clause.ts';

/** A field that git has otherwise than the cluster. */
interface Differing {
  readonly field: string;
  readonly live: Scalar;
  readonly git: Scalar;
}

/** Fields that can go back by themselves: a selector or a name would leave labels and Services behind. */
const STANDS_ALONE =
  /^spec\.(?:volumeClaimTemplates|podManagementPolicy|storageClassName|accessModes|volumeMode)\b/;

/** More of them are another object, not a change. */
const MOST_FIELDS = 3;

/** Git changes what cannot be changed: which fields, from what to what, and by which commit. */
export function* detailOfImmutable({ cluster, object, complaint, ask }: Stuck): Asking<Detail | null> {
  const refused = refusedObject(complaint.message, targetNamespace(object));
  const ref = refused && refOfRefused(cluster, refused);
  const live = ref ? cluster.get(ref.kind, ref.namespace, ref.name) : undefined;
  if (!ref) return null;
  const rendered = live ? yield* ask.rendered(ref) : null;
  const fields = live && rendered ? differing(live, rendered) : [];
  const summary = prose`Git changes ${listed(fields.map(({ field }) => field))} of ${describeRef(ref)}, which cannot be changed.`;
  if (fields.length === 0 || fields.length > MOST_FIELDS)
    return {
      summary: prose`${describeRef(ref)} cannot be changed as git has it: ${clauseOf(complaint.message)}`,
      because: [],
      evidence: [],
    };
  const histories = yield* ask.each(fields.map(({ field }) => ask.history(ref, field)));
  const commits = fields.map(({ live: was, git }, index) => {
    const [now, before] = histories[index] ?? [];
    return now && now.value === git && before?.value === was ? now.commit : null;
  });
  const [commit] = commits;
  const isOne = commit != null && commits.every((one) => one?.sha === commit.sha);
  const told =
    fields.length === 1
      ? [prose`The cluster has ${String(fields[0]!.live)}, git has ${String(fields[0]!.git)}`]
      : fields.map(
          ({ field, live: was, git }) =>
            prose`${field} is ${String(was)} in the cluster, ${String(git)} in git`,
        );
  const goesBack = isOne && fields.every(({ field, live: was }) => was !== null && STANDS_ALONE.test(field));
  return {
    summary,
    because: [
      prose`${joinProse(told, '; ')}.`,
      ...(isOne ? [prose`It changed in ${describeCommit(commit)}.`] : []),
    ],
    evidence: [
      ...fields.map(({ field, live: was }) => quoted('object', ref, null, `${field}: ${String(was)}`)),
      ...(isOne
        ? [
            commitEvidence(
              commit,
              fields
                .map(({ field, live: was, git }) => `${field}: ${String(was)} became ${String(git)}`)
                .join('; '),
            ),
          ]
        : []),
    ],
    blames: fields.map(({ field }) => ({ object: ref, field })),
    ...(isOne ? { introducedBy: commit } : {}),
    reason: prose`Whether git goes back or ${describeRef(ref)} is recreated is for a person to say.`,
    ...(goesBack
      ? {
          verdict: 'fix' as const,
          changes: fields.map(({ field, git, live: was }) => changeOf(ref, field, git, was)),
          guards: [
            {
              kind: 'draft' as const,
              reason: prose`the other way is to recreate ${describeRef(ref)}: a person has to choose`,
            },
          ],
        }
      : {}),
    advice: [recreating(ref)],
  };
}

function recreating(ref: ObjectRef): Prose {
  switch (ref.kind) {
    case 'Job':
      return prose`A Job's template never changes: delete ${describeRef(ref)} so that it is recreated, if its work may be done again, or give each version a name of its own.`;
    case 'StatefulSet':
      return prose`If the new value is meant: kubectl delete statefulset ${ref.name} -n ${ref.namespace ?? ''} --cascade=orphan, so that it is recreated while its pods go on; claims that exist keep their size.`;
    default:
      return prose`If the new value is meant, delete ${describeRef(ref)}, so that it is recreated; what it serves is down meanwhile. If not, take the commit back.`;
  }
}

function differing(live: KubernetesObject, rendered: KubernetesObject): readonly Differing[] {
  const [now, wanted] = [leavesOf(live['spec'], ['spec']), leavesOf(rendered['spec'], ['spec'])];
  return [...wanted].flatMap(([field, { value }]) => {
    const was = now.get(field)?.value;
    const isSame = was !== undefined && sameValue(parseFieldPath(field), was, value);
    if (isSame || !isImmutable(live.kind, field) || !isScalarValue(value)) return [];
    return was === undefined || isScalarValue(was) ? [{ field, live: was ?? null, git: value }] : [];
  });
}
