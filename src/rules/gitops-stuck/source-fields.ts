import { posix } from 'node:path';
import { getField, parseFieldPath } from '../../kubernetes/field-path.ts';
import { MINUTE } from '../../kubernetes/durations.ts';
import { recordAt, recordsOf, refOf, describeRef } from '../../kubernetes/objects.ts';
import type { Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { quote } from '../../facts/observations.ts';
import { missingReferences, type MissingReference } from '../../facts/named-objects.ts';
import { prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import { ofMissing } from '../missing-reference.ts';
import { placesOf } from './complaint.ts';
import type { Detail, Stuck } from './detail.ts';

/** The folder that it applies is not there: where a commit moved it, else the one near name. */
export function* detailOfPath({ cluster, object, complaint, ask }: Stuck): Asking<Detail | null> {
  const places = placesOf(cluster, object);
  const place = places.find(({ path }) => complaint.message.includes(posix.normalize(path))) ?? places[0];
  if (!place) return null;
  const path = posix.normalize(place.path).replace(/\/$/, '');
  const { past, all } = yield* ask.all({
    past: ask.pathPast(place.url, path),
    all: ask.paths(place.url, '.'),
  });
  const blames = [{ object: refOf(object), field: place.field }];
  const summary = prose`${describeRef(refOf(object))} applies nothing: the repository has no folder ${path}.`;
  const as = (folder: string): string => (place.path.startsWith('./') ? `./${folder}` : folder);
  if (past?.movedTo)
    return {
      summary,
      blames,
      because: [prose`It moved to ${past.movedTo} in ${describeCommit(past.removedBy)}.`],
      evidence: [commitEvidence(past.removedBy, `moved ${path} to ${past.movedTo}`)],
      verdict: 'fix',
      changes: [changeOf(refOf(object), place.field, place.path, as(past.movedTo))],
      reason: prose`One commit moved the whole folder.`,
      guards: [{ kind: 'no-auto-merge', reason: prose`everything in the folder is applied again` }],
      introducedBy: past.removedBy,
      advice: [],
    };
  const near = nearFolder(path, all ?? []);
  if (past)
    return {
      summary,
      blames,
      because: [prose`It went away in ${describeCommit(past.removedBy)}.`],
      evidence: [commitEvidence(past.removedBy, `removed ${path}`)],
      introducedBy: past.removedBy,
      advice: [
        prose`If it is gone for good, delete ${describeRef(refOf(object))} too, which prunes what it applied; else restore the folder.`,
      ],
      reason: prose`Whether what it applied is to go is for a person to say.`,
    };
  if (near === null) return all === null ? null : { summary, blames, because: [], evidence: [] };
  return {
    summary,
    blames,
    because: [prose`${near} is the one folder with a name like it.`],
    evidence: [],
    verdict: 'fix',
    changes: [changeOf(refOf(object), place.field, place.path, as(near))],
    reason: prose`Only its name vouches for the folder.`,
    guards: [{ kind: 'draft', reason: prose`a person has to confirm that folder ${near} is meant` }],
    advice: [],
  };
}

function nearFolder(path: string, files: readonly string[]): string | null {
  const folders = new Set(files.map((file) => posix.dirname(file)));
  const near = [...folders].filter((folder) => {
    const [own, other] = [path.split('/'), folder.split('/')];
    const differ = own.flatMap((part, index) =>
      part === other[index] ? [] : [[part, other[index]!] as const],
    );
    return own.length === other.length && differ.length === 1 && relationOf(...differ[0]!, []) === 'spelling';
  });
  return near.length === 1 ? near[0]! : null;
}

/** Fields that say which revision of a source is meant, the most exact first. */
const REVISIONS: Readonly<Record<string, readonly string[]>> = {
  Application: ['spec.source.targetRevision'],
  HelmRelease: ['spec.chart.spec.version', 'spec.chart.spec.chart'],
  GitRepository: ['spec.ref.tag', 'spec.ref.branch', 'spec.ref.semver', 'spec.ref.commit'],
  OCIRepository: ['spec.ref.tag', 'spec.ref.semver', 'spec.ref.digest'],
  HelmChart: ['spec.version', 'spec.chart'],
};

/** A build may still be pushing what was committed so lately. */
const PUBLISHING = 15 * MINUTE;

/** The branch, tag or version is not there: what the field was before the last commit. */
export function* detailOfRevision({ cluster, object, complaint, ask }: Stuck): Asking<Detail | null> {
  const ref = refOf(object);
  const written = revisionsOf(object).flatMap((field) => {
    const value = getField(object, parseFieldPath(field));
    return typeof value === 'string' ? [{ field, value }] : [];
  });
  const named = written.find(({ value }) => complaint.message.includes(value)) ?? written[0];
  if (!named) return null;
  const { field, value } = named;
  const [now, before] = (yield* ask.history(ref, field)) ?? [];
  const blames = [{ object: ref, field }];
  const summary = prose`${describeRef(ref)} gets nothing: its source has no ${value}.`;
  if (now?.value !== value || typeof before?.value !== 'string')
    return { summary, blames, because: [], evidence: [] };
  if (!cluster.reached(now.commit.at + PUBLISHING))
    return {
      summary,
      blames,
      because: [prose`${value} came with ${describeCommit(now.commit)}.`],
      evidence: [commitEvidence(now.commit, `${field}: ${before.value} became ${value}`)],
      verdict: 'monitor',
      reason: prose`It was committed less than 15 minutes ago: it may still be being published.`,
      introducedBy: now.commit,
    };
  const ran = deployedBefore(object, before.value);
  return {
    summary,
    blames,
    because: [
      prose`It was ${before.value} until ${describeCommit(now.commit)}.`,
      ...(ran ? [prose`${before.value} is what it deployed last.`] : []),
    ],
    evidence: [
      commitEvidence(now.commit, `${field}: ${before.value} became ${value}`),
      ...(ran ? [quote('object', object, null, ran)] : []),
    ],
    verdict: 'fix',
    changes: [changeOf(ref, field, value, before.value)],
    reason: prose`The value before the last commit is one that the source had.`,
    guards: [
      ran
        ? { kind: 'no-auto-merge', reason: prose`a person has to confirm going back` }
        : { kind: 'draft', reason: prose`nothing on record shows that ${before.value} is still there` },
    ],
    introducedBy: now.commit,
    advice: [prose`If ${value} is meant, publish it.`],
  };
}

function revisionsOf(object: ClusterObject): readonly string[] {
  const several = recordsOf(recordAt(object, 'spec')['sources']).map(
    (_, index) => `spec.sources[${index}].targetRevision`,
  );
  return several.length > 0 ? several : (REVISIONS[object.kind] ?? []);
}

/** What the status says of a revision that was in use: a text that quotes it; null where it says nothing of it. */
function deployedBefore(object: ClusterObject, value: string): string | null {
  const status = recordAt(object, 'status');
  const release = recordsOf(status['history']).find(
    ({ chartVersion, status: state }) => chartVersion === value && state !== 'failed',
  );
  if (release) return `status.history: chartVersion ${value}, ${String(release['status'])}`;
  const { lastAppliedRevision } = status;
  if (typeof lastAppliedRevision === 'string' && lastAppliedRevision.split(/[@/:]/).includes(value))
    return `status.lastAppliedRevision: ${lastAppliedRevision}`;
  const { revision } = recordAt(status, 'artifact');
  return typeof revision === 'string' && revision.split(/[@/:]/).includes(value)
    ? `status.artifact.revision: ${revision}`
    : null;
}

/** A source, project or dependency that does not exist. */
export function* detailOfMissingObject({ cluster, object, ask }: Stuck): Asking<Detail | null> {
  const ref = refOf(object);
  const [missing] = [
    ...missingReferences(cluster, object),
    ...missingProject(object, cluster),
    ...missingDependencies(object, cluster),
  ];
  if (!missing) return null;
  const isProject = missing.kind === 'AppProject';
  const { certainty: _, ...found } = yield* ofMissing(
    cluster,
    ref,
    missing,
    ask,
    isProject ? missing.field : undefined,
  );
  return {
    ...found,
    summary: prose`${describeRef(ref)} cannot be applied: ${describeRef(missing)} does not exist.`,
  };
}

function missingProject(object: ClusterObject, cluster: Stuck['cluster']): readonly MissingReference[] {
  const { project } = recordAt(object, 'spec');
  if (object.kind !== 'Application' || typeof project !== 'string') return [];
  return missingNamed(object, cluster, {
    field: 'spec.project',
    kind: 'AppProject',
    namespace: object.metadata.namespace ?? null,
    name: project,
  });
}

function missingDependencies(object: ClusterObject, cluster: Stuck['cluster']): readonly MissingReference[] {
  const own = object.metadata.namespace ?? null;
  return recordsOf(recordAt(object, 'spec')['dependsOn']).flatMap(({ name, namespace }, index) =>
    typeof name === 'string'
      ? missingNamed(object, cluster, {
          field: `spec.dependsOn[${index}]`,
          kind: object.kind,
          namespace: typeof namespace === 'string' ? namespace : own,
          name,
        })
      : [],
  );
}

function missingNamed(
  object: ClusterObject,
  cluster: Stuck['cluster'],
  named: Omit<MissingReference, 'others' | 'evidence'>,
): readonly MissingReference[] {
  const { kind, namespace, name, field } = named;
  if (cluster.presence(kind, namespace, name) !== 'absent') return [];
  const others = cluster
    .list(kind, namespace)
    .map(({ metadata }) => metadata.name)
    .filter((other) => kind !== object.kind || other !== object.metadata.name);
  return [
    {
      ...named,
      others,
      evidence: quote('object', object, null, `${field} names ${kind} ${name}, which does not exist`),
    },
  ];
}
