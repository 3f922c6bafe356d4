import { expect, test } from 'vitest';
import { apiKind, bareKind, resourceOf } from '../../src/kubernetes/api-kinds.ts';

test.each([
  ['Pod', { group: '', kind: 'Pod', version: 'v1' }, 'pods'],
  ['Event', { group: '', kind: 'Event', version: 'v1' }, 'events'],
  ['Ingress', { group: 'networking.k8s.io', kind: 'Ingress', version: 'v1' }, 'ingresses'],
  ['NetworkPolicy', { group: 'networking.k8s.io', kind: 'NetworkPolicy', version: 'v1' }, 'networkpolicies'],
  [
    'HorizontalPodAutoscaler',
    { group: 'autoscaling', kind: 'HorizontalPodAutoscaler', version: 'v2' },
    'horizontalpodautoscalers',
  ],
  [
    'ScaledObject.v1alpha1.keda.sh',
    { group: 'keda.sh', kind: 'ScaledObject', version: 'v1alpha1' },
    'scaledobjects',
  ],
  ['Policy.kyverno.io', { group: 'kyverno.io', kind: 'Policy' }, 'policies'],
  [
    'K8sContainerLimits.constraints.gatekeeper.sh',
    { group: 'constraints.gatekeeper.sh', kind: 'K8sContainerLimits' },
    'k8scontainerlimits',
  ],
])('%s', (name, kind, resource) => {
  expect(apiKind(name)).toEqual(kind);
  expect(resourceOf(kind)).toBe(resource);
  expect(bareKind(name)).toBe(kind.kind);
});

test.each(['Till', 'Po d', '', 'Pod.v1.'])('%j is none', (name) => {
  expect(() => apiKind(name)).toThrow('write');
});
