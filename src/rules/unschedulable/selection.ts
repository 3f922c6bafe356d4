import { quote } from '../../facts/observations.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import {
  matchesExpression,
  matchesNodeSelector,
  requiredNodeTerms,
} from '../../kubernetes/node-selection.ts';
import { recordAt, recordsOf } from '../../kubernetes/objects.ts';
import { podSpecOf, podSpecPath, type PodSpec } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Blame } from '../../model/finding.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { plain, type Obstacle } from './obstacle.ts';

/** What no node has: labels of the nodeSelector first, then the node affinity. `nodes` is null where not all are known. */
export function selectionObstacle(
  workload: WorkloadFacts,
  spec: PodSpec,
  nodes: readonly ClusterObject[] | null,
): Obstacle {
  const selector = Object.entries(recordAt(spec, 'nodeSelector'));
  const bySelector =
    selector.length > 0 &&
    (nodes === null
      ? requiredNodeTerms(spec).length === 0
      : !nodes.some((node) => matchesNodeSelector(node, spec)));
  return bySelector ? noSuchLabels(workload, selector, nodes) : noSuchAffinity(workload, spec, nodes);
}

function noSuchLabels(
  workload: WorkloadFacts,
  selector: readonly (readonly [string, unknown])[],
  nodes: readonly ClusterObject[] | null,
): Obstacle {
  const missing = selector.filter(
    ([key, value]) => !nodes?.some(({ metadata }) => metadata.labels?.[key] === value),
  );
  const wanted = missing.map(([key, value]) => `${key}: ${String(value)}`).join(', ');
  const named = missing.map(([key]) => key);
  return plain('node-selector', prose`Label a node with ${wanted}, or correct the node selector.`, {
    isLasting: nodes !== null,
    because: nodes === null ? [] : [prose`No node has the label ${wanted}.`, ...valuesOf(named, nodes)],
    evidence: labelsOf(named, nodes),
    blames: missing.flatMap(([key]) =>
      templateField(workload, `nodeSelector${/^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`}`),
    ),
  });
}

function noSuchAffinity(
  workload: WorkloadFacts,
  spec: PodSpec,
  nodes: readonly ClusterObject[] | null,
): Obstacle {
  const base = 'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  const wrong = requiredNodeTerms(spec).flatMap((term, at) =>
    recordsOf(term['matchExpressions']).flatMap((expression, index) => {
      const fits = nodes?.some(({ metadata }) =>
        matchesExpression(metadata.labels?.[String(expression['key'])], expression),
      );
      return fits === true ? [] : [{ expression, path: `${base}[${at}].matchExpressions[${index}]` }];
    }),
  );
  const keys = wrong.map(({ expression }) => String(expression['key']));
  const words = wrong
    .map(({ expression: { key, operator, values } }) =>
      [key, operator, ...(Array.isArray(values) ? values : [])].map(String).join(' '),
    )
    .join('; ');
  return plain(
    'node-affinity',
    prose`Label a node as the affinity asks (${words}), or correct the affinity.`,
    {
      isLasting: nodes !== null,
      because: nodes === null ? [] : [prose`No node fits ${words}.`, ...valuesOf(keys, nodes)],
      evidence: labelsOf(keys, nodes),
      blames: wrong.flatMap(({ expression, path }) =>
        templateField(workload, `${path}.${isKnown(String(expression['key']), nodes) ? 'values[0]' : 'key'}`),
      ),
    },
  );
}

function isKnown(key: string, nodes: readonly ClusterObject[] | null): boolean {
  return nodes?.some(({ metadata }) => metadata.labels?.[key] !== undefined) ?? false;
}

/** What the nodes have under these labels. */
function valuesOf(keys: readonly string[], nodes: readonly ClusterObject[]): readonly Prose[] {
  return keys.flatMap((key) => {
    const values = [...new Set(nodes.flatMap(({ metadata }) => metadata.labels?.[key] ?? []))];
    return values.length === 0 ? [] : [prose`Nodes have ${key}: ${values.slice(0, 6).join(', ')}.`];
  });
}

const STANDARD = /^(?:beta\.)?kubernetes\.io\/|^node-role\.kubernetes\.io\//;

/** The labels of the nodes that somebody gave them, and those that are asked for. */
function labelsOf(keys: readonly string[], nodes: readonly ClusterObject[] | null) {
  return (nodes ?? []).slice(0, 6).map((node) => {
    const labels = Object.entries(node.metadata.labels ?? {}).filter(
      ([key]) => keys.includes(key) || !STANDARD.test(key),
    );
    return quote('object', node, null, `metadata.labels: ${JSON.stringify(Object.fromEntries(labels))}`);
  });
}

/** The field where the workload's template has it; nothing where something else added it to the pod. */
function templateField({ ref, object }: WorkloadFacts, field: string): readonly Blame[] {
  const path = podSpecPath(ref.kind);
  const [first = ''] = field.split(/[.[]/);
  return path !== null && object && recordAt(podSpecOf(object))[first] !== undefined
    ? [{ object: ref, field: `${path}.${field}` }]
    : [];
}
