import type {
  CommandRecord,
  IncidentRecord,
  ProposalRecord,
  Scan,
  SeenIncident,
  VerificationRecord,
} from '../../src/store/records.ts';

export const REPOSITORY = 'acme/infra';
export const CART = 'a1b2c3d4e5f60718';
export const OTHER = 'ffffffffffffffff';

const cart = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'cart' };

export function seen(change: Partial<SeenIncident> = {}): SeenIncident {
  return {
    fingerprint: CART,
    object: cart,
    uid: null,
    container: 'server',
    rule: 'image-pull',
    cause: 'tag-not-found',
    summary: 'Container server of Deployment shop/cart cannot pull its image.',
    firstSeen: 1_000,
    lastSeen: 2_000,
    occurrences: 3,
    evidenceKinds: ['tag-not-found:event'],
    decision: { action: 'propose', reason: 'a person merges', draft: false, policy: 'policy.default' },
    ...change,
  };
}

export function scan(at: number, incidents: readonly SeenIncident[], change: Partial<Scan> = {}): Scan {
  return { cluster: 'prod-eu', at, incidents, endingOf: () => 'recovered', ...change };
}

export function incident(change: Partial<IncidentRecord> = {}): IncidentRecord {
  return {
    ...seen(),
    cluster: 'prod-eu',
    notSeenSince: null,
    ending: null,
    returned: 0,
    returnedAt: null,
    goneToldAt: null,
    ...change,
  };
}

export function proposal(change: Partial<ProposalRecord> = {}): ProposalRecord {
  return {
    repository: REPOSITORY,
    branch: 'faultline/image-pull/cart-00112233',
    key: '0011223344556677',
    base: 'main',
    pullRequest: 12,
    head: 'c'.repeat(40),
    state: 'open',
    waitingFor: null,
    title: 'Restore the image of cart',
    action: 'propose',
    draft: false,
    fingerprints: [CART],
    provenCommit: 'b'.repeat(40),
    statusComment: 9_001,
    evidenceKinds: ['tag-not-found:event'],
    changes: [
      {
        object: cart,
        field: 'spec.template.spec.containers[name=server].image',
        before: 'shop/cart:2',
        after: 'shop/cart:1',
      },
    ],
    approved: null,
    createdAt: 3_000,
    updatedAt: 3_500,
    endedAt: null,
    ...change,
  };
}

export function verification(change: Partial<VerificationRecord> = {}): VerificationRecord {
  return {
    repository: REPOSITORY,
    pullRequest: 12,
    key: '0011223344556677',
    cluster: 'prod-eu',
    fingerprints: [CART],
    mergedAt: 4_000,
    mergeCommit: 'd'.repeat(40),
    appliedAt: 5_000,
    quietUntil: 6_000,
    baseline: [cart],
    outcome: 'pending',
    decidedAt: null,
    revertPullRequest: null,
    times: { detect: 100, propose: 2_000, merge: 1_000, recover: null },
    ...change,
  };
}

export function command(id: string, writtenAt: number, change: Partial<CommandRecord> = {}): CommandRecord {
  return {
    repository: REPOSITORY,
    thread: 12,
    id,
    writtenAt,
    by: 'ana',
    kind: 'set',
    fingerprints: [CART],
    field: 'spec.maxReplicas',
    value: '16',
    replaced: [],
    isTakenBack: false,
    ...change,
  };
}
