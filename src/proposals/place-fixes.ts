import type { ClusterProblem, ClusterSource, ClusterState } from '../model/cluster-state.ts';
import { messageOf } from '../errors/error-message.ts';
import type { Repository } from '../git/repository.ts';
import type { Incident } from '../model/incident.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { builtInType } from '../kubernetes/types/built-in.ts';
import { declined } from '../model/declined.ts';
import { findFields, type FoundFields } from '../locate/locate.ts';
import { locateOneByOne } from '../locate/locate-one-by-one.ts';
import type { LocateResult } from '../model/located.ts';
import { protectionOf } from '../locate/protected.ts';
import { siteOfField } from '../locate/site-of-field.ts';
import type { DiagnoseInput } from './diagnose-input.ts';
import type { Finding } from '../model/finding.ts';
import type { Change } from '../model/change.ts';
import type { Place, RepositoryKnowledge } from '../sources/knowledge.ts';
import { liveObject, redirectAll } from '../sources/managed.ts';
import type { Revision } from '../sources/revision.ts';
import { targetIn } from './target-in.ts';
import { plainText } from '../untrusted/prose.ts';
import { waitsForSync } from './waits-for-sync.ts';
import { wantedBy, type Wishes } from './wanted-by-incident.ts';

/** What was located, and the repository at the branch that it was located on: the one that is deployed. */
export interface Placed {
  /** Null when the finding wants no change. */
  readonly located: LocateResult | null;
  readonly repository: Repository;
  readonly revision: Revision;
}

/** What is to be changed and where it is rendered, or what there is to say without looking for a line. */
interface Sought {
  readonly located: LocateResult | FoundFields | null;
  readonly repository: Repository;
  readonly revision: Revision;
  /** Where a field was looked for. */
  readonly at: {
    readonly change: Change;
    readonly place: Place;
    readonly live: KubernetesObject | null;
  } | null;
}

/** What one fix is placed with. */
export interface Placing {
  readonly cluster: ClusterState;
  readonly wishes: Wishes;
  readonly input: Pick<DiagnoseInput, 'repository' | 'revision' | 'source'>;
  readonly knowledge: RepositoryKnowledge;
  readonly problems: ClusterProblem[];
  /** Where it is known already; null where it is to be looked for. */
  readonly known: Placed | null;
  /** Called where something was asked that may be answered otherwise another time. */
  readonly passes: () => void;
}

/** From findings to sites, edits and proofs, one for each incident and in their order. */
export async function placeFixes(
  incidents: readonly Incident[],
  placing: readonly Placing[],
): Promise<readonly Placed[]> {
  const sought = await Promise.all(
    incidents.map(async (incident, index): Promise<Sought> => {
      const { known } = placing[index]!;
      return known ? { ...known, at: null } : findFix(incident, placing[index]!);
    }),
  );
  return locateAll(sought, incidents, placing);
}

/** From a finding to the rendered fields that it wants changed. */
async function findFix(
  incident: Incident,
  { cluster, wishes, input, knowledge, problems, passes }: Placing,
): Promise<Sought> {
  const { repository, revision } = input;
  const here = (located: LocateResult | null): Sought => ({ located, repository, revision, at: null });
  if (incident.finding.changes.length === 0) return here(null);
  const sought = await orDeclined(incident, problems, input, async (): Promise<Sought> => {
    const changes = redirectAll(incident.finding.changes, cluster);
    if ('kind' in changes) return here(changes);
    const { object } = changes[0]!;
    const live = liveObject(object, cluster) ?? null;
    const redirected: Incident = { ...incident, finding: { ...incident.finding, changes } };
    const place = await knowledge.placeOf(object);
    if (place.kind === 'declined') return here(place);
    const waiting = live && (await waitsForSync(changes, live, place, knowledge));
    if (waiting) return here(waiting);
    const located = await findFields(place.revision, {
      target: targetIn(place, object, live, cluster),
      fields: changes.map(({ field, before, after }) => ({ field: field.text, before, after })),
      alsoWanted: wantedBy(redirected, wishes),
      definitions: await definitionsOf(changes, input.source, passes),
    });
    const at = { change: changes[0]!, place, live };
    return { located, repository: place.repository, revision: place.revision, at };
  });
  return 'at' in sought ? sought : here(sought.located);
}

/** What the cluster says of custom kinds that are to change. */
async function definitionsOf(
  changes: readonly Change[],
  source: ClusterSource,
  passes: () => void,
): Promise<readonly KubernetesObject[]> {
  const kinds = new Map(
    changes.map(({ object: { apiVersion, kind } }) => [`${apiVersion}/${kind}`, { apiVersion, kind }]),
  );
  const custom = [...kinds.values()].filter(({ apiVersion, kind }) => builtInType(apiVersion, kind) === null);
  if (custom.length > 0) passes();
  const found = await Promise.all(
    custom.map(({ apiVersion, kind }) => source.definition?.(apiVersion, kind)),
  );
  return found.filter((definition) => definition != null);
}

/** Sites, edits and proofs. */
async function locateAll(
  sought: readonly Sought[],
  incidents: readonly Incident[],
  placing: readonly Placing[],
): Promise<readonly Placed[]> {
  const fields = sought.map(({ located }) => (located?.kind === 'found' ? located : null));
  return locateOneByOne(fields, (index, locating) => {
    const incident = incidents[index]!;
    const { input, knowledge, problems, known: before } = placing[index]!;
    if (before) return Promise.resolve(before);
    const { located, repository, revision, at } = sought[index]!;
    const known = located?.kind === 'found' ? null : located;
    if (!at) return Promise.resolve({ located: known, repository, revision });
    return orDeclined(incident, problems, input, async () => {
      const found = locating ? await locating() : known;
      const told = found && (await toldOf(found, incident.finding, at, knowledge));
      return { located: told, repository, revision };
    });
  });
}

/** A failure of one is a problem that the others do not have. */
async function orDeclined<T>(
  { finding: { changes } }: Incident,
  problems: ClusterProblem[],
  { repository, revision }: Placing['input'],
  locating: () => Promise<T>,
): Promise<T | Placed> {
  try {
    return await locating();
  } catch (error) {
    const { object } = changes[0]!;
    problems.push({ where: `locating ${object.kind} ${object.name}`, message: messageOf(error) });
    const reason = 'locating the field failed, see the problems';
    return { located: { kind: 'declined', code: 'no-site', reason, candidates: [] }, repository, revision };
  }
}

/** What was located, as far as policy of the rule lets it be changed, with what there is to say of a refusal. */
async function toldOf(
  located: LocateResult,
  finding: Finding,
  { change, place, live }: NonNullable<Sought['at']>,
  knowledge: RepositoryKnowledge,
): Promise<LocateResult> {
  return withDifference(await chosenBySomebody(located, finding, place, live), change, knowledge);
}

/**
 * Where only a written value is changed, one that is added where a chart's own default was (a published or vendored chart, an
 * expression of a template) has no line in a file that people keep.
 */
async function chosenBySomebody(
  located: LocateResult,
  { terms }: Finding,
  { revision, roots }: Place,
  live: KubernetesObject | null,
): Promise<LocateResult> {
  if (!terms?.onlyWritten || located.kind !== 'located') return located;
  const added = located.changes.find(({ site }) => site.kind === 'add');
  if (!added) return located;
  const { object, field, before } = added;
  const found = await siteOfField(revision, { wanted: object, live, roots }, field.text);
  const isKept =
    found.kind === 'site' &&
    !protectionOf(revision, [{ file: found.site.file, start: 0, end: 0, text: '' }]) &&
    !found.site.file.includes('/templates/');
  return isKept
    ? located
    : declined(
        'no-site',
        `no file that people keep sets ${field.text}: ${String(before ?? 'nothing')} is a default that nobody chose, and only a value that a person wrote is changed`,
      );
}

/** Where git and the cluster differ, why: a sync that is due, or a change in the cluster, since when and by whom. */
async function withDifference(
  located: LocateResult,
  { object, field }: Change,
  knowledge: RepositoryKnowledge,
): Promise<LocateResult> {
  if (located.kind !== 'declined' || (located.code !== 'drift' && located.code !== 'already-so'))
    return located;
  const difference = await knowledge.difference(object, field.text);
  if (!difference) return located;
  return { ...located, reason: `${located.reason}. ${plainText(difference.because).replace(/\.$/, '')}` };
}
