import { bareKind, type KindName } from '../kubernetes/api-kinds.ts';
import {
  describeRef,
  recordAt,
  recordsOf,
  refOf,
  type KubernetesObject,
  type ObjectRef,
} from '../kubernetes/objects.ts';
import type { ConfigKind } from '../kubernetes/config-objects.ts';
import { conditionsOf, parseTime, type Condition } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { Culprit } from '../model/finding.ts';
import { inBrackets, prose, saying, type Prose } from '../untrusted/prose.ts';

/** An object of the cluster that writes a ConfigMap or Secret of the given name, once it can. */
export interface Writer {
  readonly object: KubernetesObject;
  /** What it says of itself: its `Ready` (or `Synced`) condition; null before its controller said anything. */
  readonly condition: Condition | null;
  /** When it began to fail, or to wait, in milliseconds since the epoch; null where that is not on record. */
  readonly since: number | null;
  /** What it writes from: the store of an ExternalSecret, the issuer of a Certificate. */
  readonly source: Source | null;
}

interface Source {
  readonly ref: Culprit;
  /** Null where it was not recorded, or says nothing of itself. */
  readonly condition: Condition | null;
}

/** A reference of a writer to its source. */
interface SourceRef {
  readonly field: string;
  /** Where the reference leaves out the kind. */
  readonly kind: string;
}

/** A kind that writes Secrets or ConfigMaps, and the names that it writes. */
interface WriterKind {
  readonly kind: KindName;
  readonly writes: ConfigKind;
  names(object: KubernetesObject): readonly unknown[];
  readonly source?: SourceRef;
}

function inDestination(object: KubernetesObject): readonly unknown[] {
  return [recordAt(object, 'spec', 'destination')['name']];
}

const WRITERS: readonly WriterKind[] = [
  // https://external-secrets.io/latest/api/externalsecret/
  {
    kind: 'ExternalSecret.external-secrets.io',
    writes: 'Secret',
    names: (object) => [recordAt(object, 'spec', 'target')['name'] || object.metadata.name],
    source: { field: 'secretStoreRef', kind: 'SecretStore' },
  },
  // https://github.com/bitnami-labs/sealed-secrets
  {
    kind: 'SealedSecret.bitnami.com',
    writes: 'Secret',
    names: (object) => [recordAt(object, 'spec', 'template', 'metadata')['name'] || object.metadata.name],
  },
  // https://cert-manager.io/docs/usage/certificate/
  {
    kind: 'Certificate.cert-manager.io',
    writes: 'Secret',
    names: (object) => [recordAt(object, 'spec')['secretName']],
    source: { field: 'issuerRef', kind: 'Issuer' },
  },
  // https://developer.hashicorp.com/vault/docs/platform/k8s/vso
  { kind: 'VaultStaticSecret.secrets.hashicorp.com', writes: 'Secret', names: inDestination },
  { kind: 'VaultDynamicSecret.secrets.hashicorp.com', writes: 'Secret', names: inDestination },
  { kind: 'VaultPKISecret.secrets.hashicorp.com', writes: 'Secret', names: inDestination },
  { kind: 'OnePasswordItem.onepassword.com', writes: 'Secret', names: (object) => [object.metadata.name] },
  {
    kind: 'SopsSecret.isindir.github.com',
    writes: 'Secret',
    names: (object) => recordsOf(recordAt(object, 'spec')['secretTemplates']).map((item) => item['name']),
  },
  {
    kind: 'SecretProviderClass.secrets-store.csi.x-k8s.io',
    writes: 'Secret',
    names: (object) => recordsOf(recordAt(object, 'spec')['secretObjects']).map((item) => item['secretName']),
  },
  // https://cert-manager.io/docs/trust/trust-manager/
  { kind: 'Bundle.trust.cert-manager.io', writes: 'ConfigMap', names: (object) => [object.metadata.name] },
];

/** What has to be read for this. */
export const WRITER_KINDS: readonly KindName[] = [
  ...WRITERS.map(({ kind }) => kind),
  'SecretStore.external-secrets.io',
  'ClusterSecretStore.external-secrets.io',
  'Issuer.cert-manager.io',
  'ClusterIssuer.cert-manager.io',
];

/** Whether one of these objects will write a ConfigMap or Secret of the name. */
export function isWritten(objects: readonly KubernetesObject[], wanted: string, name: string): boolean {
  return WRITERS.some(
    ({ kind, writes, names }) =>
      writes === wanted && objects.some((one) => one.kind === bareKind(kind) && names(one).includes(name)),
  );
}

/** What will create this object, or should have: an ExternalSecret, SealedSecret, Certificate and the like. */
export function writerOf(cluster: ClusterState, missing: ObjectRef): Writer | null {
  for (const { kind, writes, names, source } of WRITERS) {
    if (writes !== missing.kind) continue;
    const bare = bareKind(kind);
    const scope = bare === 'Bundle' ? null : missing.namespace;
    const object = cluster.list(bare, scope).find((candidate) => names(candidate).includes(missing.name));
    if (!object) continue;
    const condition = readinessOf(object);
    const start = parseTime(condition?.lastTransitionTime) ?? parseTime(object.metadata.creationTimestamp);
    return { object, condition, since: start, source: source ? sourceOf(cluster, object, source) : null };
  }
  return null;
}

function sourceOf(
  cluster: ClusterState,
  writer: KubernetesObject,
  { field, kind: usual }: SourceRef,
): Source | null {
  const { name, kind: named } = recordAt(writer, 'spec', field);
  if (typeof name !== 'string' || name === '') return null;
  const kind = typeof named === 'string' && named !== '' ? named : usual;
  const namespace = kind.startsWith('Cluster') ? null : refOf(writer).namespace;
  const object = cluster.get(kind, namespace, name);
  return { ref: { kind, namespace, name }, condition: object ? readinessOf(object) : null };
}

function readinessOf(object: KubernetesObject): Condition | null {
  return conditionsOf(object).find(({ type }) => type === 'Ready' || type === 'Synced') ?? null;
}

/** `ExternalSecret shop/db writes it, but its condition Ready is False (…): …; it reads from SecretStore shop/vault, whose …` */
export function describeWriter({ object, condition, source }: Writer): Prose {
  const says = condition ? prose`its ${describeCondition(condition)}` : prose`it has no Ready condition yet`;
  const from = source
    ? prose`; behind it is ${describeRef(source.ref)}${source.condition ? prose`, whose ${describeCondition(source.condition)}` : prose``}`
    : prose``;
  return prose`${describeRef(refOf(object))} writes it, but ${says}${from}`;
}

function describeCondition({ type, status, reason, message }: Condition): Prose {
  return prose`condition ${type} is ${status}${inBrackets(reason)}${saying(message)}`;
}

/** What the writer and its source say of themselves. */
export function writerEvidence({ object, condition, source }: Writer): readonly Evidence[] {
  const said = (about: Culprit, one: Condition | null): Evidence =>
    quoted('object', about, null, one ? textOf(one) : 'no conditions yet');
  return [said(refOf(object), condition), ...(source?.condition ? [said(source.ref, source.condition)] : [])];
}

function textOf({ type, status, reason, message }: Condition): string {
  return [`${type}=${status}`, reason, message].filter(Boolean).join(' ');
}

/** What explains a missing object, the nearest first: its writer, then the store or issuer behind that. */
export function chainBehind({ object, source }: Writer): readonly Culprit[] {
  const { kind, namespace, name } = refOf(object);
  return [{ kind, namespace, name }, ...(source ? [source.ref] : [])];
}

/** The writer, or its source where that says that it is not Ready itself. */
export function culpritBehind(writer: Writer): Culprit {
  const [itself, source] = chainBehind(writer);
  return source && writer.source?.condition?.status === 'False' ? source : itself!;
}
