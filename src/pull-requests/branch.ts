import type { Proposal } from '../model/proposal.ts';

/**
 * `faultline/<rule>/<workload>-<first digits of the proposal key>`: the same proposal has the same branch in every run.
 * Only lower-case letters, digits and dashes, so git takes it (`git help check-ref-format`).
 */
export function branchName({ incidents, key }: Pick<Proposal, 'incidents' | 'key'>): string {
  const { rule, object } = incidents[0]!.finding;
  return `faultline/${rule}/${slug(object.name)}-${key.slice(0, 8)}`;
}

function slug(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return plain === '' ? 'workload' : plain;
}
