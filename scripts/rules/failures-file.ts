import { mayEdit } from '../../src/rules/causes.ts';
import type { Rule } from '../../src/rules/define-rule.ts';

export const FAILURES = 'src/config/failures.ts';

/** `src/config/failures.ts`: what a policy can name, so that the configuration needs no rule. */
export function failuresFile(rules: readonly Rule[]): string {
  const rows = rules.map((rule) =>
    JSON.stringify({
      id: rule.id,
      title: rule.title,
      mayEdit: mayEdit(rule),
      ...(rule.foresees && { foresees: true }),
    }),
  );
  return `/** A failure class that a policy can name: the id and the title of a rule. */
export interface Failure {
  readonly id: string;
  readonly title: string;
  /** Some cause of the rule has a fix in git. */
  readonly mayEdit: boolean;
  /** Nothing fails yet. */
  readonly foresees?: true;
}

/** All of them, in the order of the rules. Written by \`npm run rules\`. */
export const failures: readonly Failure[] = [${rows.join(', ')}];
`;
}
