import { quote } from '../../facts/observations.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import {
  matchesExpression,
  matchesNodeSelector,
  requiredNodeTerms,
} from '../../kubernetes/node-selection.ts';
import { describeLabelSelector } from '../../kubernetes/label-selectors.ts';
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
  const isMissing = nodes !== null && missing.length > 0;
  const all = selector.map(([key, value]) => `${key}: ${String(value)}`).join(', ');
  const advice = isMissing
    ? prose`Label a node if one is meant (kubectl label node <name> ${missing.map(([key, value]) => `${key}=${String(value)}`).join(' ')}), or correct the nodeSelector.`
    : prose`See which labels the nodes have (kubectl get nodes --show-labels), and label one or correct the nodeSelector.`;
  return plain('node-selector', advice, {
    ...(nodes === null ? {} : { patience: 0 }),
    says: isMissing
      ? prose`its nodeSelector asks for ${wanted}, and no node has ${missing.length > 1 ? prose`these labels` : prose`this label`}`
      : nodes === null
        ? prose`nodes do not match its nodeSelector (${all})`
        : prose`no node has all the labels that its nodeSelector asks for (${all})`,
    because: nodes === null ? [] : valuesOf(named, nodes),
    evidence: labelsOf(named, nodes),
    blames: (isMissing ? missing : selector).flatMap(([key]) =>
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
  const all = requiredNodeTerms(spec).flatMap((term, at) =>
    recordsOf(term['matchExpressions']).map((expression, index) => ({
      expression,
      path: `${base}[${at}].matchExpressions[${index}]`,
    })),
  );
  const unmet = all.filter(({ expression }) => {
    const key = String(expression['key']);
    return nodes?.some(({ metadata }) => matchesExpression(metadata.labels?.[key], expression)) !== true;
  });
  const wrong = unmet.length > 0 ? unmet : all;
  const keys = wrong.map(({ expression }) => String(expression['key']));
  const words = describeLabelSelector({ matchExpressions: wrong.map(({ expression }) => expression) });
  return plain(
    'node-affinity',
    prose`Label a node as the affinity asks (${words}), or correct the affinity: kubectl get nodes --show-labels`,
    {
      ...(nodes === null ? {} : { patience: 0 }),
      says:
        unmet.length > 0 && nodes !== null
          ? prose`its required node affinity asks for ${words}, which no node meets`
          : prose`no node meets all that its required node affinity asks for (${words})`,
      because: nodes === null ? [] : valuesOf(keys, nodes),
      evidence: labelsOf(keys, nodes),
      blames: wrong.flatMap(({ expression, path }) =>
        templateField(workload, `${path}.${isUsed(expression, nodes) ? 'values[0]' : 'key'}`),
      ),
    },
  );
}

/** Nodes have the label with another value; an expression without values has nothing but its key to blame. */
function isUsed(
  { key, values }: Readonly<Record<string, unknown>>,
  nodes: readonly ClusterObject[] | null,
): boolean {
  const hasValues = Array.isArray(values) && values.length > 0;
  return hasValues && (nodes?.some(({ metadata }) => metadata.labels?.[String(key)] !== undefined) ?? false);
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
export function templateField({ ref, object }: WorkloadFacts, field: string): readonly Blame[] {
  const path = podSpecPath(ref.kind);
  const [first = ''] = field.split(/[.[]/);
  return path !== null && object && recordAt(podSpecOf(object))[first] !== undefined
    ? [{ object: ref, field: `${path}.${field}` }]
    : [];
}
