import { expect, test } from 'vitest';
import { refusedObject } from '../../src/facts/refused-object.ts';

test.each([
  [
    'kustomize-controller',
    'Deployment/pier/lamp dry-run failed (Invalid): Deployment.apps "lamp" is invalid: spec.selector: Invalid value: v1.LabelSelector{}: field is immutable',
    { kind: 'Deployment', namespace: 'pier', name: 'lamp', fields: ['spec.selector'] },
  ],
  [
    'the API server, several fields',
    'StatefulSet.apps "berths" is invalid: [spec.serviceName: Required value, spec.template.spec.containers[0].image: Required value]',
    {
      kind: 'StatefulSet',
      namespace: 'quay',
      name: 'berths',
      fields: ['spec.serviceName', 'spec.template.spec.containers[0].image'],
    },
  ],
  [
    'Helm, of another release',
    'Service "gangway" in namespace "pier" exists and cannot be imported into the current release',
    { kind: 'Service', namespace: 'pier', name: 'gangway', fields: [] },
  ],
  [
    'Helm, of a patch',
    'cannot patch "gangway" with kind Deployment: denied',
    { kind: 'Deployment', namespace: 'quay', name: 'gangway', fields: [] },
  ],
  [
    'Helm, of a kind that is not served',
    'resource mapping not found for name: "buoys" namespace: "" from "": no matches for kind "PodDisruptionBudget" in version "policy/v1beta1"',
    { kind: 'PodDisruptionBudget', namespace: 'quay', name: 'buoys', fields: [] },
  ],
  [
    'Argo CD before the words of a webhook',
    'Ingress gangway: admission webhook "validate.pier.example" denied the request: the host is taken',
    { kind: 'Ingress', namespace: 'quay', name: 'gangway', fields: [] },
  ],
  [
    'an API server that decodes strictly',
    'Deployment lamp: Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.template.spec.containers[0].resource"',
    {
      kind: 'Deployment',
      namespace: 'quay',
      name: 'lamp',
      fields: ['spec.template.spec.containers[0].resource'],
    },
  ],
  [
    'server-side apply',
    'failed to create typed patch object (pier/lamp; apps/v1, Kind=Deployment): .spec.template.spec.containers[name="web"].env[name="LAMPS"].value: expected string, got &value.valueUnstructured{Value:4}',
    {
      kind: 'Deployment',
      namespace: 'pier',
      name: 'lamp',
      fields: ['spec.template.spec.containers[name=web].env[name=LAMPS].value'],
    },
  ],
])('the object in the words of %s', (_who, message, object) => {
  expect(refusedObject(message, 'quay')).toEqual(object);
});

test('a message that names no object', () => {
  expect(refusedObject('authentication required', 'quay')).toBeNull();
});
