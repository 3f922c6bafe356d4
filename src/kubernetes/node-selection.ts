import { isRecord, recordAt, recordsOf, type KubernetesObject } from './objects.ts';
import type { PodSpec } from './workloads.ts';

/** True when the node has all labels that the pod's `nodeSelector` asks for. */
export function matchesNodeSelector(node: KubernetesObject, spec: PodSpec): boolean {
  return Object.entries(recordAt(spec, 'nodeSelector')).every(
    ([label, value]) => node.metadata.labels?.[label] === value,
  );
}

/** The terms of the node affinity that a pod requires; empty where it requires none. */
export function requiredNodeTerms(spec: PodSpec): readonly Readonly<Record<string, unknown>>[] {
  const required = recordAt(
    spec,
    'affinity',
    'nodeAffinity',
    'requiredDuringSchedulingIgnoredDuringExecution',
  );
  return recordsOf(required['nodeSelectorTerms']);
}

/**
 * True when the node fits any term of the required node affinity; within a term everything must fit, and an empty term fits nothing.
 * Source: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity
 */
export function matchesNodeAffinity(node: KubernetesObject, spec: PodSpec): boolean {
  const terms = requiredNodeTerms(spec);
  return terms.length === 0 || terms.some((term) => matchesTerm(node, term));
}

function matchesTerm(node: KubernetesObject, term: Readonly<Record<string, unknown>>): boolean {
  const expressions = recordsOf(term['matchExpressions']);
  const fields = recordsOf(term['matchFields']);
  const labels: Readonly<Record<string, string>> = node.metadata.labels ?? {};
  return (
    expressions.length + fields.length > 0 &&
    expressions.every((expression) => matchesExpression(labels[String(expression['key'])], expression)) &&
    fields.every((field) => matchesExpression(node.metadata.name, field))
  );
}

/** A requirement of a node selector, about the value of the label that it names; undefined for a label that is not there. */
export function matchesExpression(
  value: string | undefined,
  { operator, values }: Readonly<Record<string, unknown>>,
): boolean {
  const wanted = Array.isArray(values) ? values.map(String) : [];
  switch (operator) {
    case 'In':
      return value !== undefined && wanted.includes(value);
    case 'NotIn':
      return value === undefined || !wanted.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return Number(value) > Number(wanted[0]);
    case 'Lt':
      return Number(value) < Number(wanted[0]);
    default:
      return false;
  }
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

/** The taints that keep a pod off the node. Source: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export function untoleratedTaints(node: KubernetesObject, spec: PodSpec): readonly Taint[] {
  const tolerations = recordsOf(spec['tolerations']);
  return recordsOf(recordAt(node, 'spec')['taints'])
    .filter(isRecord)
    .map(({ key, value, effect }) => ({
      key: String(key),
      value: String(value ?? ''),
      effect: String(effect),
    }))
    .filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute')
    .filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
}

function tolerates(toleration: Readonly<Record<string, unknown>>, taint: Taint): boolean {
  const { key, operator, value, effect } = toleration;
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
  if (operator === 'Exists') return key === undefined || key === '' || key === taint.key;
  return key === taint.key && String(value ?? '') === taint.value;
}
