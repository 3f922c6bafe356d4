import { prose, type Prose } from '../../untrusted/prose.ts';

const PLAIN = { fix: 'none', outcome: 'declined' } as const;

export const MOUNT_CAUSES = {
  'multi-attach': { means: 'the volume is attached to another node: `Multi-Attach error`', ...PLAIN },
  'volume-missing': {
    means: 'the volume does not exist any more, at the storage or in the cluster',
    ...PLAIN,
  },
  'host-path-missing': {
    means: 'the path does not exist on the node: `hostPath type check failed`',
    ...PLAIN,
  },
  'driver-missing': { means: 'the node has no such CSI driver: `driver name … not found`', ...PLAIN },
  'permission-denied': { means: 'the storage or the node denies the mount', ...PLAIN },
  'file-system-broken': { means: 'the file system cannot be mounted or checked', ...PLAIN },
  'storage-unreachable': { means: 'the storage does not answer', ...PLAIN },
  'resize-failed': { means: 'the volume cannot be enlarged', ...PLAIN },
  'mount-failed': { means: 'any other error', ...PLAIN },
} as const;

type MountCause = keyof typeof MOUNT_CAUSES;

const WORDS: readonly (readonly [MountCause, RegExp, Prose])[] = [
  [
    'multi-attach',
    /Multi-Attach error|already exclusively attached|already used by pod/i,
    prose`Let the pod on the other node end first (strategy: Recreate), or use a volume that is ReadWriteMany. A node that is gone gives the volume back after six minutes.`,
  ],
  [
    'host-path-missing',
    /hostPath type check failed/,
    prose`Create the path on the node, or let its type be DirectoryOrCreate.`,
  ],
  [
    'driver-missing',
    /driver name \S+ not found in the list of registered CSI drivers|no volume plugin matched/i,
    prose`Install the CSI driver on the node: kubectl get csinodes, and its DaemonSet's pods.`,
  ],
  ['resize-failed', /resize|expand/i, prose`Act on what the storage says; a volume cannot be made smaller.`],
  [
    'file-system-broken',
    /wrong fs type|bad superblock|fsck|structure needs cleaning/i,
    prose`Check the file system of the volume on the node before anything writes to it.`,
  ],
  [
    'permission-denied',
    /access denied|permission denied|not authorized|UnauthorizedOperation|AuthorizationFailed/i,
    prose`Check what the storage permits the node: exports, roles, credentials of the driver.`,
  ],
  [
    'volume-missing',
    /InvalidVolume|VolumeNotFound|volume .{0,80}(?:not found|does not exist)|No such file or directory/i,
    prose`Find out who removed the volume, and restore it from a backup.`,
  ],
  [
    'storage-unreachable',
    /connection (?:refused|timed out)|i\/o timeout|no route to host|DeadlineExceeded|failed to dial/i,
    prose`Check that the storage is reachable from the node.`,
  ],
];

export function mountCause(message: string): { readonly cause: MountCause; readonly advice: Prose } {
  const found = WORDS.find(([, pattern]) => pattern.test(message));
  return found
    ? { cause: found[0], advice: found[2] }
    : {
        cause: 'mount-failed',
        advice: prose`Act on what the message says: kubectl describe pod shows it as long as it fails.`,
      };
}
