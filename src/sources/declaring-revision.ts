import type { Gathered } from '../renderers/gathering/gathered.ts';
import { type Manifests } from '../renderers/manifests.ts';
import type { Rendering } from '../renderers/rendering.ts';
import { type Tree } from '../tree/tree.ts';
import { Roots } from './scanned-roots.ts';
import type { HelmRoot, Root } from './roots.ts';

/** What finding out who declares what needs of a revision. */
export interface DeclaringRevision {
  readonly tree: Tree;
  /** `acme/infra`: the repository that the tree is from; null where that is not known. */
  readonly origin: string | null;
  readonly roots: Roots;
  manifests(file: string): Manifests;
  gathered(root: Root): Promise<Gathered | null>;
  render(root: Root): Promise<Rendering>;
  mappedReleases(): readonly HelmRoot[];
  here(root: Root): Promise<Root | null>;
}
