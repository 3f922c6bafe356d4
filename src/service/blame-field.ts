import { blame } from '../blame/blame.ts';
import { blameInCluster } from '../blame/in-cluster.ts';
import type { Blamed, BlamedObject } from '../chatops/actions.ts';
import type { Target } from '../locate/target.ts';
import type { Prose } from '../untrusted/prose.ts';
import { prose } from '../untrusted/prose.ts';
import type { ActParts } from './act.ts';
import type { ReadCluster } from './clusters.ts';
import { unreadable } from './reproposals.ts';

/** Blames a field of an object in every cluster of a repository that has the object; else in the repository alone. */
export async function blameField(
  { scans }: Pick<ActParts, 'scans'>,
  { kind, namespace, name }: BlamedObject,
  field: string,
): Promise<Blamed> {
  const checkout = await scans.checkOut();
  if (checkout === null) return { kind: 'unreadable', why: prose`the repository has no commit yet` };
  const { revision, repository, renderers, config } = checkout;
  const input = { revision, repository, renderers };
  const wanted = { kind, name, ...(namespace === null ? {} : { namespace }) };
  const target: Target = { wanted, live: null, roots: null, areNamed: false };
  const answers: Extract<Blamed, { kind: 'answered' }>['answers'][number][] = [];
  const unread: Prose[] = [];
  for (const cluster of scans.clusters) {
    try {
      const read = await scans.read(cluster);
      if (!hasObject(read, wanted)) continue;
      const result = await blameInCluster(input, target, field, { source: read.source, config });
      answers.push({ cluster: cluster.name, result });
    } catch (error) {
      unread.push(unreadable(cluster, error));
    }
  }
  const [why] = unread;
  if (answers.length > 0) return { kind: 'answered', answers };
  if (why) return { kind: 'unreadable', why };
  return { kind: 'answered', answers: [{ cluster: null, result: await blame(input, target, field) }] };
}

function hasObject(
  { state }: ReadCluster,
  { kind, namespace, name }: { readonly kind: string; readonly namespace?: string; readonly name: string },
): boolean {
  return state
    .list(kind)
    .some(
      ({ metadata }) =>
        metadata.name === name && (namespace === undefined || metadata.namespace === namespace),
    );
}
