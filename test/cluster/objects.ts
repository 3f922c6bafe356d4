import type { KubernetesObject } from '../../src/kubernetes/objects.ts';

/** Small objects for tests of the cluster's indexes. */
export function object(
  apiVersion: string,
  kind: string,
  name: string,
  rest: { readonly metadata?: object; readonly [field: string]: unknown } = {},
): KubernetesObject {
  const { metadata, ...fields } = rest;
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: 'shop', ...metadata },
    ...fields,
  } as KubernetesObject;
}

export function clusterScoped(apiVersion: string, kind: string, name: string): KubernetesObject {
  return { apiVersion, kind, metadata: { name } };
}

export function controlledBy(kind: string, name: string, uid?: string): object {
  const apiVersion = API_VERSIONS[kind] ?? 'apps/v1';
  return {
    ownerReferences: [{ apiVersion, kind, name, controller: true, ...(uid === undefined ? {} : { uid }) }],
  };
}

const API_VERSIONS: Readonly<Record<string, string>> = {
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  ReplicationController: 'v1',
};

export function event(fields: Readonly<Record<string, unknown>>): KubernetesObject {
  const involvedObject = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'cart-1' };
  return object('v1', 'Event', `event-${JSON.stringify(fields)}`, {
    involvedObject,
    reason: 'BackOff',
    type: 'Warning',
    ...fields,
  });
}
