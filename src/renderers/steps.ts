import type { Json } from '../kubernetes/objects.ts';

/** What is done with rendered objects before they are applied. */
export type Step = KustomizeStep | SubstituteStep | MetadataStep;

/** A kustomization around the objects: Argo CD's `source.kustomize`, a Flux Kustomization's own patches, a HelmRelease's post-renderer. */
export interface KustomizeStep {
  readonly kind: 'kustomize';
  /** As a kustomization.yaml writes them: `patches`, `images`, `namespace`, `namePrefix`, `commonAnnotations`, … */
  readonly fields: Readonly<Record<string, Json>>;
  /** Folders of components, relative to the repository. */
  readonly components: readonly string[];
}

/** Flux's `postBuild`: `${name}`, `${name:=default}` and their like in the text of the objects. */
export interface SubstituteStep {
  readonly kind: 'substitute';
  readonly variables: Readonly<Record<string, string>>;
  /** False where a source of variables could not be read: a name without a value is then left as it is written. */
  readonly complete: boolean;
  /** Also where there are no variables: for the sake of defaults. */
  readonly always?: boolean;
}

/** Flux's `commonMetadata`: on every object itself, not on the pods that it makes. */
export interface MetadataStep {
  readonly kind: 'metadata';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
