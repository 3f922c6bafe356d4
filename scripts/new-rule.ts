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
  return `/**
 * Rule \`${id}\`: WHAT FAILS, in one sentence.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - A STATEMENT, and what follows from it here.
 */
import { probeFailuresOf } from '../facts/probes.ts';
import { quoteEvent, quoteFields } from '../facts/observations.ts';
import { refOf } from '../kubernetes/objects.ts';
import { prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

export const ${name} = defineRule({
  id: '${id}',
  title: 'WHAT FAILS',
  phase: 'health-checks',
  semantics: ['https://kubernetes.io/docs/THE-PAGE-THAT-SAYS-SO'],
  reads: ['Pod', 'Event'],
  on: 'container',
  causes: {
    'a-cause': { means: 'WHEN IT IS THIS', fix: 'none', outcome: 'declined' },
  },

  detect(container) {
    const worst = probeFailuresOf(container).find(() => false);
    if (!worst) return null;
    return { worst, seenOn: [refOf(worst.pod)], firstSeen: worst.firstSeen, occurrences: worst.count };
  },

  *investigate(container, ask, { worst: { pod, events } }) {
    const field = container.field('readinessProbe.httpGet.port');
    const versions = yield* ask.past(field);
    return diagnosis({
      cause: 'a-cause',
      summary: prose\`Container \${container.name} FAILS, because.\`,
      evidence: [
        ...events.map((event) => quoteEvent(pod, event)),
        ...quoteFields(pod, container.placed?.container ?? {}, ['ports', 'readinessProbe']),
      ],
      certainty: [versions === null ? 0.8 : 0.9, prose\`WHAT VOUCHES FOR IT\`],
      reason: prose\`WHY NOTHING IS CHANGED.\`,
      blames: field,
      advice: [prose\`WHAT A PERSON CAN DO.\`],
    });
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
  const fires = `# WHAT THIS CASE IS.
now: 2026-06-10T10:20:00Z
finds:
  - rule: ${id}
    cause: a-cause
    object: Deployment pier/web
    container: web
    action: decline
`;
  return [
    [`${folder}/fires/expect.yaml`, fires],
    [`${folder}/fires/cluster.yaml`, `# MAKE THIS FAIL.\n${WORKLOAD}`],
    [`${folder}/fires/repaired.yaml`, WORKLOAD],
    [`${folder}/silent/expect.yaml`, '# WHY THIS IS NO FAILURE.\nnow: 2026-06-10T10:20:00Z\nfinds: []\n'],
    [`${folder}/silent/cluster.yaml`, WORKLOAD],
  ];
}

const CONTAINER = `name: web
          image: registry.pier.example/ferry/web:1.0.0
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {port: 8080, path: /ready}}`;

/** A Deployment, its ReplicaSet and its pod, which is well, as `kubectl get -o yaml` prints them. */
const WORKLOAD = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: pier, uid: web, generation: 1}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - ${CONTAINER}
status: {observedGeneration: 1}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-6c9
  namespace: pier
  uid: web-6c9
  labels: {app: web, pod-template-hash: 6c9}
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: web, controller: true}]
spec:
  replicas: 1
  template:
    metadata: {labels: {app: web, pod-template-hash: 6c9}}
    spec:
      containers:
        - ${CONTAINER}
---
apiVersion: v1
kind: Pod
metadata:
  name: web-6c9-x7k2p
  namespace: pier
  uid: web-6c9-x7k2p
  creationTimestamp: '2026-06-10T10:00:00Z'
  labels: {app: web, pod-template-hash: 6c9}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-6c9, uid: web-6c9, controller: true}]
spec:
  nodeName: north-1
  containers:
    - ${CONTAINER.replaceAll('\n    ', '\n')}
status:
  phase: Running
  conditions:
    - {type: Ready, status: 'True', lastTransitionTime: '2026-06-10T10:00:30Z'}
    - {type: ContainersReady, status: 'True', lastTransitionTime: '2026-06-10T10:00:30Z'}
  containerStatuses:
    - {name: web, ready: true, restartCount: 0, state: {running: {startedAt: '2026-06-10T10:00:05Z'}}}
`;

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
  process.stdout.write(
    `now: npx vitest run test/incidents/fixtures.test.ts -t ${id}/, then docs/adding-a-rule.md\n`,
  );
}
