import type { Declined, DeclineCode } from './located.ts';

export function declined(code: DeclineCode, reason: string, candidates: readonly string[] = []): Declined {
  return { kind: 'declined', code, reason, candidates };
}
