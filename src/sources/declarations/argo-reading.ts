import type { BuildVariables } from './build-variables.ts';
import type { ConcretePath } from '../../kubernetes/field-path.ts';
import type { Obstacles } from './fields.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import type { Tree } from '../../tree/tree.ts';

/** What is known while one of its sources is read. */
export interface Reading extends Applying {
  readonly obstacles: Obstacles;
  readonly variables: BuildVariables;
}

/** One source of an Application, as Argo CD reads it: with what the repository's own override files say. */
export interface Source {
  readonly fields: Readonly<Record<string, unknown>>;
  /** Where the Application has it: ['spec', 'source'], or ['spec', 'sources', 1]. */
  readonly at: ConcretePath;
  /** `spec.source`, for people. */
  readonly name: string;
  /** What override files say of it. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

/** Where a field of the Application stands in the object that declares it; null where it does not stand there as it is. */
export type Written = (at: ConcretePath) => ConcretePath | null;

/** What is known of an Application. */
export interface Applying {
  readonly application: KubernetesObject;
  readonly sources: readonly Source[];
  readonly tree: Tree;
  /** The repository that the tree is from, where it is known. */
  readonly origin: string | null;
  readonly written: Written;
}
