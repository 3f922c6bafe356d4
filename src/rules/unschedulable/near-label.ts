import { requiredNodeTerms } from '../../kubernetes/node-selection.ts';
import { recordAt, recordsOf } from '../../kubernetes/objects.ts';
import { podSpecOf, podSpecPath, type PodSpec } from '../../kubernetes/workloads.ts';
import { changeOf } from '../../model/change.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import { takes } from './former-fits.ts';
import type { Remedy, Stuck } from './stuck.ts';

/** Labels of nodes that Kubernetes has renamed. Source: https://kubernetes.io/docs/reference/labels-annotations-taints/ */
const RENAMED: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
};

interface Label {
  readonly key: string;
  readonly value: string;
}

/** One label of the nodes that is spelt almost as the selector or the affinity asks for, and with which a node takes the pod. */
export function nearLabel({ workload, worst, nodes }: Stuck): Remedy | null {
  const { ref, object } = workload;
  const path = podSpecPath(ref.kind);
  const spec = object && podSpecOf(object);
  if (nodes === null || path === null || !spec) return null;
  const asked = worst.obstacle.cause === 'node-selector' ? bySelector(spec) : byAffinity(spec);
  const labels = nodes.flatMap(({ metadata }) =>
    Object.entries(metadata.labels ?? {}).map(([key, value]): Label => ({ key, value })),
  );
  const unmet = asked.filter(({ label }) => !labels.some((one) => isSame(one, label)));
  const [only] = unmet;
  if (!only || unmet.length > 1) return null;
  const near = unique(labels.filter((one) => isNear(only.label, one)));
  const [found] = near;
  if (!found || near.length > 1 || !nodes.some((node) => takes(node, only.withLabel(found)))) return null;
  const changes = only
    .changes(found)
    .map(([field, before, after]) => changeOf(ref, `${path}.${field}`, before, after));
  const isRenamed = RENAMED[only.label.key] === found.key;
  return {
    changes,
    guards: [
      {
        kind: 'draft',
        reason: isRenamed
          ? prose`only Kubernetes' own renaming of the label suggests that ${described(found)} is meant`
          : prose`only its spelling suggests that ${described(found)} is meant`,
      },
    ],
    reason: prose`with ${described(found)} a node takes the pod`,
    because: [
      isRenamed
        ? prose`Kubernetes renamed the label ${only.label.key} to ${found.key}, which nodes have.`
        : prose`Nodes have ${described(found)}, which is spelt almost the same.`,
    ],
    evidence: [],
    advice: [],
    sureness: isRenamed
      ? [0.85, prose`Kubernetes renamed the label`]
      : [0.7, prose`one label of the nodes has almost this spelling`],
  };
}

/** A label that a pod asks for, and how it would ask for another one. */
interface Asked {
  readonly label: Label;
  withLabel(other: Label): PodSpec;
  changes(other: Label): readonly (readonly [field: string, before: string | null, after: string | null])[];
}

function bySelector(spec: PodSpec): readonly Asked[] {
  const selector = recordAt(spec, 'nodeSelector');
  return Object.entries(selector).map(([key, wanted]) => {
    const value = String(wanted);
    const { [key]: _, ...rest } = selector;
    return {
      label: { key, value },
      withLabel: (other) => ({ ...spec, nodeSelector: { ...rest, [other.key]: other.value } }),
      changes: (other) =>
        other.key === key
          ? [[fieldOf(key), value, other.value]]
          : [
              [fieldOf(other.key), null, other.value],
              [fieldOf(key), value, null],
            ],
    };
  });
}

function fieldOf(key: string): string {
  return `nodeSelector${/^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`}`;
}

/** Of one term, expressions with one value: with several, or several terms, which one is misspelt is a guess. */
function byAffinity(spec: PodSpec): readonly Asked[] {
  const terms = requiredNodeTerms(spec);
  const [term] = terms;
  if (terms.length !== 1 || !term) return [];
  const base = 'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]';
  const expressions = recordsOf(term['matchExpressions']);
  return expressions.flatMap((expression, index): readonly Asked[] => {
    const { key, operator, values } = expression;
    if (operator !== 'In' || !Array.isArray(values) || values.length !== 1) return [];
    const value = String(values[0]);
    const withLabel = (other: Label): PodSpec => ({
      ...spec,
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                ...term,
                matchExpressions: expressions.with(index, {
                  ...expression,
                  key: other.key,
                  values: [other.value],
                }),
              },
            ],
          },
        },
      },
    });
    const at = `${base}.matchExpressions[${index}]`;
    return [
      {
        label: { key: String(key), value },
        withLabel,
        changes: (other) =>
          other.key === String(key)
            ? [[`${at}.values[0]`, value, other.value]]
            : [[`${at}.key`, String(key), other.key]],
      },
    ];
  });
}

function isSame(a: Label, b: Label): boolean {
  return a.key === b.key && a.value === b.value;
}

/** Near in its key or in its value, never in both. */
function isNear(asked: Label, other: Label): boolean {
  if (other.key.startsWith('node-role.kubernetes.io/')) return false;
  if (other.key === asked.key) return isSpelling(asked.value, other.value);
  return (
    other.value === asked.value && (RENAMED[asked.key] === other.key || isSpelling(asked.key, other.key))
  );
}

function isSpelling(asked: string, other: string): boolean {
  return asked.toLowerCase() === other.toLowerCase() || relationOf(asked, other, []) === 'spelling';
}

function unique(labels: readonly Label[]): readonly Label[] {
  return labels.filter((one, index) => labels.findIndex((other) => isSame(one, other)) === index);
}

function described({ key, value }: Label): Prose {
  return prose`${key}: ${value}`;
}
