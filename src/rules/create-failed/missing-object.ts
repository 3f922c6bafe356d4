import type { MissingObject } from '../../facts/refusals.ts';
import { describeRef, sameObject, type ObjectRef } from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import type { Evidence } from '../../model/evidence.ts';
import { quoted } from '../../model/evidence.ts';
import type { FieldVersion, Removal, Rename, RenderedKeys } from '../../model/need.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { formerValue } from '../../witnesses/former-value.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import type { Conclusion } from '../define-rule.ts';
import { explained, lackOf, specInTemplate, type Refused } from './refused.ts';

const KINDS = {
  ServiceAccount: { apiVersion: 'v1', field: 'serviceAccountName', cause: 'service-account-missing' },
  PriorityClass: {
    apiVersion: 'scheduling.k8s.io/v1',
    field: 'priorityClassName',
    cause: 'priority-class-missing',
  },
  RuntimeClass: { apiVersion: 'node.k8s.io/v1', field: 'runtimeClassName', cause: 'runtime-class-missing' },
} as const;

/** A name that the reference may have instead, and what vouches for it. */
interface Instead {
  readonly name: string;
  readonly because: Prose;
  readonly reason: Prose;
  readonly evidence: readonly Evidence[];
  readonly guard: { readonly kind: 'no-auto-merge' | 'draft'; readonly reason: Prose };
  readonly introducedBy?: FieldVersion['commit'];
}

/** A ServiceAccount, PriorityClass or RuntimeClass that the pod names does not exist. */
export function* missingObject(refused: Refused, missing: MissingObject, ask: Ask): Asking<Conclusion> {
  const { workload } = refused;
  const { ref, cluster } = workload;
  const { apiVersion, field: own, cause } = KINDS[missing.object];
  const namespace = missing.object === 'ServiceAccount' ? ref.namespace : null;
  const object: ObjectRef = { apiVersion, kind: missing.object, namespace, name: missing.name };
  const at = specInTemplate(workload);
  const isWritten = at !== null && at.spec[own] === missing.name;
  const field = `${at?.path ?? ''}.${own}`;
  const { past, renames, rendered, neighbours, gone } = yield* ask.all({
    past: ask.history(ref, field),
    renames: ask.renames(object),
    rendered: ask.rendered(object),
    neighbours: ask.renderedKind(missing.object, namespace),
    gone: ask.removal(object),
  });
  const live = cluster.list(missing.object, namespace).map(({ metadata }) => metadata.name);
  const others = { live, rendered: neighbours ?? [], namespace };
  const instead =
    !isWritten || rendered !== null
      ? null
      : (restored(past, missing, others) ??
        renamed(renames, missing, others) ??
        near(refused, missing, others));
  const elsewhere = cluster
    .list(missing.object)
    .filter(
      ({ metadata }) =>
        metadata.name === missing.name &&
        !sameObject({ ...object, namespace: metadata.namespace ?? null }, object),
    )
    .map(({ metadata }) => metadata.namespace ?? '');
  return explained(refused, {
    cause,
    culprit: { kind: missing.object, namespace, name: missing.name },
    summary: prose`${lackOf(refused)}: their ${ownText(missing.object)} ${missing.name} does not exist${inNamespace(namespace)}.`,
    because: [
      ...(instead ? [instead.because] : []),
      ...(gone && !instead
        ? [prose`It was removed from ${gone.file} in ${describeCommit(gone.commit)}.`]
        : []),
      ...(rendered ? [prose`Git has it, so it is not applied yet.`] : []),
      ...(elsewhere.length > 0
        ? [
            prose`One of that name exists in namespace ${listed(elsewhere)}, which pods of ${ref.namespace ?? ''} cannot use.`,
          ]
        : []),
      ...(isWritten ? [] : [prose`The pod template does not name it: admission or a default sets it.`]),
    ],
    evidence: [
      ...(live.length > 0
        ? [
            quoted(
              'object',
              { kind: missing.object, namespace, name: '*' },
              null,
              live.slice(0, 12).join(', '),
            ),
          ]
        : []),
      ...(instead?.evidence ?? []),
      ...(gone && !instead ? [commitEvidence(gone.commit, `removed ${missing.object} ${missing.name}`)] : []),
    ],
    blames: isWritten ? [{ object: ref, field }] : [],
    ...(instead
      ? {
          verdict: 'fix' as const,
          reason: instead.reason,
          changes: [changeOf(ref, field, missing.name, instead.name)],
          guards: [instead.guard],
          certainty: [
            0.95,
            prose`the API server says that it does not exist, and ${instead.name} does`,
          ] as const,
        }
      : {
          reason: prose`Nothing shows which ${ownText(missing.object)} was meant, and Faultline does not guess.`,
        }),
    ...introducedBy(instead?.introducedBy ?? gone?.commit),
    advice: instead
      ? [prose`If ${missing.name} is meant, create ${describeRef(object)}.`]
      : adviceFor(object, {
          isWritten,
          field: own,
          live,
          isRendered: rendered !== null,
          gone,
        }),
  });
}

function introducedBy(commit: FieldVersion['commit'] | undefined) {
  return commit ? { introducedBy: commit } : {};
}

function inNamespace(namespace: string | null): Prose {
  return namespace === null ? prose`` : prose` in namespace ${namespace}`;
}

interface Others {
  readonly live: readonly string[];
  readonly rendered: readonly RenderedKeys[];
  readonly namespace: string | null;
}

function exists({ live, rendered, namespace }: Others, name: string): boolean {
  const isIn = (other: string | null) => other === null || other === namespace;
  return live.includes(name) || rendered.some(({ ref }) => ref.name === name && isIn(ref.namespace));
}

/** The name that the field had before the last commit that changed it, where an object of that name exists. */
function restored(
  past: readonly FieldVersion[] | null,
  { object, name }: MissingObject,
  others: Others,
): Instead | null {
  const former = formerValue(past);
  if (former?.now !== name || typeof former.before !== 'string' || !exists(others, former.before))
    return null;
  const { before, commit } = former;
  return {
    name: before,
    because: prose`It was ${before} before ${describeCommit(commit)}, and ${ownText(object)} ${before} exists.`,
    reason: prose`History tells the name that worked: ${before}, until ${describeCommit(commit)}.`,
    evidence: [commitEvidence(commit, `${before} became ${name}`)],
    guard: { kind: 'no-auto-merge', reason: prose`a person has to confirm that ${before} is meant` },
    introducedBy: commit,
  };
}

/** The one object that came in the commit in which the missing one went. */
function renamed(
  renames: readonly Rename[] | null,
  { object, name }: MissingObject,
  others: Others,
): Instead | null {
  const [first, ...rest] = (renames ?? []).filter(
    ({ from, to, similarity }) => from === name && similarity >= 0.5 && exists(others, to),
  );
  if (!first || rest.some(({ commit }) => commit.sha === first.commit.sha)) return null;
  const { to, commit } = first;
  return {
    name: to,
    because: prose`${ownText(object)} ${name} was renamed to ${to} in ${describeCommit(commit)}, and this reference kept the old name.`,
    reason: prose`History proves the new name: ${describeCommit(commit)}.`,
    evidence: [commitEvidence(commit, `${object} ${name} became ${to}`)],
    guard: { kind: 'no-auto-merge', reason: prose`a person has to confirm that ${to} is meant` },
    introducedBy: commit,
  };
}

/** The one name like it. */
function near(
  { workload: { ref } }: Refused,
  { object, name }: MissingObject,
  others: Others,
): Instead | null {
  const context = [ref.name, ...(ref.namespace === null ? [] : [ref.namespace])];
  const related = others.live.filter(
    (other) => other !== 'default' && relationOf(name, other, context) !== null,
  );
  const [one] = related;
  if (one === undefined || related.length > 1) return null;
  return {
    name: one,
    because: prose`${ownText(object)} ${one} has nearly that name; nothing else comes near.`,
    reason: prose`${one} is the only ${ownText(object)} with a name like it; a person has to confirm that it is meant.`,
    evidence: [],
    guard: { kind: 'draft', reason: prose`only the name speaks for ${one}` },
  };
}

function adviceFor(
  object: ObjectRef,
  known: {
    readonly isWritten: boolean;
    readonly field: string;
    readonly live: readonly string[];
    readonly isRendered: boolean;
    readonly gone: Removal | null;
  },
): readonly Prose[] {
  const { isWritten, field, live, isRendered, gone } = known;
  const others = live.filter((name) => name !== 'default');
  const there = others.length === 0 ? prose`` : prose` There are: ${listed(others)}.`;
  if (isRendered) return [prose`Apply what git has: ${describeRef(object)} is part of it.`];
  return [
    ...(gone
      ? [
          prose`Put it back if the workload still needs it: git show ${`${gone.commit.sha.slice(0, 8)}^:${gone.file}`} has it.`,
        ]
      : []),
    ...(isWritten
      ? [prose`Create ${describeRef(object)}, or name one that exists in ${field}.${there}`]
      : [prose`Create ${describeRef(object)}.`]),
  ];
}
