import { describeRef, recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import { quote } from '../../facts/observations.ts';
import type { MissingReference } from '../../facts/named-objects.ts';
import type { Asking } from '../../model/ask.ts';
import { prose } from '../../untrusted/prose.ts';
import { ofMissing } from '../missing-reference.ts';
import type { Detail, Stuck } from './detail.ts';

/** Where a HelmRelease and a Kustomization list what they read values from. */
const LISTS: readonly { readonly above: readonly string[]; readonly list: string }[] = [
  { above: ['spec'], list: 'valuesFrom' },
  { above: ['spec', 'postBuild'], list: 'substituteFrom' },
];

/** A ConfigMap or Secret with values that does not exist: `spec.valuesFrom`, `spec.postBuild.substituteFrom`. */
export function* detailOfValueSource({ cluster, object, complaint, ask }: Stuck): Asking<Detail | null> {
  const missing = missingSource({ cluster, object, complaint });
  if (!missing) return null;
  const summary = prose`${describeRef(refOf(object))} cannot be applied: ${describeRef(missing)}, from which it takes values, does not exist.`;
  // Nothing is read of Secrets, so that no other one is known.
  if (missing.kind !== 'ConfigMap')
    return {
      summary,
      because: [],
      evidence: [missing.evidence],
      blames: [{ object: refOf(object), field: `${missing.field}.name` }],
    };
  const { certainty: _, ...found } = yield* ofMissing(cluster, refOf(object), missing, ask);
  return {
    ...found,
    summary,
  };
}

function missingSource({ cluster, object, complaint }: Omit<Stuck, 'ask'>): MissingReference | null {
  const namespace = object.metadata.namespace ?? null;
  const sources = LISTS.flatMap(({ above, list }) =>
    recordsOf(recordAt(object, ...above)[list]).map((source, index) => ({
      source,
      field: `${above.join('.')}.${list}[${index}]`,
    })),
  );
  for (const { source, field } of sources) {
    const { kind, name } = source;
    if (typeof kind !== 'string' || typeof name !== 'string') continue;
    const isSaid = complaint.message.includes(`"${name}" not found`);
    if (!isSaid || (kind === 'ConfigMap' && cluster.presence(kind, namespace, name) === 'present')) continue;
    return {
      field,
      kind,
      namespace,
      name,
      others: kind === 'ConfigMap' ? cluster.list(kind, namespace).map(({ metadata }) => metadata.name) : [],
      evidence: quote('object', object, null, `${field} names ${kind} ${name}, which does not exist`),
    };
  }
  return null;
}
