import { conditionsIn, quote, quoteCondition, isOlder } from '../../facts/observations.ts';
import { MINUTE } from '../../kubernetes/durations.ts';
import { recordAt, recordsOf } from '../../kubernetes/objects.ts';
import { parseTime } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Culprit } from '../../model/finding.ts';
import type { Complaint } from './complaint.ts';

/** A comparison that failed once is repeated at once; one that stands for so long is not over. */
const LASTING = MINUTE;

/** Whoever sets it wants no reconciliation. https://argo-cd.readthedocs.io/en/stable/user-guide/skip_reconcile/ */
const SKIP = 'argocd.argoproj.io/skip-reconcile';

export function complaintOfArgo(cluster: ClusterState, object: ClusterObject): Complaint | null {
  if (object.metadata.deletionTimestamp !== undefined || object.metadata.annotations?.[SKIP] === 'true')
    return null;
  return object.kind === 'ApplicationSet'
    ? ofSet(cluster, object)
    : (ofConditions(cluster, object) ?? ofOperation(cluster, object));
}

/** An ApplicationSet's conditions have a status, and the one that tells of an error is True. */
function ofSet(cluster: ClusterState, object: ClusterObject): Complaint | null {
  const failed = conditionsIn(object).find(
    ({ type, status }) => type === 'ErrorOccurred' && status === 'True',
  );
  if (!failed || !isOlder(cluster, failed.lastTransitionTime, LASTING)) return null;
  return {
    reason: failed.reason ?? failed.type,
    message: failed.message ?? '',
    since: parseTime(failed.lastTransitionTime) ?? cluster.now,
    evidence: [quoteCondition(object, failed)],
    behind: [],
  };
}

/** An Application's conditions have a type and a message and no status: what ends in Error is one as it stands, the rest are warnings. */
function ofConditions(cluster: ClusterState, object: ClusterObject): Complaint | null {
  const lasting = recordsOf(recordAt(object, 'status')['conditions']).filter(
    ({ type, lastTransitionTime }) =>
      /Error$|^SharedResourceWarning$/.test(String(type)) && isOlder(cluster, lastTransitionTime, LASTING),
  );
  const [error] = lasting.toSorted(
    (a, b) => Number(String(b['type']).endsWith('Error')) - Number(String(a['type']).endsWith('Error')),
  );
  if (!error) return null;
  return {
    reason: String(error['type']),
    message: String(error['message'] ?? ''),
    since: parseTime(error['lastTransitionTime']) ?? cluster.now,
    evidence: lasting
      .slice(0, 3)
      .map(({ type, message }) => quote('object', object, null, `${String(type)}: ${String(message ?? '')}`)),
    behind: [],
  };
}

/** The last sync where it failed, or goes on failing: one that is retried says so in its message. */
function ofOperation(cluster: ClusterState, object: ClusterObject): Complaint | null {
  const { phase, message, startedAt, finishedAt } = recordAt(object, 'status', 'operationState');
  const isRetried = phase === 'Running' && /Retrying attempt/.test(String(message));
  if (phase !== 'Failed' && phase !== 'Error' && !isRetried) return null;
  const at = finishedAt ?? startedAt;
  if (!isOlder(cluster, at, LASTING)) return null;
  const resources = recordsOf(recordAt(object, 'status', 'operationState', 'syncResult')['resources']);
  const refused = resources.filter(({ status }) => status === 'SyncFailed');
  const hooks = resources.filter(({ hookPhase }) => hookPhase === 'Failed' || hookPhase === 'Error');
  const [first] = [...refused, ...hooks];
  const told = first && typeof first['message'] === 'string' ? first : null;
  return {
    reason:
      hooks.length > 0 && refused.length === 0
        ? 'hook Failed'
        : `sync ${isRetried ? 'Failed' : String(phase)}`,
    message: told ? messageOf(told) : String(message ?? ''),
    since: parseTime(at) ?? cluster.now,
    evidence: [
      quote('object', object, parseTime(at), `operationState ${String(phase)}: ${String(message ?? '')}`),
      ...[...refused, ...hooks]
        .slice(0, 3)
        .map((one) =>
          quote(
            'object',
            object,
            null,
            `${nameOf(one)} ${String(one['hookPhase'] ?? one['status'])}: ${String(one['message'] ?? '')}`,
          ),
        ),
    ],
    behind: hooks.map(culpritOf),
  };
}

type Resource = Readonly<Record<string, unknown>>;

/** What the API server says names the object by itself; other words do not. */
function messageOf(resource: Resource): string {
  const message = String(resource['message']);
  return message.includes(`"${String(resource['name'])}"`) ? message : `${nameOf(resource)}: ${message}`;
}

function nameOf({ kind, name }: Resource): string {
  return `${String(kind)} ${String(name)}`;
}

function culpritOf({ kind, namespace, name }: Resource): Culprit {
  return {
    kind: String(kind),
    namespace: typeof namespace === 'string' ? namespace : null,
    name: String(name),
  };
}
