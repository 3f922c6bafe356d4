/** Flux objects, which say with Ready whether they are applied: subjects of `gitops-stuck`. */
export const FLUX_KINDS = [
  'Kustomization',
  'HelmRelease',
  'GitRepository',
  'OCIRepository',
  'HelmRepository',
  'HelmChart',
] as const;

/** What provides a Secret or a certificate: the subjects of `secret-not-synced`. */
export const SECRET_KINDS = [
  'ExternalSecret',
  'SecretStore',
  'ClusterSecretStore',
  'Certificate',
  'Issuer',
  'ClusterIssuer',
  'SealedSecret',
] as const;
