import { Budget } from './budget.ts';
import type { ClusterVersions } from '../kubernetes/cluster-versions.ts';
import { HelmRenderer } from './helm.ts';
import { KustomizationReader } from './kustomization.ts';
import { KustomizeRenderer } from './kustomize.ts';
import { ManifestReader } from './manifests.ts';

/** What renders roots, shared between revisions: readers keep each content once, the renderer keeps each build. */
export interface Renderers {
  readonly kustomize: KustomizeRenderer;
  readonly helm: HelmRenderer;
  readonly kustomizations: KustomizationReader;
  readonly manifests: ManifestReader;
  /** What all of it may cost; left out: the usual. */
  readonly budget?: Budget;
  /** The cluster that charts are rendered for; left out: none is known. */
  readonly cluster?: ClusterVersions;
}
