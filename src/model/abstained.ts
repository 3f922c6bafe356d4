import type { IncidentResult } from './report.ts';

/** Why a decision opens no pull request, as a word of a closed set: a code of a declined place, or one of four. Null where it opens one. */
export function abstained({ incident, decision, located, pullRequest }: IncidentResult): string | null {
  if (pullRequest !== null) return null;
  if (located?.kind === 'declined') return located.code;
  if (incident.finding.verdict === 'decline') return 'not-fixable-in-git';
  if (incident.finding.verdict === 'monitor') return 'too-early';
  return decision.action === 'escalate' ? 'needs-a-person' : 'policy';
}
