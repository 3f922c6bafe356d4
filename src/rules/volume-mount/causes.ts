import type { Causes } from '../causes.ts';

const PLAIN = { fix: 'none', outcome: 'declined', verdict: 'decline' } as const;

export const MOUNT_CAUSES = {
  'multi-attach': {
    means: 'the volume is attached to another node, where a pod uses it: `Multi-Attach error`',
    ...PLAIN,
  },
  'volume-elsewhere': {
    means: 'the volume cannot be used on this node: `MountVolume.NodeAffinity check failed`, another zone',
    ...PLAIN,
  },
  'volume-missing': {
    means: 'the volume does not exist any more, at the storage or in the cluster',
    ...PLAIN,
  },
  'host-path-missing': {
    means: 'the path does not exist on the node, or is something else: `hostPath type check failed`',
    fix: 'draft',
    terms: { settable: { to: 'text' } },
    outcome: 'a draft with the path or type before, where the last commit changed it; else declined',
    verdict: 'decline',
  },
  'sub-path-failed': {
    means: 'a subPath cannot be prepared in its volume: `failed to prepare subPath`',
    fix: 'draft',
    terms: { settable: { to: 'text' } },
    outcome: 'a draft with the subPath before, where the last commit changed it; else declined',
    verdict: 'decline',
  },
  'driver-missing': { means: 'the node has no such CSI driver: `driver name … not found`', ...PLAIN },
  'provider-class-missing': {
    means: 'the SecretProviderClass that a CSI volume names does not exist',
    fix: 'propose',
    terms: { settable: { to: 'name' } },
    outcome: 'the name that one commit gave it; a draft with a near name; else declined',
    verdict: 'decline',
  },
  'credentials-missing': { means: 'the Secret that the driver needs is not found', ...PLAIN },
  'permission-denied': { means: 'the storage or the node denies the mount', ...PLAIN },
  'file-system-broken': { means: 'the file system cannot be mounted or checked', ...PLAIN },
  'volume-limit': { means: 'the node has as many volumes as it can attach', ...PLAIN },
  'storage-unreachable': { means: 'the storage does not answer', ...PLAIN },
  'resize-failed': { means: 'the volume cannot be enlarged', ...PLAIN },
  'timed-out': {
    means: 'attaching or mounting takes longer than two minutes, and no event says why',
    ...PLAIN,
  },
  'mount-failed': { means: 'any other error', ...PLAIN },
} as const satisfies Causes;

export type MountCause = keyof typeof MOUNT_CAUSES;
