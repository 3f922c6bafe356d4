import { describe, expect, test } from 'vitest';
import { foreseen } from './guarded.ts';

const definition = (...served: readonly string[]): string => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: berths.quay.example.com}
spec:
  group: quay.example.com
  names: {kind: Berth, plural: berths}
  scope: Namespaced
  versions:
${['v1alpha1', 'v1'].map((name) => `    - {name: ${name}, served: ${served.includes(name)}, storage: ${name === 'v1'}}`).join('\n')}
`;
const berth = (version: string): string =>
  `apiVersion: quay.example.com/${version}\nkind: Berth\nmetadata: {name: north, namespace: quay}\nspec: {length: 90}\n`;
const told = (file: string, level = 'error'): string =>
  `${file}:1 ${level} custom-resource/version-not-defined`;

describe('a custom resource', () => {
  test('in a version that its definition in git does not serve is told', async () => {
    const files = { 'crds/berth.yaml': definition('v1') };
    expect(await foreseen(files, { 'quay/berth.yaml': berth('v1alpha1') })).toEqual([
      told('quay/berth.yaml'),
    ]);
    expect(await foreseen(files, { 'quay/berth.yaml': berth('v2') })).toEqual([told('quay/berth.yaml')]);
    expect(await foreseen(files, { 'quay/berth.yaml': berth('v1') })).toEqual([]);
  });

  test('whose definition stops serving its version is told', async () => {
    const files = { 'quay/crd.yaml': definition('v1alpha1', 'v1'), 'quay/north.yaml': berth('v1alpha1') };
    expect(await foreseen(files, { 'quay/crd.yaml': definition('v1') })).toEqual([told('quay/north.yaml')]);
    expect(
      await foreseen(files, { 'quay/crd.yaml': definition('v1'), 'quay/north.yaml': berth('v1') }),
    ).toEqual([]);
  });

  test('that was so before, or whose definition nobody knows, is silent', async () => {
    const files = { 'crds/berth.yaml': definition('v1'), 'quay/north.yaml': berth('v1alpha1') };
    expect(await foreseen(files, { 'quay/north.yaml': `# The north.\n${berth('v1alpha1')}` })).toEqual([]);
    expect(await foreseen({}, { 'quay/north.yaml': berth('v1alpha1') })).toEqual([]);
    expect(await foreseen({}, { 'quay/north.yaml': berth('v1alpha1') }, { cluster: '' })).toEqual([]);
  });

  test('in a version that the definition of the cluster does not serve is a warning: a chart may bring it', async () => {
    const files = { 'quay/south.yaml': berth('v1').replace('north', 'south') };
    const around = { cluster: `${definition('v1')}---\n${files['quay/south.yaml']}` };
    expect(await foreseen(files, { 'quay/north.yaml': berth('v1alpha1') }, around)).toEqual([
      told('quay/north.yaml', 'warning'),
    ]);
    expect(await foreseen(files, { 'quay/north.yaml': berth('v1') }, around)).toEqual([]);
  });

  test('in a version that the API server does not list is a warning, where it lists others of the group', async () => {
    const files = { 'quay/south.yaml': berth('v1').replace('north', 'south') };
    const serving = (...api: readonly string[]) => ({
      cluster: files['quay/south.yaml'],
      versions: { api, isWhole: true as const },
    });
    const change = { 'quay/north.yaml': berth('v1alpha1') };
    expect(await foreseen(files, change, serving('quay.example.com/v1'))).toEqual([
      told('quay/north.yaml', 'warning'),
    ]);
    expect(
      await foreseen(files, change, serving('quay.example.com/v1', 'quay.example.com/v1alpha1')),
    ).toEqual([]);
    expect(await foreseen(files, change, serving('apps/v1'))).toEqual([]);
    expect(
      await foreseen(files, change, {
        cluster: files['quay/south.yaml'],
        versions: { api: ['quay.example.com/v1'] },
      }),
    ).toEqual([]);
  });
});
