import type { Declined } from '../../model/declined.ts';
import type { Replacement } from '../replacements.ts';

export interface Found {
  readonly replacements: Replacement[];
  readonly refusals: Declined[];
}

export function take(found: Found, replacement: Replacement | Declined | null): void {
  if (replacement === null) return;
  if ('edits' in replacement) found.replacements.push(replacement);
  else found.refusals.push(replacement);
}

export function some(replacement: Replacement | Declined | null): readonly Replacement[] {
  return replacement && 'edits' in replacement ? [replacement] : [];
}
