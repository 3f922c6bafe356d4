import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { chooseSource } from '../../src/locate/choose-source.ts';
import { revisionOf } from './revisions.ts';

/** A manifest of the same Deployment as another root has it. */
function manifest(memory: string, rest = ''): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
spec:
${rest}  template:
    spec:
      containers:
        - name: server
          resources:
            limits:
              memory: ${memory}
              cpu: 500m
`;
}

/** As the API server prints it: quantities in their shortest form, defaults filled in. */
const live: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'cart', namespace: 'shop', uid: 'a1' },
  spec: {
    replicas: 1,
    template: {
      spec: { containers: [{ name: 'server', resources: { limits: { memory: '1Gi', cpu: '0.5' } } }] },
    },
  },
};

async function chosenAmong(files: Readonly<Record<string, string>>): Promise<string> {
  const wanted = { kind: 'Deployment', name: 'cart', namespace: 'shop' };
  const source = await chooseSource(await revisionOf(files), { wanted, live, roots: null });
  return source.kind === 'chosen' ? source.match.root.path : source.kind;
}

describe('of roots that render the same name', () => {
  test('the one whose quantities mean what is live is chosen', async () => {
    expect(await chosenAmong({ 'a/cart.yaml': manifest('1024Mi'), 'b/cart.yaml': manifest('2Gi') })).toBe(
      'a',
    );
  });

  test('a default that is left empty is what is live', async () => {
    const files = {
      'a/cart.yaml': manifest('1Gi', '  replicas:\n'),
      'b/cart.yaml': manifest('1Gi', '  replicas: 3\n'),
    };
    expect(await chosenAmong(files)).toBe('a');
  });

  test('two that say the same in other words are not told apart', async () => {
    expect(await chosenAmong({ 'a/cart.yaml': manifest('1024Mi'), 'b/cart.yaml': manifest('1Gi') })).toBe(
      'several',
    );
  });

  test('two that differ from what is live in different ways are not told apart', async () => {
    const files = { 'a/cart.yaml': manifest('2Gi'), 'b/cart.yaml': manifest('1Gi', '  replicas: 3\n') };
    expect(await chosenAmong(files)).toBe('several');
  });

  test('of folders as they are, the one that goes to its namespace is chosen', async () => {
    const files = {
      'a/cart.yaml': manifest('1Gi'),
      'b/cart.yaml': manifest('1Gi'),
      'argocd/a.yaml': application('a', 'test'),
      'argocd/b.yaml': application('b', 'shop'),
    };
    expect(await chosenAmong(files)).toBe('b');
  });

  test('one that stands in another namespace than git says is still told apart by its values', async () => {
    const files = {
      'a/cart.yaml': manifest('2Gi'),
      'b/cart.yaml': manifest('1Gi'),
      'argocd/a.yaml': application('a', 'test'),
      'argocd/b.yaml': application('b', 'trial'),
    };
    expect(await chosenAmong(files)).toBe('b');
  });
});

/** What applies a folder as it is. */
function application(folder: string, namespace: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${folder}, namespace: argocd}
spec:
  destination: {server: "https://kubernetes.default.svc", namespace: ${namespace}}
  source: {repoURL: "https://github.com/acme/infra", path: ${folder}}
`;
}
