import type { StoredObject } from './cluster-server.ts';

/* What the tests ask etcd for without the API server, over the JSON of its gRPC gateway. */

/** Operations of one transaction: what etcd takes at most. */
const OPERATIONS = 128;

/** All that is stored as JSON, by its key. */
export async function storedIn(etcd: string): Promise<ReadonlyMap<string, StoredObject>> {
  const range = { key: base64('/registry/'), range_end: base64('/registry0') };
  const { kvs } = (await gateway(etcd, 'kv/range', range)) as { kvs: { key: string; value: string }[] };
  return new Map(
    kvs
      .map(({ key, value }) => [fromBase64(key), fromBase64(value)] as const)
      .filter(([, value]) => value.startsWith('{'))
      .map(([key, value]) => [key, JSON.parse(value) as StoredObject]),
  );
}

/** Writes past the API server, as restoring a backup does. */
export async function storeIn(
  etcd: string,
  objects: readonly (readonly [key: string, object: StoredObject])[],
): Promise<void> {
  for (let from = 0; from < objects.length; from += OPERATIONS) {
    const success = objects
      .slice(from, from + OPERATIONS)
      .map(([key, object]) => ({ requestPut: { key: base64(key), value: base64(JSON.stringify(object)) } }));
    await gateway(etcd, 'kv/txn', { success });
  }
}

/** Forgets everything but the newest version of each object, so that no watch can go on from before. */
export async function compact(etcd: string): Promise<void> {
  const { header } = (await gateway(etcd, 'kv/range', { key: base64('/') })) as {
    header: { revision: string };
  };
  await gateway(etcd, 'kv/compaction', { revision: header.revision, physical: true });
}

/** Source: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/ */
async function gateway(etcd: string, operation: string, body: object): Promise<unknown> {
  const response = await fetch(`${etcd}/v3/${operation}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`etcd answered ${response.status}: ${await response.text()}`);
  return response.json();
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
