import { isRecord, recordAt, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Culprit } from '../model/finding.ts';
import type { Evidence } from '../model/evidence.ts';
import { quote } from './observations.ts';

/** Another object that a spec names by a reference such as `secretStoreRef: {kind, name}`. */
export interface NamedObject extends Culprit {
  /** The reference: `spec.secretStoreRef`. */
  readonly field: string;
}

/** Kinds that a reference means where it names none. */
const DEFAULTS: Readonly<Record<string, string>> = {
  // https://external-secrets.io/latest/api/externalsecret/
  secretStoreRef: 'SecretStore',
  storeRef: 'SecretStore',
  // https://cert-manager.io/docs/reference/api-docs/#meta.cert-manager.io/v1.ObjectReference
  issuerRef: 'Issuer',
};

/** What an object names through fields like `secretStoreRef`, in the order of its spec. */
export function namedBy(object: KubernetesObject): readonly NamedObject[] {
  const own = object.metadata.namespace ?? null;
  const spec = recordAt(object, 'spec');
  const sources = ['data', 'dataFrom'].flatMap((list) =>
    recordsOf(spec[list]).flatMap((item, index) =>
      referencesIn(recordAt(item, 'sourceRef'), `spec.${list}[${index}].sourceRef`, own),
    ),
  );
  return [
    ...referencesIn(spec, 'spec', own),
    ...referencesIn(recordAt(spec, 'chart', 'spec'), 'spec.chart.spec', own),
    ...sources,
  ];
}

function referencesIn(
  parent: Readonly<Record<string, unknown>>,
  path: string,
  own: string | null,
): readonly NamedObject[] {
  return Object.entries(parent).flatMap(([key, value]) => {
    if (!key.endsWith('Ref') || !isRecord(value)) return [];
    const { name, namespace } = value;
    const kind = typeof value['kind'] === 'string' ? value['kind'] : defaultKind(key, value);
    if (typeof name !== 'string' || kind === undefined) return [];
    const place = typeof namespace === 'string' ? namespace : own;
    return [{ field: `${path}.${key}`, kind, namespace: kind.startsWith('Cluster') ? null : place, name }];
  });
}

/** An issuer of another group than cert-manager's has a kind of its own. */
function defaultKind(key: string, { group }: Readonly<Record<string, unknown>>): string | undefined {
  const isOther = typeof group === 'string' && group !== '' && group !== 'cert-manager.io';
  return isOther || !Object.hasOwn(DEFAULTS, key) ? undefined : DEFAULTS[key];
}

export interface MissingReference extends NamedObject {
  /** Others of its kind that could be meant. */
  readonly others: readonly string[];
  readonly evidence: Evidence;
}

/** Objects that the spec names and that are not there, where others of their kind are on record. */
export function missingReferences(
  cluster: ClusterState,
  object: KubernetesObject,
): readonly MissingReference[] {
  return namedBy(object).flatMap((reference) => {
    const { field, kind, namespace, name } = reference;
    const others = cluster.list(kind, namespace).map(({ metadata }) => metadata.name);
    if (others.includes(name) || cluster.presence(kind, namespace, name) !== 'absent') return [];
    const known =
      others.length === 0 ? '' : `; there ${others.length === 1 ? 'is' : 'are'}: ${others.join(', ')}`;
    const text = `${field} names ${kind} ${name}, which does not exist${known}`;
    return [{ ...reference, others, evidence: quote('object', object, null, text) }];
  });
}
