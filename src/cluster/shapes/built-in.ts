import { conditions, labelSelector, metadata, quotas, scaleTarget } from './metadata.ts';
import { podSpec, podStatus, podTemplate } from './pods.ts';
import {
  bool,
  count,
  int32,
  int64,
  list,
  map,
  mapOfNullable,
  numberOrText,
  quantity,
  record,
  type Shape,
  text,
  time,
} from './shape.ts';

const workloadStatus = record({
  replicas: count,
  readyReplicas: count,
  availableReplicas: count,
  unavailableReplicas: count,
  updatedReplicas: count,
  currentReplicas: count,
  observedGeneration: int64,
  currentRevision: text,
  updateRevision: text,
  currentNumberScheduled: count,
  desiredNumberScheduled: count,
  numberReady: count,
  conditions,
});

const claimSpec = record({
  accessModes: list(text),
  storageClassName: text,
  volumeName: text,
  volumeMode: text,
  resources: record({ requests: map(quantity), limits: map(quantity) }),
  selector: labelSelector,
});

const strategy = record({
  type: text,
  rollingUpdate: record({ maxSurge: numberOrText, maxUnavailable: numberOrText, partition: int32 }),
});

const workloadSpec = record({
  replicas: count,
  selector: labelSelector,
  template: podTemplate,
  paused: bool,
  serviceName: text,
  minReadySeconds: int32,
  progressDeadlineSeconds: int32,
  revisionHistoryLimit: int32,
  strategy,
  updateStrategy: strategy,
  volumeClaimTemplates: list(record({ metadata, spec: claimSpec })),
});

const workload = record({ spec: workloadSpec, status: workloadStatus });

const jobSpec = record({
  parallelism: count,
  completions: count,
  backoffLimit: int32,
  activeDeadlineSeconds: int64,
  suspend: bool,
  selector: labelSelector,
  template: podTemplate,
});

/** Of the target in `autoscaling/v2`, and of the status beside it; the older versions have it all in one. */
const amounts = record({ type: text, averageUtilization: int32, averageValue: quantity, value: quantity });

const metricSource = record({
  name: text,
  container: text,
  metric: record({ name: text, selector: labelSelector }),
  describedObject: scaleTarget,
  target: amounts,
  current: amounts,
});

const metrics = list(
  record({
    type: text,
    resource: metricSource,
    containerResource: metricSource,
    pods: metricSource,
    object: metricSource,
    external: metricSource,
  }),
);

const named = record({
  apiVersion: text,
  kind: text,
  namespace: text,
  name: text,
  uid: text,
  fieldPath: text,
});

const reporter = record({ component: text, host: text });

const event = record({
  involvedObject: named,
  regarding: named,
  reason: text,
  message: text,
  note: text,
  type: text,
  count,
  deprecatedCount: count,
  firstTimestamp: time,
  lastTimestamp: time,
  deprecatedFirstTimestamp: time,
  deprecatedLastTimestamp: time,
  eventTime: time,
  series: record({ count, lastObservedTime: time }),
  source: reporter,
  deprecatedSource: reporter,
  reportingComponent: text,
  reportingController: text,
});

/**
 * Kubernetes' own kinds, which follow https://kubernetes.io/docs/reference/kubernetes-api/; the API server stores nothing else
 * of them.
 */
export const BUILT_IN: Readonly<Record<string, Shape>> = {
  Pod: record({ spec: podSpec, status: podStatus }),
  Deployment: workload,
  ReplicaSet: workload,
  StatefulSet: workload,
  DaemonSet: workload,
  ReplicationController: record({
    spec: record({ replicas: count, selector: map(text), template: podTemplate }),
    status: workloadStatus,
  }),
  Job: record({
    spec: jobSpec,
    status: record({
      active: count,
      succeeded: count,
      failed: count,
      startTime: time,
      completionTime: time,
      conditions,
    }),
  }),
  CronJob: record({
    spec: record({
      schedule: text,
      timeZone: text,
      suspend: bool,
      concurrencyPolicy: text,
      jobTemplate: record({ metadata, spec: jobSpec }),
    }),
    status: record({ lastScheduleTime: time, lastSuccessfulTime: time }),
  }),
  ControllerRevision: record({
    revision: int64,
    data: record({ spec: record({ template: podTemplate }) }),
  }),
  HorizontalPodAutoscaler: record({
    spec: record({
      scaleTargetRef: scaleTarget,
      minReplicas: count,
      maxReplicas: count,
      targetCPUUtilizationPercentage: int32,
      metrics,
    }),
    status: record({
      currentReplicas: count,
      desiredReplicas: count,
      observedGeneration: int64,
      lastScaleTime: time,
      currentCPUUtilizationPercentage: int32,
      currentMetrics: metrics,
      conditions,
    }),
  }),
  Event: event,
  ConfigMap: record({
    data: mapOfNullable(text),
    binaryData: mapOfNullable(text),
    immutable: bool,
  }),
  Secret: record({ data: mapOfNullable(text), stringData: mapOfNullable(text), type: text, immutable: bool }),
  Service: record({
    spec: record({
      type: text,
      selector: map(text),
      externalName: text,
      ports: list(
        record({
          name: text,
          protocol: text,
          port: int32,
          targetPort: numberOrText,
          nodePort: int32,
          appProtocol: text,
        }),
      ),
    }),
  }),
  ServiceAccount: record({
    secrets: list(record({ name: text })),
    imagePullSecrets: list(record({ name: text })),
  }),
  Namespace: record({ status: record({ phase: text, conditions }) }),
  Node: record({
    spec: record({
      unschedulable: bool,
      taints: list(record({ key: text, value: text, effect: text, timeAdded: time })),
    }),
    status: record({
      allocatable: quotas,
      capacity: quotas,
      conditions,
      nodeInfo: record({
        architecture: text,
        operatingSystem: text,
        kubeletVersion: text,
        containerRuntimeVersion: text,
      }),
    }),
  }),
  ResourceQuota: record({
    spec: record({ hard: quotas, scopes: list(text), scopeSelector: record({}) }),
    status: record({ hard: quotas, used: quotas }),
  }),
  LimitRange: record({
    spec: record({
      limits: list(
        record({
          type: text,
          max: quotas,
          min: quotas,
          default: quotas,
          defaultRequest: quotas,
          maxLimitRequestRatio: quotas,
        }),
      ),
    }),
  }),
  PersistentVolumeClaim: record({
    spec: claimSpec,
    status: record({ phase: text, capacity: quotas, conditions }),
  }),
  PersistentVolume: record({
    spec: record({ capacity: quotas, claimRef: named, storageClassName: text, accessModes: list(text) }),
    status: record({ phase: text, reason: text, message: text }),
  }),
  StorageClass: record({
    provisioner: text,
    volumeBindingMode: text,
    reclaimPolicy: text,
    parameters: map(text),
    allowVolumeExpansion: bool,
  }),
  Ingress: record({ spec: record({ ingressClassName: text, rules: list(record({ host: text })) }) }),
  EndpointSlice: record({ endpoints: list(record({ conditions: record({ ready: bool }) })) }),
  PodDisruptionBudget: record({
    spec: record({ minAvailable: numberOrText, maxUnavailable: numberOrText, selector: labelSelector }),
    status: record({ conditions, disruptionsAllowed: count }),
  }),
};
