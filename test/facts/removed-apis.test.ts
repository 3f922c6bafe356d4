import { expect, test } from 'vitest';
import { removedApiIn } from '../../src/facts/removed-apis.ts';

test.each([
  [
    'no matches for kind "HorizontalPodAutoscaler" in version "autoscaling/v2beta2"',
    { removedIn: '1.26', instead: 'autoscaling/v2', differs: null },
  ],
  [
    'The Kubernetes API could not find version "v1beta1" of batch/CronJob for requested resource pier/tally. Version "v1" of batch/CronJob is installed',
    { removedIn: '1.25', instead: 'batch/v1', differs: null },
  ],
  [
    'no matches for kind "PodSecurityPolicy" in version "policy/v1beta1"',
    { removedIn: '1.25', instead: null },
  ],
])('%s', (message, api) => expect(removedApiIn(message)).toMatchObject(api));

test.each([
  'no matches for kind "Buoy" in version "harbour.example/v1beta1"',
  'no matches for kind "CronJob" in version "batch/v1"',
  'no matches for kind "Ingress" in version "policy/v1beta1"',
  'authentication required',
])('%s is about no removed version', (message) => expect(removedApiIn(message)).toBeNull());
