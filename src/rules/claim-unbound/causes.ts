import type { Causes } from '../causes.ts';

const PLAIN = { fix: 'none', outcome: 'declined, naming the field', verdict: 'decline' } as const;
const DRAFT = { fix: 'draft', verdict: 'decline', terms: { settable: { to: 'text' } } } as const;
const BY_HISTORY = 'a draft with the value before the last commit, where that fits; else declined';

/** Mismatches with a volume come first, then what would make one. */
export const CLAIM_CAUSES = {
  'claim-missing': {
    ...DRAFT,
    means: 'the claim does not exist',
    outcome:
      'a draft with the name of the claim that history shows, or the one claim with a similar name that nothing else uses; else declined',
    terms: { settable: { to: 'name' } },
    givesWayTo: ['create-failed'],
  },
  'claim-not-applied': {
    ...PLAIN,
    means: 'the claim does not exist, and the repository renders it',
    outcome: 'declined: it waits for a sync, or something refuses it',
    givesWayTo: ['create-failed'],
  },
  'claim-lost': { ...PLAIN, means: 'the volume that the claim was bound to is gone: phase `Lost`' },
  'claim-being-deleted': { ...PLAIN, means: 'the claim is being deleted, and no new pod may use it' },
  'volume-missing': { ...PLAIN, means: 'the claim names a volume (`volumeName`) that does not exist' },
  'volume-already-bound': { ...PLAIN, means: 'the one volume that fits is bound to another claim' },
  'storage-class-mismatch': {
    ...DRAFT,
    means: 'the one volume near it is of another class',
    outcome: 'a draft with the class of the volume',
  },
  'access-mode-mismatch': {
    ...DRAFT,
    means: 'the one volume near it does not have the access modes',
    outcome: BY_HISTORY,
  },
  'capacity-too-small': {
    ...DRAFT,
    means: 'the one volume near it is smaller than the claim asks for',
    outcome: BY_HISTORY,
  },
  'volume-mode-mismatch': {
    ...DRAFT,
    means: 'the one volume near it is a block device and the claim asks for a file system, or the reverse',
    outcome: BY_HISTORY,
  },
  'selector-mismatch': {
    ...DRAFT,
    means: 'the one volume near it does not have the labels of the selector',
    outcome: "a draft with the volume's value of that label, or as history has it; else declined",
  },
  'storage-class-missing': {
    ...DRAFT,
    means: 'the StorageClass of the claim does not exist',
    outcome:
      'a draft with the class that history, one near name, the claims beside it or the only class prove; else declined',
    terms: { settable: { to: 'name' } },
  },
  'no-default-class': {
    ...DRAFT,
    means: 'the claim names no class, and none is the default',
    outcome:
      'a draft with the class that history, the claims beside it or the only class prove; else declined',
    terms: { settable: { to: 'name' } },
  },
  'access-mode-unsupported': {
    ...DRAFT,
    means: 'the provisioner does not make volumes with the access mode',
    outcome: BY_HISTORY,
  },
  'provisioning-failed': { ...PLAIN, means: 'the provisioner cannot make a volume' },
  'no-volume-available': { ...PLAIN, means: 'no volume is near, and nothing makes one' },
  'not-provisioned': { ...PLAIN, means: 'it has been waiting for minutes, and nothing says why' },
} as const satisfies Causes;

export type ClaimCause = keyof typeof CLAIM_CAUSES;
