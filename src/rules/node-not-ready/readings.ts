import type { SandboxFailure } from '../../facts/sandboxes.ts';
import { describeTime } from '../../kubernetes/durations.ts';
import { parseTime, type Condition } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import { inBrackets, prose, saying, type Prose } from '../../untrusted/prose.ts';
import { runtimeUnit, sandboxAdvice, SANDBOX_WORDS } from '../sandbox-failed/words.ts';

/** What is wrong with a node: the end of a sentence about it, and what to do. */
export interface NodeReading {
  readonly cause: string;
  readonly says: Prose;
  readonly advice: readonly Prose[];
}

const PRESSURES: Readonly<Record<string, Omit<NodeReading, 'advice'> & { advice(node: string): Prose }>> = {
  MemoryPressure: {
    cause: 'memory-pressure',
    says: prose`is low on memory`,
    advice: (node) =>
      prose`Find what uses its memory: kubectl top pods -A --sort-by=memory, and kubectl describe node ${node} for what runs there`,
  },
  DiskPressure: {
    cause: 'disk-pressure',
    says: prose`is low on disk`,
    advice: (node) =>
      prose`Find what fills the disks of ${node}, images, logs or emptyDirs: crictl images, du -sh /var/log/pods /var/lib/kubelet/pods`,
  },
  PIDPressure: {
    cause: 'pid-pressure',
    says: prose`is low on process ids`,
    advice: (node) => prose`Find what makes so many processes on ${node}: ps -eLf`,
  },
};

export function readCondition(cluster: ClusterState, node: ClusterObject, condition: Condition): NodeReading {
  const { type, status, reason = '', message = '' } = condition;
  const { name } = node.metadata;
  const pressure = PRESSURES[type];
  if (pressure)
    return {
      cause: pressure.cause,
      says: prose`${pressure.says} (${type})${saying(message)}`,
      advice: [pressure.advice(name)],
    };
  const at = parseTime(condition.lastTransitionTime);
  const since = at === null ? prose`` : prose` since ${describeTime(at)}`;
  if (status === 'Unknown' || reason === 'NodeStatusUnknown' || /stopped posting node status/.test(message))
    return {
      cause: 'kubelet-silent',
      says: prose`is NotReady${since}: its kubelet no longer reports${inBrackets(reason)}${saying(message)}`,
      advice: [
        prose`Check that the machine of ${name} runs and that its kubelet is up: systemctl status kubelet, journalctl -u kubelet`,
      ],
    };
  const unready = prose`is NotReady${since}`;
  if (
    /container runtime is down|PLEG is not healthy|runtime (?:service|status check)|containerd|cri-?o\b|docker/i.test(
      message,
    ) &&
    !/NetworkReady=false|NetworkPluginNotReady|\bcni\b/i.test(message)
  ) {
    const unit = runtimeUnit(cluster, name);
    return {
      cause: 'runtime-down',
      says: prose`${unready}: its container runtime does not answer the kubelet${saying(message)}`,
      advice: [
        prose`Check the container runtime of ${name}: systemctl status ${unit}, journalctl -u ${unit}`,
      ],
    };
  }
  if (/network|cni/i.test(message))
    return {
      cause: 'network-not-ready',
      says: prose`${unready}: it has no network for pods${saying(message)}`,
      advice: [
        prose`Check the pods of the network plugin on ${name}, and /etc/cni/net.d there: kubectl get pods -A --field-selector spec.nodeName=${name}`,
      ],
    };
  return {
    cause: 'not-ready',
    says: prose`${unready}${inBrackets(reason)}${saying(message)}`,
    advice: [prose`Read what the kubelet says: kubectl describe node ${name}, journalctl -u kubelet`],
  };
}

/** Of a node that calls itself Ready, or whose condition is not on record. */
export function readFailure(cluster: ClusterState, failure: SandboxFailure): NodeReading {
  return {
    cause: failure.error,
    says: prose`makes no sandboxes for pods: ${SANDBOX_WORDS[failure.error]}`,
    advice: sandboxAdvice(failure, cluster),
  };
}
