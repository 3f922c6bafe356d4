import type { Causes } from '../causes.ts';

export const CAUSES = {
  'tag-not-found': {
    means: '`…: not found`, `manifest unknown`, an expired tag',
    fix: 'propose',
    outcome: '[restored](#a-tag-or-digest-that-does-not-exist), or a reason why not',
  },
  'digest-not-found': {
    means: 'the same for a reference with a digest',
    fix: 'propose',
    outcome: 'the same',
  },
  'repository-not-found': {
    means: '`name unknown`, `repository … does not exist`, `project … not found`',
    fix: 'none',
    outcome: 'declined',
  },
  'content-missing': {
    means: 'the tag is there, a layer or manifest of it is not',
    fix: 'none',
    outcome: 'declined',
  },
  'platform-mismatch': {
    means: '`no match for platform in manifest: not found` and its relatives',
    fix: 'none',
    outcome: "declined, naming the node's architecture",
  },
  unauthorized: {
    means: '401, 403, `denied`, `no basic auth credentials`, `insufficient_scope`',
    fix: 'none',
    outcome: "declined, naming the registry and the pod's pull secrets",
  },
  'rate-limited': { means: '429, `toomanyrequests`, `pull QPS exceeded`', fix: 'none', outcome: 'declined' },
  dns: {
    means: '`no such host`, `server misbehaving`, a lookup that timed out',
    fix: 'none',
    outcome: 'declined',
  },
  tls: {
    means: '`x509: …`, `http: server gave HTTP response to HTTPS client`',
    fix: 'none',
    outcome: 'declined',
  },
  timeout: {
    means: '`i/o timeout`, `context deadline exceeded`, `TLS handshake timeout`',
    fix: 'none',
    outcome: 'declined',
  },
  'registry-unavailable': { means: 'connection refused or reset, 5xx', fix: 'none', outcome: 'declined' },
  'invalid-name': {
    means: '`InvalidImageName`, `invalid reference format`',
    fix: 'none',
    outcome: 'declined',
  },
  'short-name': { means: 'CRI-O: `short name mode is enforcing`', fix: 'none', outcome: 'declined' },
  'never-pull': { means: '`ErrImageNeverPull`', fix: 'none', outcome: 'declined' },
  'signature-rejected': {
    means: '`SignatureValidationFailed`, `Source image rejected`',
    fix: 'none',
    outcome: 'declined',
  },
  'node-storage': {
    means: '`no space left on device`, a layer that cannot be unpacked',
    fix: 'none',
    outcome: 'declined',
  },
  unknown: {
    means: 'only back-off is left, or words that are not understood',
    fix: 'none',
    outcome: 'declined',
  },
} as const satisfies Causes;

export type Cause = keyof typeof CAUSES;
