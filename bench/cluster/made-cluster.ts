import { createHash } from 'node:crypto';

/*
 * A cluster with 10,000 pods and 50 incidents, as data. 50 namespaces with 40 Deployments of 5 pods; the first Deployment of
 * each namespace has one of four failures, in turn. Everything follows from numbers: two runs make the same bytes.
 */

export const NAMESPACES = 50;
export const DEPLOYMENTS = 40;
export const PODS = 5;

/** The time of the recording. */
export const NOW = Date.parse('2026-03-11T09:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const FAILURES = ['image', 'memory', 'config', 'autoscaler'] as const;
export type Failure = (typeof FAILURES)[number];

export interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly failure: Failure | null;
  /** What git and the Deployment say now. */
  readonly image: string;
  /** What pods that run have. */
  readonly lastImage: string;
  readonly configMap: string;
}

export function services(): readonly Service[] {
  return Array.from({ length: NAMESPACES * DEPLOYMENTS }, (_, index): Service => {
    const team = Math.floor(index / DEPLOYMENTS);
    const namespace = `team-${String(team).padStart(2, '0')}`;
    const name = `service-${String(index % DEPLOYMENTS).padStart(2, '0')}`;
    const failure = index % DEPLOYMENTS === 0 ? FAILURES[team % FAILURES.length]! : null;
    const image = `registry.example/${namespace}/${name}`;
    return {
      namespace,
      name,
      failure,
      image: `${image}:${failure === 'image' ? '1.5.0' : '1.4.2'}`,
      lastImage: `${image}:1.4.2`,
      configMap: `${name}-settings`,
    };
  });
}

type Thing = Readonly<Record<string, unknown>>;

/** All objects of the cluster, by the name of the file that `kubectl get <kind> -A -o yaml` would be kept in. */
export function* clusterFiles(): Iterable<readonly [file: string, items: readonly Thing[]]> {
  const all = services();
  yield ['namespaces', [...new Set(all.map(({ namespace }) => namespace))].map(namespaceObject)];
  yield ['nodes', Array.from({ length: 250 }, (_, index) => node(index))];
  yield ['deployments', all.map(deployment)];
  yield ['replicasets', all.flatMap(replicaSets)];
  yield ['configmaps', all.map(configMap)];
  yield ['services', all.map(service)];
  yield ['horizontalpodautoscalers', all.filter((_, index) => index % 10 === 0).map(autoscaler)];
  const pods = all.flatMap(podsOf);
  yield ['pods', pods.map(({ object }) => object)];
  yield ['events', pods.flatMap(eventsOf)];
}

function id(...parts: readonly (string | number)[]): string {
  return createHash('sha1').update(parts.join('/')).digest('hex');
}

function uid(...parts: readonly (string | number)[]): string {
  return id(...parts).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

/** Letters and digits as Kubernetes makes names of. */
function letters(length: number, ...parts: readonly (string | number)[]): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return [...Buffer.from(id(...parts), 'hex')]
    .slice(0, length)
    .map((byte) => alphabet[byte % alphabet.length])
    .join('');
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}

const RELEASED = NOW - 30 * DAY;
/** When what fails was rolled out. */
const BROKEN = NOW - 3 * 60 * MINUTE;

function namespaceObject(name: string): Thing {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      creationTimestamp: time(RELEASED - DAY),
      labels: { 'kubernetes.io/metadata.name': name },
      name,
      uid: uid(name),
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

function node(index: number): Thing {
  const name = `node-${String(index).padStart(3, '0')}`;
  const size = { cpu: '64', 'ephemeral-storage': '102624184Ki', memory: '263799640Ki', pods: '110' };
  const condition = (type: string, status: string): Thing => ({
    lastHeartbeatTime: time(NOW - MINUTE),
    lastTransitionTime: time(RELEASED - DAY),
    message: `kubelet: ${type}`,
    reason: `Kubelet${type}`,
    status,
    type,
  });
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      creationTimestamp: time(RELEASED - DAY),
      labels: { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
      name,
      uid: uid(name),
    },
    spec: { podCIDR: `10.${index}.0.0/24` },
    status: {
      addresses: [{ address: `10.200.0.${index}`, type: 'InternalIP' }],
      allocatable: size,
      capacity: size,
      conditions: [
        ...['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => condition(type, 'False')),
        condition('Ready', 'True'),
      ],
    },
  };
}

function podSpec({ name, configMap }: Service, image: string): Record<string, unknown> {
  const probe = {
    failureThreshold: 3,
    httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' },
    periodSeconds: 10,
    successThreshold: 1,
    timeoutSeconds: 1,
  };
  return {
    containers: [
      {
        env: [
          { name: 'LOG_LEVEL', value: 'info' },
          { name: 'SERVICE', value: name },
          { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
        ],
        envFrom: [{ configMapRef: { name: configMap } }],
        image,
        imagePullPolicy: 'IfNotPresent',
        livenessProbe: probe,
        name: 'server',
        ports: [{ containerPort: 8080, name: 'http', protocol: 'TCP' }],
        readinessProbe: probe,
        resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ],
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  };
}

/** New pods of a release that fails never become ready, and the old ones stay. */
function isRollout({ failure }: Service): boolean {
  return failure === 'image' || failure === 'config';
}

function deployment(service: Service): Thing {
  const { namespace, name } = service;
  const ready = isRollout(service) ? PODS - 1 : PODS;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      annotations: { 'deployment.kubernetes.io/revision': '2' },
      creationTimestamp: time(RELEASED),
      generation: 2,
      labels: { app: name },
      name,
      namespace,
      uid: uid(namespace, name),
    },
    spec: {
      progressDeadlineSeconds: 600,
      replicas: PODS,
      revisionHistoryLimit: 2,
      selector: { matchLabels: { app: name } },
      strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' }, type: 'RollingUpdate' },
      template: { metadata: { labels: { app: name } }, spec: podSpec(service, service.image) },
    },
    status: {
      availableReplicas: ready,
      conditions: [
        {
          lastTransitionTime: time(RELEASED),
          lastUpdateTime: time(RELEASED),
          message: 'Deployment has minimum availability.',
          reason: 'MinimumReplicasAvailable',
          status: 'True',
          type: 'Available',
        },
      ],
      observedGeneration: 2,
      readyReplicas: ready,
      replicas: PODS,
      updatedReplicas: isRollout(service) ? 1 : PODS,
    },
  };
}

function hashOf({ namespace, name }: Service, which: 'old' | 'new'): string {
  return letters(9, namespace, name, which);
}

function replicaSets(service: Service): readonly Thing[] {
  return (['old', 'new'] as const).map((which) => {
    const { namespace, name } = service;
    const hash = hashOf(service, which);
    const count = isRollout(service) ? (which === 'old' ? PODS - 1 : 1) : which === 'old' ? 0 : PODS;
    const ready = isRollout(service) && which === 'new' ? 0 : count;
    const labels = { app: name, 'pod-template-hash': hash };
    const image = which === 'old' ? service.lastImage : service.image;
    const template = podSpec(service, image);
    return {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        annotations: {
          'deployment.kubernetes.io/desired-replicas': String(PODS),
          'deployment.kubernetes.io/revision': which === 'old' ? '1' : '2',
        },
        creationTimestamp: time(which === 'old' ? RELEASED : BROKEN),
        labels,
        name: `${name}-${hash}`,
        namespace,
        ownerReferences: [owner('Deployment', name, uid(namespace, name))],
        uid: uid(namespace, name, which),
      },
      spec: {
        replicas: count,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: which === 'old' && service.failure === 'config' ? withoutConfig(template) : template,
        },
      },
      status: {
        availableReplicas: ready,
        fullyLabeledReplicas: count,
        observedGeneration: 1,
        readyReplicas: ready,
        replicas: count,
      },
    };
  });
}

function withoutConfig(spec: Record<string, unknown>): Record<string, unknown> {
  const [container] = spec['containers'] as Record<string, unknown>[];
  return { ...spec, containers: [{ ...container, envFrom: [] }] };
}

function owner(kind: string, name: string, id: string): Thing {
  return { apiVersion: 'apps/v1', blockOwnerDeletion: true, controller: true, kind, name, uid: id };
}

function configMap({ namespace, name, configMap, failure }: Service): Thing {
  return {
    apiVersion: 'v1',
    data: { GREETING: 'hello', REGION: 'north' },
    kind: 'ConfigMap',
    metadata: {
      creationTimestamp: time(RELEASED),
      // It was renamed in git; the Deployment still asks for the old name.
      name: failure === 'config' ? `${name}-options` : configMap,
      namespace,
      uid: uid(namespace, name, 'settings'),
    },
  };
}

function service({ namespace, name }: Service): Thing {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { creationTimestamp: time(RELEASED), name, namespace, uid: uid(namespace, name, 'service') },
    spec: {
      ports: [{ port: 80, protocol: 'TCP', targetPort: 'http' }],
      selector: { app: name },
      type: 'ClusterIP',
    },
  };
}

export const MAXIMUM = 5;
const TARGET = 70;

function autoscaler({ namespace, name, failure }: Service): Thing {
  const isFull = failure === 'autoscaler';
  const condition = (type: string, reason: string, message: string, status = 'True'): Thing => ({
    lastTransitionTime: time(BROKEN - 5 * 60 * MINUTE),
    message,
    reason,
    status,
    type,
  });
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { creationTimestamp: time(RELEASED), name, namespace, uid: uid(namespace, name, 'autoscaler') },
    spec: {
      maxReplicas: isFull ? MAXIMUM : 20,
      metrics: [
        {
          resource: { name: 'cpu', target: { averageUtilization: TARGET, type: 'Utilization' } },
          type: 'Resource',
        },
      ],
      minReplicas: 2,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    },
    status: {
      conditions: [
        condition('AbleToScale', 'ReadyForNewScale', 'recommended size matches current size'),
        condition(
          'ScalingActive',
          'ValidMetricFound',
          'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
        ),
        isFull
          ? condition(
              'ScalingLimited',
              'TooManyReplicas',
              'the desired replica count is more than the maximum replica count',
            )
          : condition(
              'ScalingLimited',
              'DesiredWithinRange',
              'the desired count is within the acceptable range',
              'False',
            ),
      ],
      currentMetrics: [
        {
          resource: { current: { averageUtilization: isFull ? 92 : 40, averageValue: '92m' }, name: 'cpu' },
          type: 'Resource',
        },
      ],
      currentReplicas: PODS,
      desiredReplicas: PODS,
    },
  };
}

interface Pod {
  readonly object: Thing;
  readonly service: Service;
  readonly name: string;
  readonly fails: boolean;
  readonly node: string;
}

function podsOf(service: Service, serviceIndex: number): readonly Pod[] {
  return Array.from({ length: PODS }, (_, index) => {
    const { namespace, name, failure } = service;
    const fails = index === 0 && failure !== null && failure !== 'autoscaler';
    const which = isRollout(service) && !fails ? 'old' : 'new';
    const hash = hashOf(service, which);
    const podName = `${name}-${hash}-${letters(5, namespace, name, index)}`;
    const node = `node-${String((serviceIndex * PODS + index) % 250).padStart(3, '0')}`;
    const started = which === 'old' ? RELEASED : BROKEN;
    const image = which === 'old' ? service.lastImage : service.image;
    const base = podSpec(service, image);
    const spec = which === 'old' && failure === 'config' ? withoutConfig(base) : base;
    const token = `kube-api-access-${letters(5, podName)}`;
    const ready = !fails || failure === 'memory';
    const waiting = waitingOf(service);
    const status =
      fails && waiting !== null
        ? {
            image,
            imageID: '',
            lastState: {},
            name: 'server',
            ready: false,
            restartCount: 0,
            started: false,
            state: { waiting },
          }
        : {
            containerID: `containerd://${id(podName)}${id(podName).slice(0, 24)}`,
            image,
            imageID: `${image.split(':')[0]}@sha256:${id(image)}${id(image).slice(0, 24)}`,
            lastState: fails
              ? {
                  terminated: {
                    containerID: `containerd://${id(podName, 1)}`,
                    exitCode: 137,
                    finishedAt: time(NOW - 6 * MINUTE),
                    reason: 'OOMKilled',
                    startedAt: time(NOW - 40 * MINUTE),
                  },
                }
              : {},
            name: 'server',
            ready: true,
            restartCount: fails ? 5 : 0,
            started: true,
            state: { running: { startedAt: time(fails ? NOW - 5 * MINUTE : started + MINUTE) } },
          };
    const condition = (type: string, isTrue = true): Thing => ({
      lastProbeTime: null,
      lastTransitionTime: time(started),
      status: isTrue ? 'True' : 'False',
      type,
    });
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        creationTimestamp: time(started),
        generateName: `${name}-${hash}-`,
        labels: { app: name, 'pod-template-hash': hash },
        name: podName,
        namespace,
        ownerReferences: [owner('ReplicaSet', `${name}-${hash}`, uid(namespace, name, which))],
        resourceVersion: String(1_000_000 + serviceIndex * PODS + index),
        uid: uid(namespace, podName),
      },
      spec: {
        ...spec,
        containers: (spec['containers'] as Thing[]).map((container) => ({
          ...container,
          volumeMounts: [
            { mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', name: token, readOnly: true },
          ],
        })),
        enableServiceLinks: true,
        nodeName: node,
        preemptionPolicy: 'PreemptLowerPriority',
        priority: 0,
        serviceAccount: 'default',
        serviceAccountName: 'default',
        tolerations: ['not-ready', 'unreachable'].map((key) => ({
          effect: 'NoExecute',
          key: `node.kubernetes.io/${key}`,
          operator: 'Exists',
          tolerationSeconds: 300,
        })),
        volumes: [
          {
            name: token,
            projected: {
              defaultMode: 420,
              sources: [
                { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
                { configMap: { items: [{ key: 'ca.crt', path: 'ca.crt' }], name: 'kube-root-ca.crt' } },
                {
                  downwardAPI: {
                    items: [
                      { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' }, path: 'namespace' },
                    ],
                  },
                },
              ],
            },
          },
        ],
      },
      status: {
        conditions: [
          condition('PodReadyToStartContainers'),
          condition('Initialized'),
          condition('Ready', ready),
          condition('ContainersReady', ready),
          condition('PodScheduled'),
        ],
        containerStatuses: [status],
        hostIP: '10.200.0.1',
        phase: ready ? 'Running' : 'Pending',
        podIP: `10.${serviceIndex % 250}.0.${index + 10}`,
        qosClass: 'Burstable',
        startTime: time(started),
      },
    };
    return { object, service, name: podName, fails, node };
  });
}

function waitingOf({ failure, image, configMap }: Service): { message: string; reason: string } | null {
  if (failure === 'image')
    return {
      message: `Back-off pulling image "${image}": ErrImagePull: ${notFound(image)}`,
      reason: 'ImagePullBackOff',
    };
  if (failure === 'config')
    return { message: `configmap "${configMap}" not found`, reason: 'CreateContainerConfigError' };
  return null;
}

function notFound(image: string): string {
  return `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
}

/** Three for each pod, as the kubelet writes them. */
function eventsOf({ service, name, fails, node }: Pod): readonly Thing[] {
  const { namespace, image, failure, configMap } = service;
  const event = (reason: string, message: string, type: string, count: number): Thing => ({
    apiVersion: 'v1',
    count,
    eventTime: null,
    firstTimestamp: time(BROKEN),
    involvedObject: {
      apiVersion: 'v1',
      fieldPath: 'spec.containers{server}',
      kind: 'Pod',
      name,
      namespace,
      resourceVersion: '1000',
      uid: uid(namespace, name),
    },
    kind: 'Event',
    lastTimestamp: time(count > 1 ? NOW - 2 * MINUTE : BROKEN),
    message,
    metadata: {
      creationTimestamp: time(BROKEN),
      name: `${name}.${id(name, reason).slice(0, 16)}`,
      namespace,
      uid: uid(name, reason),
    },
    reason,
    reportingComponent: 'kubelet',
    reportingInstance: node,
    source: { component: 'kubelet', host: node },
    type,
  });
  const scheduled = event('Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`, 'Normal', 1);
  if (fails && failure === 'image')
    return [
      scheduled,
      event('Failed', `Failed to pull image "${image}": ${notFound(image)}`, 'Warning', 37),
      event('BackOff', `Back-off pulling image "${image}"`, 'Normal', 411),
    ];
  if (fails && failure === 'config')
    return [
      scheduled,
      event('Failed', `Error: configmap "${configMap}" not found`, 'Warning', 800),
      event('Pulled', `Container image "${image}" already present on machine`, 'Normal', 799),
    ];
  return [
    scheduled,
    event('Pulled', `Container image "${image}" already present on machine`, 'Normal', 1),
    event('Started', 'Started container server', 'Normal', 1),
  ];
}

/** Range-query answers, by the file they are kept in. */
export function metricFiles(): readonly (readonly [file: string, answer: unknown])[] {
  const full = services().filter(({ failure }) => failure === 'autoscaler');
  const series = (
    metric: string,
    value: (at: number) => number,
    labels: Thing,
  ): readonly (readonly [string, unknown])[] => [
    [
      metric,
      {
        status: 'success',
        data: {
          resultType: 'matrix',
          result: full.map(({ namespace, name }, which) => ({
            metric: { __name__: metric, namespace, horizontalpodautoscaler: name, ...labels },
            values: Array.from({ length: 145 }, (_, step) => {
              const at = NOW / 1000 - (144 - step) * 600;
              return [at, String(value(step) + (which % 2))];
            }),
          })),
        },
      },
    ],
  ];
  const cpu = { metric_name: 'cpu', metric_target_type: 'utilization' };
  return [
    ...series(
      'kube_horizontalpodautoscaler_status_current_replicas',
      (step) => (step < 100 ? 3 : MAXIMUM),
      {},
    ).map(([file, answer]) => [file, withoutNoise(answer)] as const),
    ...series('kube_horizontalpodautoscaler_status_target_metric', (step) => (step < 100 ? 66 : 91), cpu),
  ];
}

/** Replicas are whole and the same everywhere. */
function withoutNoise(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (_key, value: unknown) =>
    value === '6' ? '5' : value === '4' ? '3' : value,
  ) as unknown;
}
