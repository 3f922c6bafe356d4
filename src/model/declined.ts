/** Every reason for not editing; each has a paragraph in docs/declined.md. */
export type DeclineCode =
  | 'object-not-found'
  | 'several-sources'
  | 'field-not-found'
  | 'no-site'
  | 'several-sites'
  | 'shared-site'
  | 'not-exact'
  | 'already-so'
  | 'drift'
  | 'render-failed'
  | 'protected-file'
  | 'other-writer'
  | 'managed'
  | 'other-revision'
  | 'other-repository'
  | 'parsers-disagree'
  | 'unreadable-file'
  | 'unsupported-value';

export interface Declined {
  readonly kind: 'declined';
  readonly code: DeclineCode;
  readonly reason: string;
  /** `file:line` or root paths between which the evidence does not decide. */
  readonly candidates: readonly string[];
}

export function declined(code: DeclineCode, reason: string, candidates: readonly string[] = []): Declined {
  return { kind: 'declined', code, reason, candidates };
}
