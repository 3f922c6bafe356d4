import { bool, int64, list, map, numberOrText, record, text, time, quantity } from './shape.ts';

/**
 * What every object has in common.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
 */
export const metadata = record({
  name: text,
  namespace: text,
  generateName: text,
  uid: text,
  // Text in Kubernetes; a number where somebody forgot the quotes.
  resourceVersion: numberOrText,
  generation: int64,
  creationTimestamp: time,
  deletionTimestamp: time,
  labels: map(text),
  annotations: map(text),
  ownerReferences: list(
    record({ apiVersion: text, kind: text, name: text, uid: text, controller: bool }, [
      'apiVersion',
      'kind',
      'name',
    ]),
  ),
  finalizers: list(text),
});

export const labelSelector = record({
  matchLabels: map(text),
  matchExpressions: list(record({ key: text, operator: text, values: list(text) })),
});

const conditionFields = {
  type: text,
  status: text,
  reason: text,
  message: text,
  lastTransitionTime: time,
  lastUpdateTime: time,
  lastProbeTime: time,
  lastHeartbeatTime: time,
};

/** Argo CD's have no status. */
export const conditions = list(record(conditionFields, ['type']));

/** The workload that an autoscaler or a Rollout refers to. */
export const scaleTarget = record({ apiVersion: text, kind: text, name: text });

/** Quantities by resource. */
export const quotas = map(quantity);
