/** Flux objects, which say with Ready whether they are applied: subjects of `gitops-stuck`. */
export const FLUX_KINDS = [
  'Kustomization',
  'HelmRelease',
  'GitRepository',
  'OCIRepository',
  'HelmRepository',
  'HelmChart',
  'Bucket',
] as const;

/** What writes a Secret: the subjects of `secret-not-synced`. */
export const SECRET_KINDS = ['ExternalSecret', 'SecretStore', 'ClusterSecretStore', 'SealedSecret'] as const;

/** What issues a certificate: the subjects of `certificate-not-issued`. */
export const CERTIFICATE_KINDS = [
  'Certificate',
  'CertificateRequest',
  'Order',
  'Challenge',
  'Issuer',
  'ClusterIssuer',
] as const;

/** What KEDA scales by: the subjects of `keda-not-scaling`. */
export const KEDA_KINDS = ['ScaledObject', 'ScaledJob'] as const;
