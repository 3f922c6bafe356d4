import { quote } from '../../facts/observations.ts';
import type { Clause } from '../../facts/scheduling.ts';
import { untoleratedTaints, type Taint } from '../../kubernetes/node-selection.ts';
import { recordAt } from '../../kubernetes/objects.ts';
import type { PodSpec } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { prose } from '../../untrusted/prose.ts';
import { plain, type Obstacle } from './obstacle.ts';

const CONTROL_PLANE = /^node-role\.kubernetes\.io\/(control-plane|master|controlplane|etcd)$/;
const CORDON = 'node.kubernetes.io/unschedulable';
/** Somebody cordons the nodes for a moment, or takes the last one out of service. */
const CORDONED_FOR = 30_000;

/** By a taint that the pod does not tolerate, or by its role where it is cordoned besides. */
export function isControlPlane(node: ClusterObject, spec: PodSpec): boolean {
  const { labels = {} } = node.metadata;
  const hasRole =
    Object.keys(labels).some((label) => CONTROL_PLANE.test(label)) ||
    labels['kubernetes.io/role'] === 'master';
  return (
    (hasRole && isCordoned(node)) || untoleratedTaints(node, spec).some(({ key }) => CONTROL_PLANE.test(key))
  );
}

export function isCordoned(node: ClusterObject): boolean {
  return recordAt(node, 'spec')['unschedulable'] === true;
}

/** What the control plane puts on nodes that are of no use now; pods are not meant to tolerate it. */
const CONDITIONS: Readonly<Record<string, string>> = {
  'node.kubernetes.io/not-ready': 'is not Ready',
  'node.kubernetes.io/unreachable': 'is unreachable: its kubelet does not report',
  'node.kubernetes.io/memory-pressure': 'is low on memory',
  'node.kubernetes.io/disk-pressure': 'is low on disk',
  'node.kubernetes.io/pid-pressure': 'is low on process ids',
  'node.kubernetes.io/network-unavailable': 'has no network yet',
  'node.kubernetes.io/out-of-service': 'is marked as out of service',
  'node.cloudprovider.kubernetes.io/uninitialized': 'waits for the cloud controller to initialize it',
  'node.cloudprovider.kubernetes.io/shutdown': 'is shut down',
};

export function taintObstacle(
  spec: PodSpec,
  clauses: readonly Clause[],
  meant: readonly ClusterObject[] | null,
): Obstacle | null {
  const tainted = (meant ?? [])
    .filter((node) => !isCordoned(node))
    .map((node) => ({ node, taints: untoleratedTaints(node, spec).filter(({ key }) => key !== CORDON) }))
    .filter(({ taints }) => taints.length > 0);
  const said = clauses.flatMap(({ text }) => taintIn(text) ?? []);
  const taints = tainted.length > 0 ? tainted.flatMap((one) => one.taints) : said;
  const taint = taints.find(({ key }) => !CONTROL_PLANE.test(key) && key !== CORDON);
  if (!taint)
    return meant === null && said.some(({ key }) => CONTROL_PLANE.test(key))
      ? plain(
          'untolerated-taint',
          prose`Add worker nodes: the nodes that it could use are reserved for the control plane.`,
          { says: prose`the nodes are reserved for the control plane` },
        )
      : meant === null && said.length === 0
        ? plain('untolerated-taint', prose`See which taints the nodes have: kubectl describe nodes`, {
            says: prose`the nodes that it could use have taints that it does not tolerate`,
          })
        : null;
  const nodes = tainted
    .filter((one) => one.taints.some(({ key }) => key === taint.key))
    .map(({ node }) => node);
  return CONDITIONS[taint.key] === undefined && !taint.key.startsWith('node.kubernetes.io/')
    ? ofSomebody(taint, nodes)
    : ofCondition(taint, nodes);
}

function ofCondition({ key }: Taint, nodes: readonly ClusterObject[]): Obstacle {
  const { names, has, shown, culprits } = described(nodes);
  const state = CONDITIONS[key] ?? `has the taint ${key}`;
  return plain(
    'nodes-unavailable',
    nodes.length === 0
      ? prose`Bring the nodes with the taint ${key} back: kubectl get nodes`
      : prose`Bring ${names} back: kubectl describe node ${nodes[0]!.metadata.name}`,
    {
      evidence: shown,
      says:
        nodes.length === 0
          ? prose`nodes that it could use have the taint ${key}`
          : prose`node ${names}, which it could use, ${nodes.length === 1 ? prose`${state}` : prose`${has} the taint ${key}`}`,
      explainedBy: culprits,
      ...(culprits.length === 1 ? { culprit: culprits[0]! } : {}),
    },
  );
}

function ofSomebody({ key, value, effect }: Taint, nodes: readonly ClusterObject[]): Obstacle {
  const { names, has, shown, culprits } = described(nodes);
  const text = value === '' ? key : `${key}=${value}`;
  const removal = nodes.length === 1 ? ` (kubectl taint node ${names} ${key}:${effect}-)` : '';
  return plain(
    'untolerated-taint',
    prose`Tolerate ${text} if the pods are meant for these nodes; else select others, or remove the taint${removal}.`,
    {
      ...(nodes.length > 0 ? { patience: 0 } : {}),
      says:
        nodes.length === 0
          ? prose`nodes that it could use have the taint ${text}, which it does not tolerate`
          : prose`of the nodes that it selects, ${names} ${has} the taint ${text}, which it does not tolerate`,
      evidence: shown,
      ...(culprits.length === 1 ? { culprit: culprits[0]! } : {}),
    },
  );
}

function described(nodes: readonly ClusterObject[]) {
  return {
    names: nodes.map(({ metadata }) => metadata.name).join(', '),
    has: nodes.length === 1 ? prose`has` : prose`have`,
    shown: nodes.map((node) =>
      quote('object', node, null, `spec.taints: ${JSON.stringify(recordAt(node, 'spec')['taints'])}`),
    ),
    culprits: nodes.map(({ metadata }) => ({ kind: 'Node', namespace: null, name: metadata.name })),
  };
}

/** `node(s) had untolerated taint {dedicated: gpu}`, before 1.24 `had taint {…}, that the pod didn't tolerate`; 1.34 names none. */
function taintIn(text: string): Taint | null {
  const [, key, value = ''] = /taint \{([^:}]+): ?([^}]*)\}/.exec(text) ?? [];
  return key === undefined ? null : { key, value, effect: '' };
}

export function cordonObstacle(meant: readonly ClusterObject[], spec: PodSpec): Obstacle {
  const cordoned = meant.filter(
    (node) => isCordoned(node) || untoleratedTaints(node, spec).some(({ key }) => key === CORDON),
  );
  const names = cordoned.map(({ metadata }) => metadata.name);
  const [first] = names;
  const isAll = names.length > 0 && names.length === meant.length;
  return plain(
    'cordoned',
    first === undefined
      ? prose`Uncordon a node that it could use, once its maintenance is over: kubectl get nodes`
      : prose`Uncordon a node once its maintenance is over: kubectl uncordon ${first}`,
    {
      ...(isAll ? { patience: CORDONED_FOR } : {}),
      says: !first
        ? prose`the nodes that it could use are cordoned`
        : isAll
          ? prose`every node that it could use is cordoned: ${names.join(', ')}`
          : prose`${names.join(', ')} ${names.length === 1 ? prose`is` : prose`are`} cordoned`,
      evidence: cordoned.map((node) => quote('object', node, null, 'spec.unschedulable: true')),
      ...(names.length === 1 ? { culprit: { kind: 'Node', namespace: null, name: first! } } : {}),
    },
  );
}
