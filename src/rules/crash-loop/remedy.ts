import { behind } from '../../facts/addresses.ts';
import type { ContainerFacts } from '../../facts/subjects.ts';
import { keysOf } from '../../kubernetes/config-objects.ts';
import { DAY } from '../../kubernetes/durations.ts';
import { describeRef, recordsOf, refOf } from '../../kubernetes/objects.ts';
import { conditionsOf } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Commit } from '../../model/commit.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { wayBack } from '../../witnesses/going-back.ts';
import { keyField, removalOf } from '../../witnesses/key-history.ts';
import { isNamed, type Complaint } from '../../witnesses/named-edit.ts';
import { lastEdits, undoing, type TemplateEdit } from '../../witnesses/template-past.ts';
import type { Failing, Remedy } from './failing.ts';
import { misspelt } from './misspelt.ts';

/** What is down elsewhere, or full: a template that was Ready fails as well now. */
const OF_OTHERS = new Set([
  'connection-refused',
  'connection-timeout',
  'name-not-resolved',
  'network-policy',
  'too-many-connections',
  'too-many-open-files',
  'database-read-only',
  'no-space-left',
  'certificate-invalid',
  'authentication-failed',
  'api-forbidden',
  'leadership-lost',
  'missing-relation',
  'migration-failed',
  'heap-exhausted',
  'killed',
  'terminated',
]);

/**
 * What git's history or the last Ready template proves: what the complaint names goes back to what it was; a removed key comes back; else
 * everything since the last Ready template, as a draft; else a misspelt command or flag, as a draft. Null where nothing proves a value.
 */
export function* remedyFor(container: ContainerFacts, ask: Ask, failing: Failing): Asking<Remedy | null> {
  const { complaint, pod, since } = failing;
  const { object } = container.workload;
  const path = container.path;
  if (!object || path === null) return null;
  const edits = ((yield* lastEdits(ask, object)) ?? []).filter((edit) => isBehind(container, edit, failing));
  const named = edits.filter((edit) => isNamed(complaint, edit, path));
  if (named.length > 0) return undone(container, named);
  const key = complaint.cause === 'missing-variable' ? yield* removedKey(container, ask, complaint) : null;
  if (key) return key;
  if (!OF_OTHERS.has(complaint.cause)) {
    const back = yield* goneBack(container, ask, pod, since);
    if (back) return back;
  }
  return misspelt(container, failing);
}

/** What a conclusion takes over from a remedy. */
export function conclusionOf({ verdict, reason, changes, guards, introducedBy }: Remedy) {
  return { verdict, reason, changes, guards, ...(introducedBy && { introducedBy }) };
}

/**
 * Whether an edit can have brought the failure: the failing pod was made within a day of it. Of a host that does not answer, the template of now
 * was never rolled out well; and how names resolve is to blame only for a name that the cluster has.
 */
function isBehind(
  { cluster, workload }: ContainerFacts,
  { field, commit }: TemplateEdit,
  failing: Failing,
): boolean {
  const { complaint, since } = failing;
  if (commit.at > since || since - commit.at > DAY) return false;
  if (!OF_OTHERS.has(complaint.cause)) return true;
  const wasAvailable = conditionsOf(workload.object!).some(
    ({ reason }) => reason === 'NewReplicaSetAvailable',
  );
  if (wasAvailable) return false;
  const isOfNames = /\.dns(?:Policy|Config)\b/.test(field);
  return (
    !isOfNames ||
    (complaint.host !== null &&
      behind(cluster, workload.ref.namespace ?? '', complaint.host).kind === 'service')
  );
}

function undone(container: ContainerFacts, edits: readonly TemplateEdit[]): Remedy | null {
  const { ref } = container.workload;
  const changes = edits.map((edit) => undoing(ref, edit));
  if (changes.some((one) => one.length === 0)) return null;
  const commits = [...new Map(edits.map(({ commit }) => [commit.sha, commit])).values()];
  const [commit] = commits as [Commit];
  const isRemoval = edits.every(({ after }) => after === undefined);
  return {
    verdict: 'fix',
    reason: prose`The log names what ${describeCommit(commit)} ${ownText(isRemoval ? 'removed' : 'changed')}: the value before it is restored.`,
    because: edits.map((edit) => sinceOf(edit)),
    evidence: edits.map((edit) =>
      commitEvidence(edit.commit, `${edit.field}: ${textOf(edit.before)} became ${textOf(edit.after)}`),
    ),
    changes: changes.flat(),
    guards: [{ kind: 'no-auto-merge', reason: prose`whoever made the change may have had a reason` }],
    introducedBy: commit,
    sure: { factor: 0.9, reason: prose`the program names what the commit changed` },
  };
}

/** `Since commit a1b2c3d4 by Mina Holm (…), args is […]; it was […].` */
function sinceOf({ field, before, after, commit }: TemplateEdit): Prose {
  const [, own = field] = /(?:containers|initContainers)\[name=[^\]]+\]\.(.+)$/.exec(field) ?? [];
  const [, variable] = /^env\[name=([^\]]+)\]\.value$/.exec(own) ?? [];
  const what = variable === undefined ? prose`${own}` : prose`the variable ${variable}`;
  const since = prose`Since ${describeCommit(commit)}, ${what}`;
  if (after === undefined) return prose`${since} is gone; it was ${textOf(before)}.`;
  if (before === undefined) return prose`${since} is ${textOf(after)}; there was none before.`;
  return prose`${since} is ${textOf(after)}; it was ${textOf(before)}.`;
}

function textOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A key that a commit took out of a ConfigMap from which the container takes its variables. */
function* removedKey(
  { cluster, workload, placed }: ContainerFacts,
  ask: Ask,
  { about }: Complaint,
): Asking<Remedy | null> {
  if (about === null) return null;
  const { envFrom = [], env = [] } = placed?.container ?? {};
  const whole = recordsOf(envFrom).flatMap(({ prefix = '', configMapRef }) =>
    configMapRef?.name !== undefined && about.startsWith(prefix)
      ? [{ name: configMapRef.name, key: about.slice(prefix.length) }]
      : [],
  );
  const single = env.flatMap(({ name, valueFrom }) => {
    const { name: map, key } = valueFrom?.configMapKeyRef ?? {};
    return name === about && map !== undefined && key !== undefined ? [{ name: map, key }] : [];
  });
  for (const { name, key } of [...single, ...whole]) {
    const map = cluster.get('ConfigMap', workload.ref.namespace, name);
    const present = map && keysOf(map);
    if (!map || !present || present.has(key)) continue;
    const removal = yield* removalOf(ask, refOf(map), key, present);
    if (!removal || removal.value.includes('***')) continue;
    const from = describeRef(refOf(map));
    return {
      verdict: 'fix',
      reason: prose`The value that the key had before ${describeCommit(removal.commit)} is restored as it was.`,
      because: [
        prose`It comes from ${from}, from which ${describeCommit(removal.commit)} removed the key ${key}.`,
        ...(removal.heirs.length > 0
          ? [
              prose`The same commit brought its value under ${listed(removal.heirs)}, which the program does not read.`,
            ]
          : []),
      ],
      evidence: [commitEvidence(removal.commit, `data key ${key} of ${name} was removed`)],
      changes: [changeOf(refOf(map), keyField(key), null, removal.value)],
      guards: [{ kind: 'no-auto-merge', reason: prose`the key was removed by someone, perhaps on purpose` }],
      introducedBy: removal.commit,
      sure: { factor: 0.9, reason: prose`history shows the key and its last value` },
    };
  }
  return null;
}

function* goneBack(
  container: ContainerFacts,
  ask: Ask,
  pod: ClusterObject,
  since: number,
): Asking<Remedy | null> {
  const back = yield* wayBack(container, ask, pod, since);
  if (!back) return null;
  const [commit, ...older] = back.commits;
  const by =
    older.length > 0
      ? prose`${older.length + 1} commits, the last of them ${describeCommit(commit)},`
      : describeCommit(commit);
  const fields = [...new Set(back.changes.map(({ field }) => field.text))];
  return {
    verdict: 'fix',
    reason: prose`Going back to what has been Ready undoes ${describeCommit(commit)}: a person decides whether to go back or forward.`,
    because: [prose`${back.says} with the template before; ${by} changed ${counted(fields.length)} since.`],
    evidence: [back.evidence],
    changes: back.changes,
    guards: [
      {
        kind: 'draft',
        reason: prose`Going back undoes ${describeCommit(commit)}, and only people know what it was for`,
      },
    ],
    introducedBy: commit,
    sure: {
      factor: 0.9,
      reason: prose`the template before it has been Ready, and the commits explain the whole difference`,
    },
  };
}

function counted(fields: number): Prose {
  return ownText(fields === 1 ? 'one field' : `${fields} fields`);
}
