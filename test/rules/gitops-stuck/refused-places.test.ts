import { describe, expect, test } from 'vitest';
import { fieldMeant, placesRefused } from '../../../src/rules/gitops-stuck/refused-places.ts';

const lamp = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'lamp', namespace: 'pier', labels: { harbour: 'north', deck: 'one' } },
  spec: {
    template: {
      metadata: { labels: { app: 'lamp' } },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'registry.pier.example/ferry/web:1.0.0',
            env: [{ name: 'LAMPS', value: 4 }],
            resource: { limits: { memory: '256Mi' } },
            resources: { limits: { memory: '256mb' } },
          },
        ],
      },
    },
  },
};

const CONTAINER = 'spec.template.spec.containers[name=web]';

describe('the places of a refusal', () => {
  test.each([
    [
      'the value below a field that no container has',
      ['spec.template.spec.containers[0].resource'],
      'unknown field',
      [`spec.template.spec.containers[0].resource.limits.memory`],
    ],
    [
      'the number where a text belongs',
      [],
      'json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string',
      [`${CONTAINER}.env[name=LAMPS].value`],
    ],
    [
      'the label that the message quotes',
      ['metadata.labels'],
      'metadata.labels: Invalid value: "north": must be no more than 3 bytes',
      ['metadata.labels.harbour'],
    ],
    [
      'a value that a webhook quotes',
      [],
      'admission webhook "x" denied the request: image "registry.pier.example/ferry/web:1.0.0" is not signed',
      [`${CONTAINER}.image`],
    ],
    ['nothing where the message quotes no value of it', [], 'admission webhook "x" denied the request', []],
    ['nothing in an annotation that a controller writes', ['metadata.annotations'], 'Too long', []],
    [
      'the field as it is named where git does not have it',
      ['spec.selector'],
      'Required value',
      ['spec.selector'],
    ],
  ])('are %s', (_what, fields, message, places) => {
    expect(placesRefused(lamp, fields, message)).toEqual(places);
  });

  test('are the fields of the message where the object is not rendered', () => {
    expect(placesRefused(null, ['spec.selector'], 'Required value')).toEqual(['spec.selector']);
  });
});

describe('the field that was meant', () => {
  test('is the one that is spelt nearly so', () => {
    expect(fieldMeant(lamp, 'spec.template.spec.containers[0].resource')).toBe('resources');
  });

  test('is the one that is written in other letters', () => {
    expect(fieldMeant(lamp, 'spec.template.spec.nodeselector')).toBe('nodeSelector');
  });

  test('is not known where no field is near', () => {
    expect(fieldMeant(lamp, 'spec.template.spec.lantern')).toBeNull();
  });
});
