import type { Foresight } from '../model/foresight.ts';
import { rules } from '../rules/index.ts';
import { checks } from './checks/index.ts';

export interface NamedForesight {
  /** The id of the rule or the check. */
  readonly id: string;
  readonly foresight: Foresight;
}

/** All that can be foreseen: by the rules that know their failure from both sides, and by checks of what the API server refuses. */
export const foresights: readonly NamedForesight[] = [
  ...rules.flatMap(({ id, foresight }) => (foresight ? [{ id, foresight }] : [])),
  ...Object.entries(checks).map(([id, foresight]) => ({ id, foresight })),
];
