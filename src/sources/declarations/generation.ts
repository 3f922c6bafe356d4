import type { Fill, Parameters } from './template-parameters.ts';
import type { Obstacles } from './fields.ts';
import type { Tree } from '../../tree/tree.ts';

/** What is known while the Applications of a set are worked out. */
export interface Generation {
  readonly tree: Tree;
  readonly obstacles: Obstacles;
  /** `goTemplate: true` */
  readonly isGo: boolean;
  /** `applyNestedSelectors: true` */
  readonly selectsNested: boolean;
  readonly fill: Fill;
  /** Whether an address is that of the repository whose files these are. */
  readonly isHere: (repository: string) => boolean;
  /** Sets of parameters that may still be made: those that a selector leaves out count, too. */
  readonly budget: { left: number };
  /** What is taken for the clusters that Argo CD knows; left out where nothing is known of them. */
  readonly clusters?: readonly Parameters[];
}

export type Generator = Readonly<Record<string, unknown>>;
