import type { ObjectFacts } from '../../facts/subjects.ts';
import { podsWith, selectorField, type Labels } from '../../facts/services.ts';
import { quote } from '../../facts/observations.ts';
import { fieldAt } from '../../kubernetes/field-path.ts';
import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import { podTemplatePath } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { ClusterObject, ClusterState, Owner } from '../../model/cluster-state.ts';
import { counted, joinProse, listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, commitAsActor } from '../../witnesses/commits.ts';
import { lastChangeOf, type LastChange } from '../../witnesses/last-change.ts';
import { renderedWorkloadWith } from '../../witnesses/rendered-workloads.ts';
import type { Conclusion } from '../define-rule.ts';
import { diagnosis } from '../diagnosis.ts';
import { changesTo, nearSelector, othersSelecting, ownersOf, selectorBefore } from './repaired-selector.ts';
import { IDENTIFYING_KEYS, type NoPods, type WrongEntry } from './selection.ts';

/** Why a selector fits no pod and what it would have to be; null where nothing tells which pods are meant, or where git has them and the cluster does not yet. */
export function* brokenSelector(
  { cluster, object: service }: ObjectFacts,
  ask: Ask,
  selection: NoPods,
): Asking<Conclusion | null> {
  const { selector, near } = selection;
  const ref = refOf(service);
  if (yield* renderedWorkloadWith(ask, ref.namespace, selector)) return null;
  const labels = near.flatMap((pod) => Object.keys(pod.metadata.labels ?? {}));
  const keys = [...new Set([...Object.keys(selector), ...(near.length === 0 ? IDENTIFYING_KEYS : labels)])];
  const past = yield* lastChangeOf(ask, ref, keys.map(selectorField));
  const inGit: Labels = recordAt(yield* ask.rendered(ref), 'spec', 'selector');
  for (const wanted of [inGit, ...(past ? [selectorBefore(selector, keys, past)] : [])]) {
    const pods = podsWith(cluster, ref.namespace, wanted);
    if (pods.length > 0) return restored({ cluster, service, selection, past, wanted, pods });
  }
  if (near.length === 0) return null;
  const [owner, ...otherOwners] = ownersOf(cluster, near);
  const relabelled = otherOwners.length === 0 ? yield* labelChange(ask, owner!, selection.wrong) : null;
  return unproven({ cluster, service, selection, past, relabelled, owners: ownersOf(cluster, near) });
}

function* labelChange(ask: Ask, owner: Owner, wrong: readonly WrongEntry[]): Asking<LastChange | null> {
  return yield* lastChangeOf(
    ask,
    owner.ref,
    wrong.map(({ key }) => labelField(owner, key)),
  );
}

function labelField({ ref: { kind } }: Owner, key: string): string {
  return fieldAt([...(podTemplatePath(kind) ?? 'spec.template').split('.'), 'metadata', 'labels', key]).text;
}

interface Known {
  readonly cluster: ClusterState;
  readonly service: ClusterObject;
  readonly selection: NoPods;
  readonly past: LastChange | null;
}

/** Git had, or has, a selector that fits pods of today. */
function restored({
  cluster,
  service,
  selection,
  past,
  wanted,
  pods,
}: Known & { readonly wanted: Labels; readonly pods: readonly ClusterObject[] }): Conclusion {
  const ref = refOf(service);
  const changes = changesTo(service, wanted);
  const [owner] = ownersOf(cluster, pods);
  const whose = prose`${counted(pods.length, 'pod')} of ${describeRef(owner!.ref)}`;
  const was = textOf(wanted);
  return diagnosis({
    cause: 'selector-mismatch',
    summary: summaryOf(cluster, service, selection),
    because: past
      ? [
          prose`${commitAsActor(past.commit)} changed the selector from ${was}, which ${ownText(pods.length === 1 ? 'fits' : 'fit')} ${whose} today.`,
        ]
      : [prose`Git has ${was}, which fits ${whose}.`],
    evidence: [
      ...evidenceOf(service, pods),
      ...(past ? [commitEvidence(past.commit, `changed spec.selector of ${describeRef(ref)}`)] : []),
    ],
    certainty: [0.97, prose`the former selector fits pods that run, and the current one fits none`],
    verdict: 'fix',
    reason: prose`The selector goes back to what fitted the pods.`,
    changes,
    blames: changes
      .filter(({ before }) => before !== null)
      .map(({ object, field }) => ({ object, field: field.text })),
    ...(past && { introducedBy: past.commit, firstSeen: sinceOf(service, past) }),
    guards: [{ kind: 'no-auto-merge', reason: prose`traffic starts to reach these pods again` }],
    advice: [
      prose`Check who is to get the traffic: kubectl get pods -n ${ref.namespace ?? 'default'} -l ${was}`,
    ],
  });
}

/** Only labels of today tell what is meant: at most a draft. */
function unproven({
  cluster,
  service,
  selection,
  past,
  relabelled,
  owners,
}: Known & { readonly relabelled: LastChange | null; readonly owners: readonly Owner[] }): Conclusion {
  const ref = refOf(service);
  const { near, wrong } = selection;
  const wanted = nearSelector(cluster, service, selection);
  const isPodsTurn = relabelled !== null && (past === null || relabelled.commit.at > past.commit.at);
  const others = othersSelecting(cluster, service, near).map((other) => other.metadata.name);
  const brought = isPodsTurn ? relabelled : past;
  const [owner] = owners;
  const labels = isPodsTurn
    ? wrong.map(({ key }) => ({ object: owner!.ref, field: labelField(owner!, key) }))
    : [];
  return diagnosis({
    cause: 'selector-mismatch',
    summary: summaryOf(cluster, service, selection),
    because: [
      ...(isPodsTurn
        ? [
            prose`${commitAsActor(relabelled.commit)} changed the label of the pods, and the Service kept the old one.`,
          ]
        : past
          ? [prose`${commitAsActor(past.commit)} changed the selector.`]
          : []),
      ...(others.length > 0 && !isPodsTurn
        ? [prose`${listed(others)} selects these pods rightly, so the labels of the pods are not at fault.`]
        : []),
    ],
    evidence: [
      ...evidenceOf(service, near),
      ...(brought
        ? [commitEvidence(brought.commit, 'changed the selector or the labels that it asks for')]
        : []),
    ],
    certainty: [0.9, prose`Service and pods are on record`],
    ...(wanted
      ? {
          verdict: 'fix' as const,
          changes: changesTo(service, wanted),
          reason: prose`Only the labels of the pods say what the selector would have to be.`,
          guards: [
            {
              kind: 'draft' as const,
              reason: isPodsTurn
                ? prose`the label of the pods changed last, so a person says whether the Service follows or the label goes back`
                : prose`git does not show that the selector ever fitted these pods, so a person confirms that ${textOf(wanted)} is meant`,
            },
          ],
        }
      : { reason: prose`Which pods the Service is meant for is for a person to say.` }),
    blames: [...wrong.map(({ key }) => ({ object: ref, field: selectorField(key) })), ...labels],
    ...(brought && { introducedBy: brought.commit, firstSeen: sinceOf(service, brought) }),
    advice: wanted
      ? []
      : [
          prose`Let spec.selector ask for labels that the pods have (kubectl get pods -n ${ref.namespace ?? 'default'} --show-labels), or delete the Service where nothing needs it.`,
        ],
  });
}

/** Not before the Service was there. */
function sinceOf({ metadata }: ClusterObject, { commit }: LastChange): number {
  return Math.max(commit.at, Date.parse(metadata.creationTimestamp ?? '') || 0);
}

/** `app=pier,track=steam`, as kubectl takes it. */
function textOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',');
}

function summaryOf(cluster: ClusterState, service: ClusterObject, { near, wrong }: NoPods): Prose {
  const owners = ownersOf(cluster, near).map(({ ref }) => describeRef(ref));
  const whose = prose`the pods of ${listed(owners)}`;
  const differences = wrong.map(({ key, value, has }) => {
    const asks = prose`its selector asks for ${key}=${value}`;
    if (near.length === 0) return prose`${asks}, which no pod of its namespace has`;
    const other = IDENTIFYING_KEYS.find((one) => near.every((pod) => pod.metadata.labels?.[one] === value));
    if (other !== undefined) return prose`${asks}, and ${whose} have ${other}=${value} instead`;
    return has.length === 0
      ? prose`${asks}, and ${whose} have no label ${key}`
      : prose`${asks}, and ${whose} have ${listed(has.map((one) => `${key}=${one}`))}`;
  });
  return prose`${describeRef(refOf(service))} has no endpoints: ${joinProse(differences, '; ')}`;
}

function evidenceOf(service: ClusterObject, pods: readonly ClusterObject[]) {
  const selector = JSON.stringify(recordAt(service, 'spec')['selector']);
  return [
    quote('object', service, null, `spec.selector: ${selector}`),
    ...pods
      .slice(0, 2)
      .map((pod) => quote('object', pod, null, `metadata.labels: ${JSON.stringify(pod.metadata.labels)}`)),
  ];
}
