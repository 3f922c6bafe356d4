import type { GuardReport } from '../model/guard-report.ts';
import type { GuardForesaw } from '../store/entries.ts';

/** What the audit log says of a check that foresaw something; null where it foresaw nothing. */
export function foresawOf(
  repository: string,
  number: number,
  head: string,
  { findings }: Pick<GuardReport, 'findings'>,
): GuardForesaw | null {
  if (findings.length === 0) return null;
  return {
    repository,
    number,
    head,
    findings: findings.map(({ rule, cause, object, roots }) => ({
      rule,
      cause,
      // What concerns a root as a whole has no object.
      object: {
        kind: object?.kind ?? 'Root',
        namespace: object?.namespace ?? null,
        name: object?.name ?? roots[0] ?? '.',
      },
    })),
  };
}
