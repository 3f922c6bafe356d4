import type { ClusterServer, StoredObject } from '../../test/live/cluster-server.ts';
import { clusterFiles } from './made-cluster.ts';

/** Where the API server stores the kinds of the made cluster. */
const PLACES: Readonly<Record<string, string>> = { nodes: 'minions', services: 'services/specs' };

/** Stores the made cluster of 10,000 pods, past the API server. */
export async function fill(cluster: ClusterServer): Promise<void> {
  for (const [file, items] of clusterFiles()) {
    const objects = (items as unknown as readonly StoredObject[]).map((object) => {
      const { namespace, name } = object.metadata;
      const place = namespace === undefined ? name : `${namespace}/${name}`;
      return [`/registry/${PLACES[file] ?? file}/${place}`, withManagers(object)] as const;
    });
    await cluster.storeAll(objects);
  }
}

/** With an entry for each field, as kubelets and controllers leave it. */
function withManagers(object: StoredObject): StoredObject {
  const { status, ...rest } = object as StoredObject & { readonly status?: unknown };
  const [own, ofStatus] = [rest, { status }].map((part) => ({
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1: managed(part),
    manager: 'kubelet',
    operation: 'Update',
    time: '2026-03-11T09:00:00Z',
  }));
  return { ...object, metadata: { ...object.metadata, managedFields: [own, ofStatus] } };
}

function managed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [`f:${key}`, managed(item)]));
}
