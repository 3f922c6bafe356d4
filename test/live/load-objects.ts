import type { ClusterState } from '../../src/model/cluster-state.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { ClusterServer, StoredObject } from './cluster-server.ts';

/** These have to be there before what stands in them or runs on them. */
const FIRST = ['Namespace', 'Node'];

/**
 * Creates all objects of a recorded cluster through the API, so that the server checks and completes them, and gives them
 * their status.
 *
 * What the server decides for itself (uid, generation, time of creation) is set in its storage afterwards, as when a
 * backup is restored: ages and owner references are what they were.
 */
export async function loadObjects(server: ClusterServer, recorded: ClusterState): Promise<void> {
  const kinds = [...FIRST, ...recorded.kinds().filter((kind) => !FIRST.includes(kind))];
  const objects = kinds.flatMap((kind) => recorded.list(kind)).map((object) => acceptable(object, server));
  for (const object of objects) await create(server, object);

  const originals = new Map(objects.map((object) => [identityOf(object), object]));
  for (const [key, stored] of await server.stored()) {
    const original = originals.get(identityOf(stored));
    if (original === undefined) continue;
    const { uid, generation, creationTimestamp } = original.metadata;
    const system = { uid, creationTimestamp, ...(generation === undefined ? {} : { generation }) };
    await server.store(key, { ...stored, metadata: { ...stored.metadata, ...system } });
    originals.delete(identityOf(stored));
  }
  if (originals.size > 0) throw new Error(`not stored: ${[...originals.keys()].join(', ')}`);
}

/** Creates one object, with its status where it has one; one that the server brings along is taken as it is. */
export async function create(server: ClusterServer, object: KubernetesObject): Promise<void> {
  const { uid: _uid, resourceVersion: _version, generation: _generation, ...metadata } = object.metadata;
  const path = await pathOf(server, object);
  const created = await server.send('POST', path, { ...object, metadata });
  if (created.status === 409) return;
  if (created.status !== 201) throw new Error(refusal(object, created.body));
  if (object['status'] === undefined) return;
  const withStatus = { ...(created.body as object), status: object['status'] };
  const updated = await server.send('PUT', `${path}/${object.metadata.name}/status`, withStatus);
  if (updated.status !== 200) throw new Error(refusal(object, updated.body));
}

const plurals = new WeakMap<ClusterServer, Map<string, Promise<ReadonlyMap<string, string>>>>();

/** Where objects of a kind are, in the namespace of one of them. */
export async function pathOf(
  server: ClusterServer,
  { apiVersion, kind, metadata }: KubernetesObject,
): Promise<string> {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const known = plurals.get(server) ?? new Map<string, Promise<ReadonlyMap<string, string>>>();
  plurals.set(server, known);
  const listed = known.get(base) ?? discover(server, base);
  known.set(base, listed);
  const plural = (await listed).get(kind);
  if (plural === undefined) throw new Error(`${base} has no ${kind}`);
  return `${base}/${metadata.namespace === undefined ? '' : `namespaces/${metadata.namespace}/`}${plural}`;
}

async function discover(server: ClusterServer, base: string): Promise<ReadonlyMap<string, string>> {
  const { body } = await server.send('GET', base);
  const { resources } = body as { resources: { name: string; kind: string }[] };
  return new Map(resources.filter(({ name }) => !name.includes('/')).map(({ kind, name }) => [kind, name]));
}

/**
 * What the server is given for a recorded object: a Node is where the stand-in for its kubelet is, and a Job keeps its
 * selector, which names its uid.
 */
export function acceptable(object: KubernetesObject, { kubeletPort }: ClusterServer): KubernetesObject {
  if (object.kind === 'Job')
    return { ...object, spec: { ...(object['spec'] as object), manualSelector: true } };
  if (object.kind !== 'Node') return object;
  const addresses = [{ type: 'InternalIP', address: '127.0.0.1' }];
  const daemonEndpoints = { kubeletEndpoint: { Port: kubeletPort } };
  return { ...object, status: { ...(object['status'] as object), addresses, daemonEndpoints } };
}

function identityOf({ kind, metadata }: StoredObject | KubernetesObject): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

function refusal(object: KubernetesObject, body: unknown): string {
  return `the API server refuses ${identityOf(object)}: ${(body as { message?: string }).message ?? String(body)}`;
}
