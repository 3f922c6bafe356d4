import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Scalar } from '../../src/kubernetes/objects.ts';
import { pullRequestTitle } from '../../src/pull-requests/title.ts';
import type { Finding } from '../../src/model/finding.ts';
import { hostileText } from '../untrusted/hostile.ts';
import { changeOf, deployment, imageProposal, imageProposalWith, memoryProposal } from './proposals.ts';

const POD = 'spec.template.spec';
const SERVER = `${POD}.containers[name=server]`;

function titleOf(
  finding: Partial<Finding>,
  field: string,
  before: Scalar,
  after: Scalar,
  name = 'cart',
): string {
  const object = deployment(name);
  const cause = {
    rule: 'config-reference',
    cause: 'object-misnamed',
    terms: {},
    object,
    ...finding,
  } as const;
  return pullRequestTitle(imageProposalWith(cause, { changes: [changeOf(object, field, before, after)] }));
}

describe('pullRequestTitle', () => {
  test('names the tag that is restored and the one that does not exist', () => {
    expect(pullRequestTitle(imageProposal())).toBe(
      'fix(cart): restore image tag 2.14.3 (2.15.1 does not exist)',
    );
  });

  test('speaks of the limit where its request changes too', () => {
    expect(pullRequestTitle(memoryProposal())).toBe('fix(pricing): raise memory limit to 768Mi');
  });

  test('speaks of the request where the limit is lowered with it', () => {
    const object = deployment('cart');
    const changes = ['requests', 'limits'].map((of) =>
      changeOf(object, `${SERVER}.resources.${of}.cpu`, '100', '100m'),
    );
    const finding = { rule: 'unschedulable', cause: 'insufficient-cpu', terms: {}, object };
    expect(pullRequestTitle(imageProposalWith(finding, { changes }))).toBe(
      'fix(cart): lower CPU request to 100m',
    );
  });

  const image: Partial<Finding> = {
    rule: 'image-pull',
    cause: 'tag-not-found',
    terms: { wrongElsewhere: 'image' },
  };
  const renamed: Partial<Finding> = { cause: 'object-renamed' };
  const keyRenamed: Partial<Finding> = { cause: 'key-renamed' };
  const hpa: Partial<Finding> = { rule: 'hpa-at-maximum', cause: 'ceiling' };
  const digest = (letter: string): string => `x/cart@sha256:${letter.repeat(64)}`;

  const cases: readonly (readonly [Partial<Finding>, string, Scalar, Scalar, string])[] = [
    [
      image,
      `${SERVER}.image`,
      'x/cart:2.14.3',
      'x/cart:v2.14.3',
      'fix(cart): use image tag v2.14.3 (2.14.3 does not exist)',
    ],
    [
      image,
      `${SERVER}.image`,
      'x/cart:1',
      'y/cart:1',
      'fix(cart): restore image y/cart:1 (x/cart:1 does not exist)',
    ],
    [
      { rule: 'image-pull', cause: 'digest-not-found' },
      `${SERVER}.image`,
      `x/cart:2@sha256:${'a'.repeat(64)}`,
      `x/cart:1@sha256:${'b'.repeat(64)}`,
      'fix(cart): restore image tag 1 (the digest does not exist)',
    ],
    [
      renamed,
      `${POD}.volumes[name=t].configMap.name`,
      'templates',
      'message-templates',
      'fix(cart): mount ConfigMap message-templates (renamed)',
    ],
    [renamed, `${POD}.volumes[name=t].secret.secretName`, 'a', 'b', 'fix(cart): mount Secret b (renamed)'],
    [
      {},
      `${POD}.volumes[name=t].projected.sources[0].configMap.name`,
      'a',
      'b',
      'fix(cart): mount ConfigMap b (was a)',
    ],
    [renamed, `${SERVER}.envFrom[0].configMapRef.name`, 'a', 'b', 'fix(cart): use ConfigMap b (renamed)'],
    [
      keyRenamed,
      `${SERVER}.env[name=URL].valueFrom.secretKeyRef.key`,
      'url',
      'uri',
      'fix(cart): use Secret key uri (renamed)',
    ],
    [hpa, 'spec.maxReplicas', 8, 14, 'fix(cart): raise maxReplicas to 14'],
    [hpa, 'spec.replicas', 8, 3, 'fix(cart): lower replicas to 3'],
    [{}, `${SERVER}.resources.requests.cpu`, '100m', '0.2', 'fix(cart): raise CPU request to 0.2'],
    [{}, `${SERVER}.env[name=URL].value`, null, 'http://x', 'fix(cart): restore variable URL'],
    [{}, 'data["app.properties"]', null, 'a=b', 'fix(cart): restore key app.properties'],
    [{}, 'spec.strategy.type', 'Recreate', 'RollingUpdate', 'fix(cart): set strategy type to RollingUpdate'],
    [
      {},
      'spec.secretStoreRef.name',
      'prod-vault',
      'lab-vault',
      'fix(cart): use secret store lab-vault (was prod-vault)',
    ],
    [{}, 'spec.storageClassName', 'fast', 'standard', 'fix(cart): use storage class standard (was fast)'],
    [{}, `${POD}.serviceAccountName`, 'a', 'b', 'fix(cart): use service account b (was a)'],
    [{}, `${SERVER}.args[1]`, '--token=s3cr3t', null, 'fix(cart): remove argument --token (was --token=***)'],
    [{}, `${SERVER}.args[1]`, 'serve', null, 'fix(cart): remove argument (was serve)'],
  ];
  test.each(cases)('%j %s', (finding, field, before, after, expected) => {
    expect(titleOf(finding, field, before, after)).toBe(expected);
  });

  test('is not misled by a container with a telling name', () => {
    const field = `${POD}.containers[name=secret-sync].resources.limits.memory`;
    expect(titleOf({}, field, '64Mi', '256Mi')).toBe('fix(cart): raise memory limit to 256Mi');
  });

  test('loses the remark before anything else when it is too long', () => {
    const name = 'a-deployment-with-a-name-of-40-letters-xy';
    expect(titleOf(image, `${SERVER}.image`, 'x/cart:2.15.1', 'x/cart:2.14.3', name)).toBe(
      `fix(${name}): restore image tag 2.14.3`,
    );
  });

  test('shortens a digest', () => {
    const title = titleOf(
      { rule: 'image-pull', cause: 'digest-not-found' },
      `${SERVER}.image`,
      digest('a'),
      digest('b'),
    );
    expect(title).toBe('fix(cart): restore image digest sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…');
  });

  test('never passes 72 characters and never breaks a line, whatever the names are', () => {
    fc.assert(
      fc.property(hostileText, hostileText, hostileText, (name, before, after) => {
        const title = titleOf(image, `${SERVER}.image`, before, after, name);
        expect(title).toMatch(/^fix\([^\n]*\): [^\n]+$/);
        expect(title.length).toBeLessThanOrEqual(72);
      }),
    );
  });
});
