import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { locate } from '../../src/locate/locate.ts';
import type { AlsoWanted } from '../../src/locate/also-wanted.ts';
import { needsTool } from '../needs.ts';
import { revisionOf } from './revisions.ts';

const built = needsTool('kustomize');

const FIELD = 'spec.template.spec.containers[name=till].image';

/** The registry does not have the image, wherever it is run. */
const MISSING: AlsoWanted = { everywhere: true, change: () => false };

function application(name: string, namespace: string, source: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${name}, namespace: argocd}
spec:
  destination: {namespace: ${namespace}, server: https://kubernetes.default.svc}
${source}`;
}

const published = (options = ''): string => `  sources:
    - repoURL: https://charts.example
      chart: till
      targetRevision: 1.0.0
      helm:
        valueFiles: [$files/till.yaml]
${options}    - {repoURL: https://git.example/acme/platform.git, ref: files}
`;

const VALUES = 'image:\n  repository: shop/till\n  tag: 2.0.1\n';

function live(name: string, namespace: string): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'till',
      namespace,
      annotations: { 'argocd.argoproj.io/tracking-id': `${name}:apps/Deployment:${namespace}/till` },
    },
    spec: { template: { spec: { containers: [{ name: 'till', image: 'shop/till:2.0.1' }] } } },
  };
}

async function ask(
  files: Readonly<Record<string, string>>,
  alsoWanted?: AlsoWanted,
): Promise<Record<string, unknown>> {
  const result = await locate(await revisionOf(files), {
    target: {
      wanted: { kind: 'Deployment', name: 'till', namespace: 'north' },
      live: live('till-north', 'north'),
      roots: null,
    },
    fields: [{ field: FIELD, after: 'shop/till:2.0.0' }],
    ...(alsoWanted ? { alsoWanted } : {}),
  });
  return result.kind === 'declined'
    ? { declined: result.code, at: result.candidates }
    : {
        ...Object.fromEntries([...result.files].map(([file, text]) => [file, String(text)])),
        proof: result.proof.status,
      };
}

describe('one line of two published releases', () => {
  const files = (options = ''): Record<string, string> => ({
    'argo/north.yaml': application('till-north', 'north', published()),
    'argo/south.yaml': application('till-south', 'south', published(options)),
    'till.yaml': VALUES,
  });

  test('has the image that no registry has: it changes for both', async () => {
    expect(await ask(files(), MISSING)).toEqual({
      'till.yaml': VALUES.replace('2.0.1', '2.0.0'),
      proof: 'unproven',
    });
  });

  test('is declined for a person, who named one of them', async () => {
    expect(await ask(files())).toEqual({ declined: 'shared-site', at: ['till.yaml:3'] });
  });

  test('is declined where the other one has the image from another repository', async () => {
    const options = '        valuesObject: {image: {repository: mirror.example/till}}\n';
    expect(await ask(files(options), MISSING)).toEqual({ declined: 'shared-site', at: ['till.yaml:3'] });
  });

  test('changes where the other one has a tag of its own', async () => {
    const options = '        valuesObject: {image: {tag: 3.0.0}}\n';
    expect(await ask(files(options), MISSING)).toMatchObject({
      'till.yaml': VALUES.replace('2.0.1', '2.0.0'),
    });
  });
});

describe('one entry of two folders with a base elsewhere', () => {
  const folder = (path: string): string =>
    `  source: {repoURL: https://git.example/acme/platform.git, path: ${path}, targetRevision: HEAD}\n`;
  const ENTRY = 'images:\n  - {name: till, newName: shop/till, newTag: 2.0.1}\n';
  const files = (further = ''): Record<string, string> => ({
    'argo/north.yaml': application('till-north', 'north', folder('north')),
    'argo/south.yaml': application('till-south', 'south', folder('south')),
    'base/kustomization.yaml': `resources: ["https://git.example/acme/till//deploy?ref=v1"]\n${ENTRY}`,
    'north/kustomization.yaml': 'namespace: north\nresources: [../base]\n',
    'south/kustomization.yaml': `namespace: south\nresources: [../base]\n${further}`,
  });

  built('has the image that no registry has: it changes for both', async () => {
    const before = files()['base/kustomization.yaml']!;
    expect(await ask(files(), MISSING)).toEqual({
      'base/kustomization.yaml': before.replace('2.0.1', '2.0.0'),
      proof: 'unproven',
    });
  });

  built('is declined for a person, and where the other folder takes the image from a mirror', async () => {
    const declined = { declined: 'shared-site', at: ['base/kustomization.yaml:3'] };
    expect(await ask(files())).toEqual(declined);
    const mirrored = files('images:\n  - {name: shop/till, newName: mirror.example/till}\n');
    expect(await ask(mirrored, MISSING)).toEqual(declined);
  });
});
