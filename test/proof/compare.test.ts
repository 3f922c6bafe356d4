import yaml from 'js-yaml';
import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { compareRenders } from '../../src/proof/compare.ts';
import { withoutHash } from '../../src/kubernetes/generated-name.ts';
import type { RenderedObject } from '../../src/renderers/rendering.ts';

/** Documents as a renderer gives them. */
function rendered(...texts: readonly string[]): readonly RenderedObject[] {
  return texts.map((text) => ({ text, origin: null, object: yaml.load(text) as KubernetesObject }));
}

const map = (name: string, data: string): string =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}, data: ${data}}`;
const pod = (spec: string): string => `{apiVersion: v1, kind: Pod, metadata: {name: cart}, spec: ${spec}}`;

/** `field: before -> after` of every change. */
function changes(before: readonly RenderedObject[], after: readonly RenderedObject[]): readonly string[] {
  return compareRenders(before, after).changes.map(
    (change) => `${change.field.text}: ${JSON.stringify(change.before)} -> ${JSON.stringify(change.after)}`,
  );
}

describe('comparing two renders', () => {
  test('identical texts are not even parsed', () => {
    const [one] = rendered(map('a', '{x: "1"}'));
    const unparsable = { text: one!.text, origin: null } as unknown as RenderedObject;
    expect(compareRenders([unparsable], [unparsable])).toEqual({ changes: [], derived: [], documents: [] });
  });

  test('texts that differ and mean the same are no change', () => {
    expect(changes(rendered(map('a', '{x: "1"}')), rendered(map('a', "{x: '1'}")))).toEqual([]);
  });

  test('the order of objects is no change', () => {
    const [a, b] = [map('a', '{x: "1"}'), map('b', '{x: "2"}')];
    expect(changes(rendered(a, b), rendered(b, a))).toEqual([]);
  });

  test('a string is not the number that looks like it', () => {
    expect(changes(rendered(pod('{priority: 1}')), rendered(pod('{priority: "1"}')))).toEqual([
      'spec.priority: 1 -> "1"',
    ]);
  });

  test('list items are compared by their index: moving one changes both places', () => {
    const list = (...names: readonly string[]): string =>
      pod(`{containers: [${names.map((name) => `{name: ${name}}`).join(', ')}]}`);
    expect(changes(rendered(list('a', 'b')), rendered(list('b', 'a')))).toEqual([
      'spec.containers[name=a].name: "a" -> "b"',
      'spec.containers[name=b].name: "b" -> "a"',
    ]);
  });

  test('an item put in front changes every place behind it', () => {
    expect(changes(rendered(pod('{args: [a, b]}')), rendered(pod('{args: [x, a, b]}')))).toHaveLength(3);
  });

  test('a mapping that appears is told by its leaves', () => {
    expect(
      changes(rendered(pod('{a: 1}')), rendered(pod('{a: 1, resources: {limits: {memory: 1Gi, cpu: "1"}}}'))),
    ).toEqual(['spec.resources.limits.memory: null -> "1Gi"', 'spec.resources.limits.cpu: null -> "1"']);
  });

  test('so is one that disappears, and an empty one is a change of its own', () => {
    expect(changes(rendered(pod('{a: {b: {c: 1}}, d: {}}')), rendered(pod('{}')))).toEqual([
      'spec.a.b.c: 1 -> null',
      'spec.d: {} -> null',
    ]);
  });

  test('a field that becomes explicitly null is a change', () => {
    expect(compareRenders(rendered(pod('{a: 1}')), rendered(pod('{a: null}'))).changes).toHaveLength(1);
  });

  test('an object that appears or disappears is one change of the whole', () => {
    const [a, b] = [rendered(map('a', '{}')), rendered(map('b', '{}'))];
    const { changes: found } = compareRenders(a, b);
    expect(
      found.map(({ object, field, before, after }) => [
        object.name,
        field.text,
        before === null,
        after === null,
      ]),
    ).toEqual([
      ['a', '', false, true],
      ['b', '', true, false],
    ]);
  });

  test('an object that moves to another namespace is another object', () => {
    const [was, is] = ['one', 'two'].map((namespace) =>
      rendered(`{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: ${namespace}}}`),
    );
    expect(compareRenders(was!, is!).changes).toHaveLength(2);
  });

  test('another version of the same group is the same object', () => {
    const [was, is] = ['v2beta2', 'v2'].map((version) =>
      rendered(`{apiVersion: autoscaling/${version}, kind: HorizontalPodAutoscaler, metadata: {name: a}}`),
    );
    expect(changes(was!, is!)).toEqual(['apiVersion: "autoscaling/v2beta2" -> "autoscaling/v2"']);
  });

  test('of two objects with one identity, each is compared once', () => {
    const twins = rendered(map('a', '{x: "1"}'), map('a', '{x: "2"}'));
    expect(changes(twins, rendered(map('a', '{x: "1"}'), map('a', '{x: "3"}')))).toEqual([
      'data.x: "2" -> "3"',
    ]);
  });

  test('documents that differ are kept for showing', () => {
    const [before, after] = [map('a', '{x: "1"}'), map('a', '{x: "2"}')];
    expect(compareRenders(rendered(before), rendered(after)).documents).toMatchObject([{ before, after }]);
  });
});

describe('consequences are listed, not counted', () => {
  const [was, is] = ['settings-g48hkfb866', 'settings-2dtdh84gh2'];

  test('a generated name and the references to it', () => {
    const both = (name: string, level: string): readonly RenderedObject[] =>
      rendered(map(name, `{level: ${level}}`), pod(`{volumes: [{name: x, configMap: {name: ${name}}}]}`));
    const { changes: found, derived } = compareRenders(both(was, 'debug'), both(is, 'info'));
    expect(found.map(({ field }) => field.text)).toEqual(['data.level']);
    expect(
      derived.map(({ object, field, because }) => `${object.kind} ${field.text}: ${because}`).sort(),
    ).toEqual([
      'ConfigMap metadata.name: generator hash',
      'Pod spec.volumes[name=x].configMap.name: generator hash',
    ]);
  });

  test('a reference to a name that nothing was renamed to is a change', () => {
    const refers = (name: string): readonly RenderedObject[] => rendered(pod(`{configMap: ${name}}`));
    expect(changes(refers(was), refers(is))).toEqual([`spec.configMap: "${was}" -> "${is}"`]);
  });

  test('names that differ in more than the hash are two objects', () => {
    expect(
      compareRenders(rendered(map('a-g48hkfb866', '{}')), rendered(map('b-g48hkfb866', '{}'))).changes,
    ).toHaveLength(2);
  });

  test('a checksum annotation', () => {
    const annotated = (key: string, sum: string): readonly RenderedObject[] =>
      rendered(`{apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {${key}: ${sum}}}}`);
    expect(
      compareRenders(annotated('checksum/config', 'ab'), annotated('checksum/config', 'cd')),
    ).toMatchObject({
      changes: [],
      derived: [{ because: 'checksum annotation' }],
    });
    expect(
      compareRenders(annotated('example.com/config', 'ab'), annotated('example.com/config', 'cd')).derived,
    ).toEqual([]);
  });
});

describe('the hash of a generated name', () => {
  test.each([
    ['settings-g48hkfb866', 'settings'],
    ['settings', 'settings'],
    ['settings-g48hkfb86', 'settings-g48hkfb86'],
    ['settings-production', 'settings-production'],
    ['settings-a48hkfb866', 'settings-a48hkfb866'],
  ])('%s without it is %s', (name, bare) => {
    expect(withoutHash(name)).toBe(bare);
  });
});
