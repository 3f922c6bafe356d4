import { conditions, labelSelector, metadata, quotas, scaleTarget } from './metadata.ts';
import { podTemplate } from './pods.ts';
import { count, list, numberOrText, record, type Shape, text } from './shape.ts';

const sourceRef = record({ kind: text, name: text });

const vaultSecret = record({
  spec: record({ destination: record({ name: text }) }),
  status: record({ conditions }),
});

/**
 * Custom resources by the group that defines them. Declarations of Argo CD and Flux are read field by field, and each field
 * that is wrong there is a reason to decline, which is worth more than an object that is set aside.
 */
export const CUSTOM: Readonly<Record<string, Shape>> = {
  'argoproj.io/Rollout': record({
    spec: record({
      replicas: count,
      selector: labelSelector,
      template: podTemplate,
      workloadRef: scaleTarget,
    }),
    status: record({
      currentPodHash: text,
      // Text in Argo Rollouts.
      observedGeneration: numberOrText,
      workloadObservedGeneration: numberOrText,
      conditions,
    }),
  }),
  'argoproj.io/Application': record({
    spec: record({}),
    status: record({ conditions }),
  }),
  'autoscaling.k8s.io/VerticalPodAutoscaler': record({
    spec: record({
      targetRef: scaleTarget,
      updatePolicy: record({ updateMode: text }),
      resourcePolicy: record({
        containerPolicies: list(record({ containerName: text, mode: text, controlledResources: list(text) })),
      }),
    }),
    status: record({
      conditions,
      recommendation: record({
        containerRecommendations: list(record({ containerName: text, target: quotas })),
      }),
    }),
  }),
  'keda.sh/ScaledObject': record({
    spec: record({
      scaleTargetRef: scaleTarget,
      minReplicaCount: count,
      maxReplicaCount: count,
      advanced: record({}),
    }),
    status: record({ conditions }),
  }),
  'kyverno.io/ClusterPolicy': record({ spec: record({ rules: list(record({ name: text })) }) }),
  'kyverno.io/Policy': record({ spec: record({ rules: list(record({ name: text })) }) }),
  'external-secrets.io/ExternalSecret': record({
    spec: record({ target: record({ name: text }), secretStoreRef: sourceRef }),
    status: record({ conditions }),
  }),
  'external-secrets.io/SecretStore': record({ status: record({ conditions }) }),
  'external-secrets.io/ClusterSecretStore': record({ status: record({ conditions }) }),
  'bitnami.com/SealedSecret': record({
    spec: record({ template: record({ metadata }) }),
    status: record({ conditions }),
  }),
  'cert-manager.io/Certificate': record({
    spec: record({ secretName: text, issuerRef: sourceRef }),
    status: record({ conditions, notAfter: text, renewalTime: text }),
  }),
  'cert-manager.io/Issuer': record({ status: record({ conditions }) }),
  'cert-manager.io/ClusterIssuer': record({ status: record({ conditions }) }),
  'trust.cert-manager.io/Bundle': record({ status: record({ conditions }) }),
  'secrets.hashicorp.com/VaultStaticSecret': vaultSecret,
  'secrets.hashicorp.com/VaultDynamicSecret': vaultSecret,
  'secrets.hashicorp.com/VaultPKISecret': vaultSecret,
  'onepassword.com/OnePasswordItem': record({ status: record({ conditions }) }),
  'isindir.github.com/SopsSecret': record({ status: record({ conditions }) }),
};
