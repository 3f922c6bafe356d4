import { describe, expect, test } from 'vitest';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import { diagnose } from '../../src/pipeline.ts';
import { Revision } from '../../src/sources/revision.ts';
import { madeFolder, madeRepository } from '../git/made-repository.ts';
import { renderers } from '../locate/revisions.ts';

function manifest(memory: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
        - name: server
          image: registry.example/cart:1.0
          resources: {limits: {memory: ${memory}}}
`;
}

const spec = (memory: string): string =>
  `{containers: [{name: server, image: "registry.example/cart:1.0", resources: {limits: {memory: ${memory}}}}]}`;

const meta = (name: string, owner: string): string =>
  `{name: ${name}, namespace: shop, uid: uid-${name}, creationTimestamp: "2026-03-01T08:00:00Z", labels: {app: cart-primary, pod-template-hash: 5d}, ownerReferences: [{${owner}, controller: true}]}`;

/** A Deployment that Flagger copied, whose container was killed for its memory six times; its target has `memory`. */
function snapshot(memory: string): string {
  return madeFolder({
    'snapshot.yaml': 'cluster: prod\ncapturedAt: 2026-03-01T10:00:00Z\n',
    'cluster/shop.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop, uid: uid-cart}
spec: {replicas: 0, selector: {matchLabels: {app: cart}}, template: {metadata: {labels: {app: cart}}, spec: ${spec(memory)}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: ${meta('cart-primary', 'apiVersion: flagger.app/v1beta1, kind: Canary, name: cart')}
spec: {replicas: 1, selector: {matchLabels: {app: cart-primary}}, template: {metadata: {labels: {app: cart-primary}}, spec: ${spec('512Mi')}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: ${meta('cart-primary-5d', 'apiVersion: apps/v1, kind: Deployment, name: cart-primary, uid: uid-cart-primary')}
spec: {replicas: 1, template: {metadata: {labels: {app: cart-primary, pod-template-hash: 5d}}, spec: ${spec('512Mi')}}}
---
apiVersion: v1
kind: Pod
metadata: ${meta('cart-primary-5d-x', 'apiVersion: apps/v1, kind: ReplicaSet, name: cart-primary-5d, uid: uid-cart-primary-5d')}
spec: ${spec('512Mi')}
status:
  phase: Running
  containerStatuses:
    - name: server
      ready: false
      restartCount: 6
      state: {waiting: {reason: CrashLoopBackOff, message: back-off 5m0s}}
      lastState: {terminated: {exitCode: 137, reason: OOMKilled, startedAt: "2026-03-01T09:50:00Z", finishedAt: "2026-03-01T09:55:00Z"}}
`,
  });
}

async function located(inGit: string, live: string) {
  const repository = await openRepository(madeRepository({ 'cart.yaml': manifest(inGit) }));
  const revision = await Revision.of(await repository.treeAt(repository.head!.sha), renderers);
  const source = await openSnapshot(snapshot(live), {});
  const input = { source, repository, revision, renderers, config: DEFAULT_CONFIG, configErrors: [] };
  const { results } = await diagnose(input);
  const primary = results.find(({ incident }) => incident.finding.object.name === 'cart-primary');
  expect(primary!.incident.finding.rule).toBe('oom-killed');
  return primary!;
}

describe('a container that is killed in a copy of Flagger', () => {
  test('gets its memory in the Deployment that is copied', async () => {
    expect((await located('512Mi', '512Mi')).located).toMatchObject({
      kind: 'located',
      changes: [
        { object: { name: 'cart' }, before: '512Mi', after: '768Mi', site: { file: 'cart.yaml', line: 12 } },
      ],
    });
  });

  test('waits where a new value is not promoted yet', async () => {
    const result = await located('1Gi', '1Gi');
    expect(result.located).toMatchObject({ kind: 'declined', code: 'managed' });
    expect(result.pullRequest).toBeNull();
  });
});
