/**
 * Starts a rule: `npm run new-rule readiness-probe` writes the rule, its page and two cases, and what follows from the rules. What
 * is to be written stands in capitals. Nothing that exists is overwritten.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { generate } from './rules.ts';

/** What a new rule begins with, by path. */
export function newRule(id: string): ReadonlyMap<string, string> {
  if (!/^[a-z]+(-[a-z]+)*$/.test(id)) throw new Error(`${id}: an id has small letters and hyphens`);
  const name = id.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());
  return new Map([
    [`src/rules/${id}.ts`, ruleText(id, name)],
    [`docs/rules/${id}.md`, pageText(id)],
    ...caseFiles(id),
  ]);
}

function ruleText(id: string, name: string): string {
  return `import { refOf } from '../kubernetes/objects.ts';
import { prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';

/**
 * WHAT FAILS, in one sentence.
 *
 * What Kubernetes promises, and this rule relies on:
 * - A STATEMENT.
 */
export const ${name} = defineRule({
  id: '${id}',
  title: 'WHAT FAILS',
  phase: 'runtime',
  semantics: ['https://kubernetes.io/docs/THE-PAGE-THAT-SAYS-SO'],
  reads: ['Pod', 'Event'],
  on: 'container',
  causes: {
    'a-cause': { means: 'WHEN IT IS THIS', fix: 'none', outcome: 'declined' },
  },

  detect({ cluster, instances }) {
    const failing = instances.filter(() => false);
    if (failing.length === 0) return null;
    return {
      seenOn: failing.map(({ pod }) => refOf(pod)),
      firstSeen: cluster.now,
      lastSeen: cluster.now,
      occurrences: failing.length,
    };
  },

  *investigate({ workload, name, path }, ask) {
    const versions = path === null ? null : yield* ask.history(workload.ref, \`\${path}.FIELD\`);
    return {
      cause: 'a-cause',
      summary: prose\`Container \${name} FAILS.\`,
      rootCause: prose\`Container \${name} FAILS, because.\`,
      evidence: [],
      confidence: [{ factor: versions === null ? 0.5 : 0.9, reason: prose\`WHAT VOUCHES FOR IT\` }],
      verdict: 'decline',
      reason: prose\`WHY NOTHING IS CHANGED.\`,
    };
  },
});
`;
}

function pageText(id: string): string {
  return `# ${id}

|            |                                            |
| ---------- | ------------------------------------------ |
| Fails      | WHAT FAILS                                 |
| Seen as    | REASONS, EVENTS, CONDITIONS                |
| May change | nothing                                    |
| Source     | [\`src/rules/${id}.ts\`](../../src/rules/${id}.ts) |

## Why

WHAT IT COSTS, AND WHY IT HAPPENS.

## Causes

<!-- causes:begin -->
<!-- causes:end -->

## What it relies on

<!-- relies-on:begin -->
<!-- relies-on:end -->
`;
}

function caseFiles(id: string): readonly (readonly [string, string])[] {
  const folder = `fixtures/incidents/${id}`;
  const snapshot = 'cluster: north\ncapturedAt: 2026-06-10T12:00:00Z\n';
  const fires = `# WHAT THIS CASE IS.
finds:
  - rule: ${id}
    cause: a-cause
    object: Deployment pier/web
    container: web
    action: decline
`;
  return [
    [`${folder}/fires/expect.yaml`, fires],
    [`${folder}/fires/snapshot/snapshot.yaml`, snapshot],
    [`${folder}/fires/snapshot/cluster/web.yaml`, workload(false)],
    [`${folder}/fires/repaired/snapshot.yaml`, snapshot],
    [`${folder}/fires/repaired/cluster/web.yaml`, workload(true)],
    [`${folder}/silent/expect.yaml`, '# WHY THIS IS NO FAILURE.\nfinds: []\n'],
    [`${folder}/silent/snapshot/snapshot.yaml`, snapshot],
    [`${folder}/silent/snapshot/cluster/web.yaml`, workload(true)],
  ];
}

/** A Deployment, its ReplicaSet and its pod. */
function workload(isReady: boolean): string {
  const container = '{name: web, image: registry.pier.example/ferry/web:1.0.0}';
  const owned = (kind: string, name: string, uid: string): string =>
    `ownerReferences: [{apiVersion: apps/v1, kind: ${kind}, name: ${name}, uid: ${uid}, controller: true}]`;
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: pier, uid: d-web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [${container}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-6c9
  namespace: pier
  uid: r-web
  labels: {app: web, pod-template-hash: 6c9}
  ${owned('Deployment', 'web', 'd-web')}
spec:
  replicas: 1
  template:
    metadata: {labels: {app: web, pod-template-hash: 6c9}}
    spec: {containers: [${container}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: web-6c9-x7k2p
  namespace: pier
  uid: p-web
  creationTimestamp: '2026-06-10T10:00:00Z'
  labels: {app: web, pod-template-hash: 6c9}
  ${owned('ReplicaSet', 'web-6c9', 'r-web')}
spec: {nodeName: north-1, containers: [${container}]}
status:
  phase: Running
  startTime: '2026-06-10T10:00:00Z'
  conditions: [{type: Ready, status: '${isReady ? 'True' : 'False'}'}]
  containerStatuses:
    - name: web
      ready: ${isReady}
      restartCount: 0
      state: {running: {startedAt: '2026-06-10T${isReady ? '10:00' : '11:59'}:05Z'}}
`;
}

if (import.meta.main) {
  const options = await resolveConfig(resolve('package.json'));
  const [id = ''] = process.argv.slice(2);
  const files = newRule(id);
  const there = [...files.keys()].find((file) => existsSync(resolve(file)));
  if (there !== undefined) throw new Error(`${there} is there already`);
  for (const [file, text] of files) {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    writeFileSync(resolve(file), await format(text, { ...options, filepath: file }));
    process.stdout.write(`${file}\n`);
  }
  await generate();
  process.stdout.write(`now: npx vitest run test/incidents -t ${id}, and npm run rules when it fires\n`);
}
