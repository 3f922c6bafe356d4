/** `gh-readonly-queue/main/pr-12-<commit that it is put on>`: what a merge queue is about to merge. */
export const QUEUED = /^gh-readonly-queue\/(.+)\/pr-(\d{1,9})-([0-9a-f]{40})$/;

export function isMergeGroup(branch: string): boolean {
  return QUEUED.test(branch);
}
