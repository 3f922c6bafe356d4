import { createHash } from 'node:crypto';
import yaml from 'js-yaml';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { ClusterServer } from './cluster-server.ts';

/** What the kubelet says of a container with an image. */
export interface Pulled {
  /** Waiting reason; null: it runs. */
  readonly reason: string | null;
  /** Message of the state, and of the event beside it. */
  readonly message: string;
}

export const RUNS: Pulled = { reason: null, message: '' };

export function notFound(image: string): Pulled {
  const message = `Failed to pull image "${image}": rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
  return { reason: 'ErrImagePull', message };
}

export function registryDown(image: string): Pulled {
  const host = image.split('/')[0];
  const message = `Failed to pull image "${image}": rpc error: code = Unavailable desc = failed to resolve reference "${image}": failed to do request: Head "https://${host}/v2/": dial tcp 192.0.2.7:443: connect: connection refused`;
  return { reason: 'ErrImagePull', message };
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
}

/**
 * Stands in for what runs beside an API server: a GitOps controller that applies Deployments, the controller that makes their ReplicaSets
 * and pods, and the kubelets that report of these.
 */
export class MadeControllers {
  readonly #cluster: ClusterServer;
  readonly #kubelet: (image: string) => Pulled;
  /** Owner uids by path. */
  readonly #made = new Map<string, { readonly hash: string; readonly uid: string }>();

  constructor(cluster: ClusterServer, kubelet: (image: string) => Pulled) {
    this.#cluster = cluster;
    this.#kubelet = kubelet;
  }

  /** Applies a Deployment as it is written, and brings about what follows from it. */
  async apply(manifest: string): Promise<void> {
    const deployment = yaml.load(manifest) as KubernetesObject & {
      readonly spec: { readonly replicas?: number; readonly template: Template };
    };
    const { name, namespace } = deployment.metadata;
    const { template, replicas = 1 } = deployment.spec;
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const { uid } = (await this.#put(path, deployment)).metadata;
    const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 9);
    const before = this.#made.get(`${namespace}/${name}`);
    if (before?.hash === hash) return;
    const labels = { ...template.metadata.labels, 'pod-template-hash': hash };
    const labelled = { ...template, metadata: { labels } };
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true };
    const sets = `/apis/apps/v1/namespaces/${namespace}/replicasets`;
    const set = await this.#put(sets, {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        namespace: namespace!,
        labels,
        annotations: { 'deployment.kubernetes.io/revision': String(this.#made.size + 1) },
        ownerReferences: [owner as never],
      },
      spec: { replicas, selector: { matchLabels: labels }, template: labelled },
    });
    const runs = template.spec.containers.every(({ image }) => this.#kubelet(image).reason === null);
    for (let index = 0; index < replicas; index += 1) await this.#startPod(set, labelled, index);
    // As with maxUnavailable: 0, the old pods stay until the new ones are ready.
    if (before !== undefined && runs) await this.#endPods(namespace!, name, before.hash, replicas);
    await this.#status(`${path}/${name}`, {
      observedGeneration: (await this.#get(`${path}/${name}`)).metadata['generation'],
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
    });
    this.#made.set(`${namespace}/${name}`, { hash, uid: uid! });
  }

  async #startPod(set: KubernetesObject, template: Template, index: number): Promise<void> {
    const { name: owner, namespace, uid } = set.metadata;
    const name = `${owner}-${index}`;
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    const pod = await this.#put(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: namespace!,
        labels: template.metadata.labels,
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid, controller: true } as never,
        ],
      },
      spec: { ...template.spec, nodeName: 'node-a' },
    });
    await this.report(pod);
  }

  /** The kubelet reports of a pod: its state, and an event where an image cannot be pulled. */
  async report(pod: KubernetesObject): Promise<void> {
    const { name, namespace, uid } = pod.metadata;
    const { containers } = pod['spec'] as Template['spec'];
    const at = new Date().toISOString().replace(/\.\d+/, '');
    const all = containers.map(({ name: container, image }) => ({
      container,
      image,
      ...this.#kubelet(image),
    }));
    const isReady = all.every(({ reason }) => reason === null);
    await this.#status(`/api/v1/namespaces/${namespace}/pods/${name}`, {
      phase: isReady ? 'Running' : 'Pending',
      startTime: at,
      conditions: ['Ready', 'ContainersReady', 'PodScheduled', 'Initialized'].map((type) => ({
        type,
        status: isReady || type === 'PodScheduled' || type === 'Initialized' ? 'True' : 'False',
        lastTransitionTime: at,
      })),
      containerStatuses: all.map(({ container, image, reason, message }) => ({
        name: container,
        image,
        imageID: '',
        ready: reason === null,
        restartCount: 0,
        started: reason === null,
        state: reason === null ? { running: { startedAt: at } } : { waiting: { reason, message } },
      })),
    });
    for (const { container, reason, message } of all) {
      if (reason === null) continue;
      const events = `/api/v1/namespaces/${namespace}/events`;
      const event = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${name}.${container}`, namespace: namespace! },
        involvedObject: {
          apiVersion: 'v1',
          kind: 'Pod',
          name,
          namespace,
          uid,
          fieldPath: `spec.containers{${container}}`,
        },
        reason: 'Failed',
        type: 'Warning',
        message,
        source: { component: 'kubelet', host: 'node-a' },
        firstTimestamp: at,
      };
      // It tries twice.
      for (const count of [1, 2]) await this.#put(events, { ...event, lastTimestamp: at, count });
    }
  }

  async #endPods(namespace: string, name: string, hash: string, replicas: number): Promise<void> {
    const set = `/apis/apps/v1/namespaces/${namespace}/replicasets/${name}-${hash}`;
    const { spec, ...rest } = await this.#get(set);
    await this.#send('PUT', set, { ...rest, spec: { ...(spec as object), replicas: 0 } });
    for (let index = 0; index < replicas; index += 1)
      await this.#send(
        'DELETE',
        `/api/v1/namespaces/${namespace}/pods/${name}-${hash}-${index}?gracePeriodSeconds=0`,
      );
  }

  /** Creates it, or replaces what there is. */
  async #put(path: string, object: KubernetesObject): Promise<KubernetesObject> {
    const created = await this.#cluster.send('POST', path, object);
    if (created.status === 201) return created.body as KubernetesObject;
    const known = await this.#get(`${path}/${object.metadata.name}`);
    const { resourceVersion } = known.metadata;
    return this.#send('PUT', `${path}/${object.metadata.name}`, {
      ...object,
      metadata: { ...object.metadata, resourceVersion },
    });
  }

  async #status(path: string, status: object): Promise<void> {
    await this.#send('PUT', `${path}/status`, { ...(await this.#get(path)), status });
  }

  #get(path: string): Promise<KubernetesObject> {
    return this.#send('GET', path);
  }

  async #send(method: string, path: string, body?: unknown): Promise<KubernetesObject> {
    const answer = await this.#cluster.send(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as KubernetesObject;
  }
}
