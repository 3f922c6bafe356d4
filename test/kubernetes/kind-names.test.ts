import { expect, test } from 'vitest';
import { kindNamed } from '../../src/kubernetes/kind-names.ts';

test.each([
  ['deploy', 'Deployment'],
  ['deployments', 'Deployment'],
  ['deployment', 'Deployment'],
  ['Deployment', 'Deployment'],
  ['ingresses', 'Ingress'],
  ['networkpolicies', 'NetworkPolicy'],
  ['sts', 'StatefulSet'],
  ['cm', 'ConfigMap'],
  ['Prometheus', 'Prometheus'],
])('%s is %s', (text, kind) => {
  expect(kindNamed(text)).toBe(kind);
});
