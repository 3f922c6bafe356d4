import type { ClusterState } from '../model/cluster-state.ts';
import { messageOf } from '../errors/error-message.ts';
import { leafName, fieldNamed } from '../kubernetes/field-path.ts';
import { sameObject, type ObjectRef } from '../kubernetes/objects.ts';
import type { LocateResult } from '../model/located.ts';
import { siteOfField } from '../locate/site-of-field.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import type { RepositoryKnowledge } from '../sources/knowledge.ts';
import { plainText } from '../untrusted/prose.ts';
import { liveObject, redirect } from '../sources/managed.ts';
import { targetIn } from './target-in.ts';
import type { BlamedField } from '../model/blame.ts';
import type { Incident } from '../model/incident.ts';
import type { Placed } from './place-fixes.ts';

/**
 * The lines of all fields that a finding blames: first those that are edited, then the others in the finding's order. Where the
 * edit adds something, the line that says what the field is now is meant.
 */
export async function blamesOf(
  finding: Finding,
  located: LocateResult | null,
  cluster: ClusterState,
  knowledge: RepositoryKnowledge,
): Promise<readonly BlamedField[]> {
  const blamed: BlamedField[] = [];
  for (const change of located?.kind === 'located' ? located.changes : []) {
    const { object, field, before, site } = change;
    blamed.push(
      site.kind === 'replace'
        ? { object, field: field.text, value: before, site, declined: null, candidates: [] }
        : await blamedField(object, field.text, cluster, knowledge),
    );
  }
  for (const { object, field } of finding.blames ?? []) {
    if (blamed.some((one) => sameObject(one.object, object) && one.field === field)) continue;
    blamed.push(await blamedField(object, field, cluster, knowledge));
  }
  return blamed;
}

export async function blamedField(
  object: ObjectRef,
  field: string,
  cluster: ClusterState,
  knowledge: RepositoryKnowledge,
): Promise<BlamedField> {
  const without = (declined: string, candidates: readonly string[] = []): BlamedField => {
    return { object, field, value: null, site: null, declined, candidates };
  };
  try {
    const to = redirect(object, field, cluster);
    if (to.kind === 'declined') return without(to.reason);
    const wanted = to.kind === 'instead' ? to.object : object;
    const place = await knowledge.placeOf(wanted);
    if (place.kind === 'declined') return without(place.reason, place.candidates);
    const target = targetIn(place, wanted, liveObject(wanted, cluster) ?? null, cluster);
    const found = await siteOfField(place.revision, target, to.kind === 'instead' ? to.field : field);
    if (found.kind === 'declined') {
      const isUnread = found.code === 'field-not-found' && found.candidates.length > 0;
      return { ...without(found.reason, found.candidates), ...(isUnread && { isUnread }) };
    }
    return {
      object: wanted,
      field: found.field,
      value: found.before,
      site: found.site,
      declined: null,
      candidates: [],
    };
  } catch (error) {
    return without(messageOf(error));
  }
}

/** The lines as quotes from git, for readers: those that are not edited, each line once. */
function linesOf(blames: readonly BlamedField[], located: LocateResult | null): readonly Evidence[] {
  const told = new Set(
    located?.kind === 'located'
      ? located.changes.flatMap(({ site }) => (site.kind === 'replace' ? [`${site.file}:${site.line}`] : []))
      : [],
  );
  return blames.flatMap(({ site, field, value, isUnread, declined, candidates }) => {
    const [first] = candidates;
    if (isUnread && first !== undefined)
      return [quoted('git', first, null, (declined ?? '').split(`${first} `).at(-1)!)];
    const place = site && `${site.file}:${site.line}`;
    if (place === null || told.has(place)) return [];
    told.add(place);
    const likely = site!.likely === undefined ? '' : ` (likely: ${site!.likely})`;
    return [quoted('git', place, null, `${nameOfLeaf(field)}: ${String(value)}${likely}`)];
  });
}

/** `pool`, and of an item of a list `values[0]`. */
function nameOfLeaf(field: string): string {
  const { path } = fieldNamed(field);
  const last = path.at(-1);
  return typeof last === 'number' ? `${leafName({ path: path.slice(0, -1) })}[${last}]` : leafName({ path });
}

/** The lines that a finding blames are among its evidence, so that every text shows them. */
export function withLines(incident: Incident, { located }: Placed, blames: readonly BlamedField[]): Incident {
  const { finding } = incident;
  return {
    ...incident,
    finding: {
      ...finding,
      evidence: [...linesOf(blames, located), ...finding.evidence.filter((one) => !isLine(one, blames))],
    },
  };
}

/** True for a quote of the live object that says no more than a line in git: the same field with the same value. */
function isLine({ source, text }: Evidence, blames: readonly BlamedField[]): boolean {
  return (
    source === 'object' &&
    blames.some(({ site, field, value }) => site !== null && plainText(text) === `${field}: ${String(value)}`)
  );
}
