import { networkPluginIn, type SandboxError, type SandboxFailure } from '../../facts/sandboxes.ts';
import { runtimeOf } from '../../facts/node-platform.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';

/** What keeps the kubelet from making sandboxes, as the end of a sentence. */
export const SANDBOX_WORDS: Readonly<Record<SandboxError, Prose>> = {
  'runtime-down': prose`the container runtime of the node does not answer the kubelet`,
  'network-not-ready': prose`the network plugin of the node gives the pod no network`,
  'addresses-exhausted': prose`the network plugin has no address left for it`,
  'pause-image': prose`the container runtime cannot pull its pause image, which every pod needs`,
  'node-exhausted': prose`the node lacks what a sandbox takes: disk, memory, process ids or open files`,
  'attachment-missing': prose`it asks for a NetworkAttachmentDefinition that does not exist`,
  'sandbox-failed': prose`the container runtime does not make its sandbox`,
};

/** What to check on the node, with its names. */
export function sandboxAdvice(
  { node, error, event, pod }: Pick<SandboxFailure, 'node' | 'error' | 'event' | 'pod'>,
  cluster: ClusterState,
): readonly Prose[] {
  const unit = runtimeUnit(cluster, node);
  const plugin = networkPluginIn(event.message);
  switch (error) {
    case 'runtime-down':
      return [prose`Start the container runtime on ${node}: systemctl status ${unit}, journalctl -u ${unit}`];
    case 'network-not-ready':
      return [
        prose`Check the pods of ${plugin ?? 'the network plugin'} on ${node} and its files in /etc/cni/net.d and /opt/cni/bin: kubectl get pods -A --field-selector spec.nodeName=${node}`,
      ];
    case 'addresses-exhausted':
      return [
        prose`Free addresses or widen the range: the pod CIDR of ${node} or the subnet of its network interfaces is full. Fewer pods on the node help until then.`,
      ];
    case 'pause-image': {
      const [, image] = /(?:sandbox image|pull(?:ing)? image) "?([^" ]+)/.exec(event.message) ?? [];
      return [
        prose`Let ${node} reach the registry of ${image ?? 'the pause image'}, or set another one in the runtime's configuration (containerd: sandbox_image, CRI-O: pause_image): crictl pull ${image ?? '<image>'}`,
      ];
    }
    case 'node-exhausted':
      return [
        prose`Check disk, memory and processes on ${node}: df -h, free -m, and kubectl describe node ${node}`,
      ];
    case 'attachment-missing':
      return [
        prose`Create the NetworkAttachmentDefinition, or name one that exists in the annotation k8s.v1.cni.cncf.io/networks: kubectl get network-attachment-definitions -n ${pod.metadata.namespace ?? ''}`,
      ];
    case 'sandbox-failed':
      return [prose`Read what the runtime says on ${node}: journalctl -u ${unit}, crictl pods`];
  }
}

/** The systemd unit of the runtime that the node reports. */
export function runtimeUnit(cluster: ClusterState, node: string): string {
  const [, name = 'containerd'] = /^([\w-]+):\/\//.exec(runtimeOf(node, cluster) ?? '') ?? [];
  return name === 'cri-o' ? 'crio' : name;
}
