import { parseManifests } from '../../../src/renderers/manifests.ts';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import type { PlanContext } from '../../../src/sources/declarations/plan.ts';
import { treeOf } from '../../../src/tree/tree.ts';

/** What a Flux object can refer to: the objects written here, and nothing else. */
export function contextOf(objects: string, files: Readonly<Record<string, string>> = {}): PlanContext {
  const known = objectsIn(objects);
  return {
    tree: treeOf(files),
    lookUp: async (kind, namespace, name) =>
      known.find(
        (one) =>
          one.kind === kind &&
          one.metadata.name === name &&
          (namespace === null || one.metadata.namespace === namespace),
      ) ?? null,
  };
}

export function objectsIn(text: string): readonly KubernetesObject[] {
  return parseManifests('objects.yaml', Buffer.from(text)).objects.map(({ object }) => object);
}

/** A Flux Kustomization in flux-system, with what is written below its spec. */
export function kustomization(spec: string, name = 'shop'): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: ${name}, namespace: flux-system}
spec:
  interval: 10m
  prune: true
${spec.includes('sourceRef') ? '' : '  sourceRef: {kind: GitRepository, name: infra}\n'}${indented(spec)}`;
}

/** A HelmRelease in shop, with what is written below its spec. */
export function helmRelease(spec: string, name = 'cart'): string {
  return `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: ${name}, namespace: shop}
spec:
  interval: 10m
${indented(spec)}`;
}

export function gitRepository(spec = 'ref: {branch: main}', namespace = 'flux-system'): string {
  return `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: infra, namespace: ${namespace}}
spec:
  url: https://github.com/acme/infra
${indented(spec)}`;
}

export function configMap(name: string, namespace: string, data: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: ${namespace}}
data:
${indented(data)}`;
}

export function deployment(name: string, more = 'replicas: 3'): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
${indented(more)}  selector: {matchLabels: {app: "${name}"}}
  template:
    metadata: {labels: {app: "${name}"}}
    spec:
      containers:
        - name: ${name}
          image: registry.example/${name}:1.0.0
`;
}

function indented(text: string): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => (line === '' ? '\n' : `  ${line}\n`))
    .join('');
}
