import { describe, expect, test } from 'vitest';
import { parted } from '../../src/proof/consequences.ts';
import { type Change, changeOf } from '../../src/model/change.ts';
import type { Json } from '../../src/kubernetes/objects.ts';

const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: null, name: 'cart' };
const change = (field: string, before: string, after: string): Change<Json> =>
  changeOf<Json>(object, field, before, after);
const image = change(
  'spec.template.spec.containers[name=cart].image',
  'shop/cart:2.14.0',
  'shop/cart:2.15.0',
);

/** What a change beside a new image follows as; null where it is a change. */
function follows(field: string, before: string, after: string, beside: readonly Change<Json>[] = [image]) {
  const { derived } = parted([...beside, change(field, before, after)], new Map());
  return derived.at(-1)?.because ?? null;
}

const [SUM, OTHER] = ['9f86d081884c7d659a2feaa0c55ad015', 'b2f5ff47436671b6e533d8dc3614845d'];

describe('labels and annotations that follow a tag', () => {
  test.each([
    ['metadata.labels["app.kubernetes.io/version"]', '2.14.0', '2.15.0', 'version label'],
    ['spec.template.metadata.labels["app.kubernetes.io/version"]', '2.14.0', '2.15.0', 'version label'],
    ['metadata.labels["helm.sh/chart"]', 'cart-2.14.0', 'cart-2.15.0', 'version label'],
    ['spec.template.metadata.labels.version', 'v2.14.0', 'v2.15.0', 'version label'],
    ['metadata.labels.release', 'cart-2.14.0', 'cart-2.15.0', 'version label'],
    ['metadata.annotations["example.com/version"]', '2.14.0', '2.15.0', 'version annotation'],
    ['spec.jobTemplate.spec.template.metadata.labels.version', '2.14.0', '2.15.0', 'version label'],
  ])('%s: %s', (field, before, after, because) => {
    expect(follows(field, before, after)).toBe(because);
  });

  test('as a label writes a tag that it cannot hold', () => {
    const tagged = change('spec.containers[name=a].image', 'a:1.0_b', 'a:1.1_b');
    expect(follows('metadata.labels.version', '1.0_b', '1.1_b', [tagged])).toBe('version label');
  });
});

describe('labels and annotations that do not', () => {
  test.each([
    ['in a selector', 'spec.selector.matchLabels["app.kubernetes.io/version"]', '2.14.0', '2.15.0'],
    ['in the selector of a Service', 'spec.selector.version', '2.14.0', '2.15.0'],
    ['with another version', 'metadata.labels.version', '2.14.0', '2.16.0'],
    ['with the tag inside', 'metadata.labels.note', 'is-2.14.0-here', 'is-2.15.0-here'],
    ['as a variable', 'spec.template.spec.containers[name=cart].env[name=VERSION].value', '2.14.0', '2.15.0'],
  ])('%s', (_, field, before, after) => {
    expect(follows(field, before, after)).toBeNull();
  });

  test('where no image changes', () => {
    expect(follows('metadata.labels["app.kubernetes.io/version"]', '2.14.0', '2.15.0', [])).toBeNull();
  });
});

describe('checksums of content', () => {
  test.each([
    ['spec.template.metadata.annotations["checksum/config"]', 'checksum annotation'],
    ['spec.template.metadata.annotations.checksum-config', 'checksum annotation'],
    ['spec.template.metadata.annotations["example.com/config-hash"]', 'checksum annotation'],
    ['spec.template.metadata.annotations["config.sha256"]', 'checksum annotation'],
    ['spec.template.metadata.labels.config-hash', 'checksum label'],
  ])('%s', (field, because) => {
    expect(follows(field, SUM, OTHER, [])).toBe(because);
  });

  test.each([
    ['a key that speaks of none', 'metadata.annotations["example.com/config"]', SUM, OTHER],
    ['a key with such letters in a word', 'metadata.annotations["example.com/hashicorp"]', SUM, OTHER],
    ['a text that is none', 'metadata.annotations.password-hash', 'bcrypt', 'argon2'],
    ['a selector', 'spec.selector.matchLabels.config-hash', SUM, OTHER],
    ['a variable', 'spec.containers[name=a].env[name=CONFIG_HASH].value', SUM, OTHER],
  ])('%s is no checksum', (_, field, before, after) => {
    expect(follows(field, before, after, [])).toBeNull();
  });
});
