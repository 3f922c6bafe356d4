import { killOfNode, type KilledContainer } from '../facts/kills.ts';
import { describeTime } from '../kubernetes/durations.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { prose } from '../untrusted/prose.ts';
import type { Statement } from './statement.ts';

/** The node that ran out of memory at the time of at least half of the kills, by the kubelet's own event; null where none did. */
export function nodeOutOfMemory(
  killed: readonly KilledContainer[],
  cluster: ClusterState,
): (Statement & { readonly node: string }) | null {
  const found = killOfNode(killed, cluster);
  if (!found) return null;
  const { node, event, at } = found;
  return {
    node,
    says: prose`The kubelet of ${node} reported SystemOOM within two minutes of the kill at ${describeTime(at)}: the whole node was out of memory, and the kernel chose this container.`,
    evidence: [quoted('event', `Node ${node}`, event.lastSeen, `${event.reason}: ${event.message}`)],
    reason: prose`A higher limit would not help; the node needs memory, or its pods need honest requests.`,
    advice: [
      prose`Compare requests with use on node ${node}; raise the requests of what uses more than it asks for.`,
    ],
  };
}
