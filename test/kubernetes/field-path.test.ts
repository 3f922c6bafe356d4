import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  concretePath,
  FieldPathError,
  getField,
  parseFieldPath,
  printFieldPath,
  readablePath,
  type FieldPath,
} from '../../src/kubernetes/field-path.ts';

describe('reading a path', () => {
  test.each<[string, FieldPath]>([
    ['spec', ['spec']],
    ['spec.replicas', ['spec', 'replicas']],
    ['spec.rules[0].host', ['spec', 'rules', 0, 'host']],
    ['spec.containers[name=server].image', ['spec', 'containers', { key: 'name', value: 'server' }, 'image']],
    ['env[name="A B"].value', ['env', { key: 'name', value: 'A B' }, 'value']],
    ['data["app.properties"]', ['data', 'app.properties']],
    ['metadata.annotations["a/b"]', ['metadata', 'annotations', 'a/b']],
    ['ports[containerPort=8080]', ['ports', { key: 'containerPort', value: '8080' }]],
    ['data["[0]"]', ['data', '[0]']],
    ['["a.b"].c', ['a.b', 'c']],
  ])('%s', (text, path) => {
    expect(parseFieldPath(text)).toEqual(path);
  });

  test.each([
    ['', 1],
    ['.spec', 1],
    ['spec.', 6],
    ['spec..a', 6],
    ['spec[', 5],
    ['spec[0', 5],
    ['spec[-1]', 5],
    ['spec]', 5],
    ['data["a\\x"]', 6],
  ])('%j is none, and the error says where', (text, column) => {
    expect(() => parseFieldPath(text)).toThrow(FieldPathError);
    expect(() => parseFieldPath(text)).toThrow(expect.objectContaining({ column }));
  });

  test('what is printed reads back, whatever the names are', () => {
    const key = fc.string({ minLength: 1, unit: 'grapheme' });
    const item = fc.record({
      key: fc.constantFrom('name', 'containerPort'),
      value: fc.string({ unit: 'grapheme' }),
    });
    const path = fc
      .tuple(key, fc.array(fc.oneof(key, fc.nat(99), item)))
      .map(([first, rest]) => [first, ...rest]);
    fc.assert(
      fc.property(path, (segments) => {
        expect(parseFieldPath(printFieldPath(segments))).toEqual(segments);
      }),
    );
  });
});

describe('following a path', () => {
  const object = {
    spec: {
      containers: [
        { name: 'a', image: 'x' },
        { name: 'b', ports: [{ containerPort: 80 }] },
      ],
      gone: null,
    },
  };

  test.each([
    ['spec.containers[name=b].ports[containerPort=80].containerPort', 80],
    ['spec.containers[0].image', 'x'],
    ['spec.containers[name=c].image', undefined],
    ['spec.containers[5].image', undefined],
    ['spec.containers.image', undefined],
    ['spec.gone', null],
    ['spec.gone.further', undefined],
    ['status.phase', undefined],
  ])('%s', (path, value) => {
    expect(getField(object, parseFieldPath(path))).toBe(value);
  });

  test('names become indices, and the last field may be new', () => {
    expect(concretePath(object, parseFieldPath('spec.containers[name=b].image'))).toEqual([
      'spec',
      'containers',
      1,
      'image',
    ]);
    expect(concretePath(object, parseFieldPath('spec.containers[name=b].resources.limits'))).toBeNull();
    expect(concretePath(object, parseFieldPath('spec.containers[name=c]'))).toBeNull();
  });

  test('indices become names where these are unique', () => {
    expect(readablePath(object, ['spec', 'containers', 1, 'ports', 0])).toEqual(
      parseFieldPath('spec.containers[name=b].ports[0]'),
    );
    const twins = { env: [{ name: 'A' }, { name: 'A' }, { name: 'B' }] };
    expect(readablePath(twins, ['env', 1])).toEqual(['env', 1]);
    expect(readablePath(twins, ['env', 2])).toEqual(['env', { key: 'name', value: 'B' }]);
  });
});
