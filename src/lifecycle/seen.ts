import type { ClusterState } from '../model/cluster-state.ts';
import { isKnownAs, type Incident } from '../model/incident.ts';
import { sameObject, type ObjectRef } from '../kubernetes/objects.ts';
import { fieldNamed } from '../kubernetes/field-path.ts';
import { carriesCurrentTemplate } from '../facts/rollout.ts';
import type { Marker } from '../pull-requests/marker.ts';
import { markedText } from '../untrusted/prose.ts';
import type { Run } from './run.ts';
import type { Failure } from './verification.ts';
import { containerOf } from '../model/change-wording.ts';

/** Whether an incident is one that a pull request was made for, or what explains that one now. */
export function isFor(marker: Marker | null, incident: Incident): boolean {
  if (marker === null) return false;
  const subjects = (marker.subjects ?? []).map(({ subject }) => subject);
  return [...marker.fingerprints, ...subjects].some((known) => isKnownAs(incident, known));
}

/** Whether the objects of a pull request and their pods were seen, so that a failure that is not seen is not there. */
export function isReadable({ cluster, report }: Run, marker: Marker | null): boolean {
  const [first] = marker?.objects ?? [];
  if (!first || report.problems.some(({ where }) => where.startsWith('rule '))) return false;
  return [first.kind, 'Pod'].every((kind) => cluster.isRecorded(kind, first.namespace));
}

/**
 * What fails now because of a merged change or in spite of it. `same`: what the change was to end, and what the same container
 * came down with since the merge: a container that is killed right after its image was restored has not recovered. `others`:
 * failures of objects in the proof that did not fail before.
 */
export function failuresNow(
  { cluster, report }: Pick<Run, 'cluster' | 'report'>,
  marker: Marker,
  mergedAt: number,
): { readonly same: readonly Failure[]; readonly others: readonly Failure[] } {
  const { objects = [], failing = [], watch = [] } = marker;
  const failed = failing.flatMap((index) => objects[index] ?? []);
  const containers = watch
    .map(({ field }) => containerOf(fieldNamed(field).path))
    .filter((name) => name !== null);
  const incidents = report.results
    .map(({ incident }) => incident)
    .filter(
      (incident) => showsNow(incident, cluster) && (!incident.finding.foresees || isFor(marker, incident)),
    );
  const isSame = (incident: Incident): boolean => {
    const { container, firstSeen } = incident.finding;
    if (isFor(marker, incident)) return true;
    const isSamePart = container === null || containers.length === 0 || containers.includes(container);
    return objectsOf(incident).some((one) => isAmong(one, failed)) && firstSeen >= mergedAt && isSamePart;
  };
  const isOther = (incident: Incident): boolean =>
    objectsOf(incident).some((one) => isAmong(one, objects) && !isAmong(one, failed));
  const failureOf = (incident: Incident): Failure => {
    const { object, summary, firstSeen } = incident.finding;
    const own = objectsOf(incident).find((one) => isAmong(one, objects)) ?? object;
    return { object: own, summary: markedText(summary), firstSeen };
  };
  return {
    same: incidents.filter(isSame).map(failureOf),
    others: incidents.filter((incident) => !isSame(incident) && isOther(incident)).map(failureOf),
  };
}

/** What a node takes down has nothing to do with a change. */
function objectsOf({ finding: { object, affected, culprit } }: Incident): readonly ObjectRef[] {
  return culprit.kind === 'Node' ? [object] : [object, ...affected];
}

function isAmong(object: ObjectRef, objects: readonly ObjectRef[]): boolean {
  return objects.some((one) => sameObject(one, object));
}

/** False where only pods show it that are being replaced: they carry the template from before. */
function showsNow({ symptom }: Incident, cluster: ClusterState): boolean {
  const pods = symptom.seenOn
    .filter(({ kind }) => kind === 'Pod')
    .map(({ kind, namespace, name }) => cluster.get(kind, namespace, name))
    .filter((pod) => pod !== undefined);
  return pods.length === 0 || pods.some((pod) => carriesCurrentTemplate(cluster, pod) !== 'outdated');
}
