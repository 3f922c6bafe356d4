/**
 * What people and the cluster made of a proposal. `held`: merged, and the failure stayed away for its quiet time. `rejected`: a person
 * closed it unmerged. `reverted`: merged, then taken back. `failed`: merged, and the failure went on or something else failed.
 */
export type FixVerdict = 'held' | 'rejected' | 'reverted' | 'failed';
