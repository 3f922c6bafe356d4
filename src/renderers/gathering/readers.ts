import { KustomizationReader } from '../kustomization.ts';
import { ManifestReader } from '../manifests.ts';

export interface GatheringReaders {
  readonly kustomizations: KustomizationReader;
  readonly manifests: ManifestReader;
}
