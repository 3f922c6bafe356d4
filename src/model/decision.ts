import type { Prose } from '../untrusted/prose.ts';

export type Action = 'monitor' | 'propose' | 'auto-fix' | 'escalate' | 'decline';

/** What happens with a finding, and why. */
export interface Decision {
  readonly action: Action;
  readonly reason: Prose;
  /** True when an edit is shown, but as a draft that a person must think about. */
  readonly draft: boolean;
  /** Which line of the policy applied: `policy.rules[1] (mode: propose)`, `policy.default`, `built-in default`. */
  readonly policy: string;
}
