import { isRecord, type KubernetesObject } from '../../kubernetes/objects.ts';

/** An event without what nothing reads of it: a watched cluster has several for each pod. */
export function withoutWeight(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Event') return object;
  const { uid: _uid, ...metadata } = object.metadata;
  const { reportingInstance: _instance, ...event }: Record<string, unknown> = { ...object, metadata };
  for (const field of ['involvedObject', 'regarding']) {
    const involved = event[field];
    if (!isRecord(involved)) continue;
    const { resourceVersion: _version, ...rest } = involved;
    event[field] = rest;
  }
  return event as unknown as KubernetesObject;
}
