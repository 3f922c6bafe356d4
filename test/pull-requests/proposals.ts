import type { Decision } from '../../src/model/decision.ts';
import type { Incident } from '../../src/model/incident.ts';
import type { ObjectRef, Scalar } from '../../src/kubernetes/objects.ts';
import type { PlacedChange } from '../../src/model/change.ts';
import type { Located } from '../../src/model/located.ts';
import type { Site } from '../../src/model/site.ts';
import { proposalKey } from '../../src/proposals/proposal-key.ts';
import type { Proposal } from '../../src/model/proposal.ts';
import type { Commit } from '../../src/model/commit.ts';
import type { Finding } from '../../src/model/finding.ts';
import { prose, untrusted } from '../../src/untrusted/prose.ts';
import { fieldNamed } from '../../src/kubernetes/field-path.ts';

export const NOW = Date.parse('2026-07-29T03:40:00Z');
const HEAD = '4be1f02c9d3a5577e0b1c2d3e4f5a6b7c8d9e0f1';

export function at(time: string): number {
  return Date.parse(`2026-07-29T${time}:00Z`);
}

export function deployment(name: string): ObjectRef {
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name };
}

export function incidentOf(finding: Finding, fingerprint = '9a3f0c1d2e4b5a67'): Incident {
  const { rule, object, container, firstSeen, lastSeen, occurrences } = finding;
  return {
    fingerprint,
    subject: fingerprint,
    includes: [fingerprint],
    followers: [],
    ended: null,
    chain: [],
    backOff: null,
    changes: null,
    cluster: 'prod-eu',
    symptom: { rule, object, container, seenOn: [], firstSeen, lastSeen, occurrences },
    finding,
  };
}

export function changeOf(
  object: ObjectRef,
  field: string,
  before: Scalar,
  after: Scalar,
  site: Partial<Site> = {},
): PlacedChange {
  const place: Site = {
    file: 'apps/cart/kustomization.yaml',
    document: 0,
    line: 8,
    column: 13,
    path: 'images[0].newTag',
    renderer: 'kustomize',
    root: 'apps/cart',
    kind: 'replace',
    ...site,
  };
  return { object, field: fieldNamed(field), before, after, site: place };
}

export const INTRODUCED: Commit = {
  sha: '81c0ffee5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a',
  author: 'Ana Lopez',
  email: 'ana@acme.example',
  at: at('02:41'),
  subject: 'Release cart 2.15.1',
};

const CART = deployment('cart');
const POD = 'Pod shop/cart-7d9f8b6c4d-x2v9q';
const IMAGE = 'registry.example/shop/cart';

const IMAGE_FINDING: Finding = {
  rule: 'image-pull',
  cause: 'tag-not-found',
  object: CART,
  container: 'server',
  phase: 'image',
  culprit: CART,
  affected: [],
  explainedBy: [],
  givesWayTo: [],
  ruledOut: [],
  summary: prose`${'Deployment shop/cart'} cannot start container ${'server'}: image ${`${IMAGE}:2.15.1`} does not exist.`,
  rootCause: prose`The registry has no tag ${'2.15.1'} of ${IMAGE}, although it serves ${'2.14.3'} of it here now. The tag came with commit ${'81c0ffee'}. Two pods of the last rollout still run ${'2.14.3'}, so customers are served, but the next restart on a new node would fail.`,
  evidence: [
    {
      source: 'event',
      ref: POD,
      at: at('03:12'),
      text: untrusted(
        `Failed to pull image "${IMAGE}:2.15.1": rpc error: code = NotFound desc = failed to pull and unpack image: ${IMAGE}:2.15.1: not found`,
      ),
    },
    {
      source: 'pod-status',
      ref: POD,
      at: at('03:38'),
      text: untrusted(`ImagePullBackOff: Back-off pulling image "${IMAGE}:2.15.1"`),
    },
    {
      source: 'object',
      ref: 'ReplicaSet shop/cart-5c6d7e8f9a',
      at: null,
      text: untrusted(`2 of 2 pods ready with ${IMAGE}:2.14.3`),
    },
    { source: 'git', ref: '81c0ffee', at: at('02:41'), text: untrusted('newTag: 2.14.3 → 2.15.1') },
  ],
  confidence: [
    {
      factor: 0.98,
      reason: prose`the registry says not found, and serves another tag of the repository here`,
    },
    { factor: 0.99, reason: prose`${'2.14.3'} is Ready in two pods now` },
  ],
  verdict: 'fix',
  terms: { settable: { to: 'tag' }, wrongElsewhere: 'image' },
  reason: prose`The last reference that was Ready is restored.`,
  changes: [],
  guards: [],
  advice: [
    prose`If ${'2.15.1'} was meant, push the image and close this; \`kubectl -n ${'shop'} rollout status deploy/${'cart'}\` shows the rest.`,
  ],
  chart: null,
  firstSeen: at('03:12'),
  lastSeen: at('03:38'),
  occurrences: 4,
};

const IMAGE_FIELD = 'spec.template.spec.containers[name=server].image';
const IMAGE_CHANGE = changeOf(CART, IMAGE_FIELD, `${IMAGE}:2.15.1`, `${IMAGE}:2.14.3`);

export const PROPOSE: Decision = {
  action: 'propose',
  reason: prose`the edit is proven and the confidence of 0.97 reaches the 0.9 that policy asks for`,
  draft: false,
  policy: 'policy.rules[1] (mode: propose)',
};

const IMAGE_LOCATED: Located = {
  kind: 'located',
  changes: [IMAGE_CHANGE],
  derived: [],
  refused: [],
  proof: {
    status: 'proven',
    reason: null,
    roots: [
      {
        root: 'apps/cart',
        changes: [
          {
            object: CART,
            field: fieldNamed(IMAGE_FIELD),
            before: `${IMAGE}:2.15.1`,
            after: `${IMAGE}:2.14.3`,
          },
        ],
      },
    ],
  },
  files: new Map(),
  diff: `--- a/apps/cart/kustomization.yaml
+++ b/apps/cart/kustomization.yaml
@@ -5,4 +5,4 @@
 images:
   # bumped by the release job
   - name: ${IMAGE}
-    newTag: 2.15.1
+    newTag: 2.14.3
`,
  renderedDiff: `--- apps/cart
+++ apps/cart
@@ -21,5 +21,5 @@ Deployment shop/cart
       containers:
       - name: server
-        image: ${IMAGE}:2.15.1
+        image: ${IMAGE}:2.14.3
         ports:
`,
};

export function proposalOf(finding: Finding, located: Located, more: Partial<Proposal> = {}): Proposal {
  return {
    incidents: [incidentOf(finding)],
    located,
    decision: PROPOSE,
    remote: { slug: 'acme/infra', url: 'https://github.com/acme/infra' },
    base: 'main',
    commit: HEAD,
    introducedBy: INTRODUCED,
    introducedIn: null,
    key: proposalKey('acme/infra', located),
    ...more,
  };
}

/** An image tag that does not exist. */
export function imageProposal(more: Partial<Proposal> = {}): Proposal {
  return proposalOf(IMAGE_FINDING, IMAGE_LOCATED, more);
}

export function imageProposalWith(finding: Partial<Finding>, located: Partial<Located> = {}): Proposal {
  return proposalOf({ ...IMAGE_FINDING, ...finding }, { ...IMAGE_LOCATED, ...located });
}

const PRICING = deployment('pricing');
const LIMIT_FIELD = 'spec.template.spec.containers[name=api].resources.limits.memory';
const REQUEST_FIELD = 'spec.template.spec.containers[name=api].resources.requests.memory';
const PATCH: Partial<Site> = {
  file: 'apps/overlays/prod/memory.yaml',
  root: 'apps/overlays/prod',
  path: 'x',
};

/** A memory limit that is too low: two fields, a chart, a shared file, a draft. */
export function memoryProposal(more: Partial<Proposal> = {}): Proposal {
  const changes = [
    changeOf(PRICING, REQUEST_FIELD, '256Mi', '384Mi', { ...PATCH, line: 16, column: 21 }),
    changeOf(PRICING, LIMIT_FIELD, '512Mi', '768Mi', { ...PATCH, line: 14, column: 21 }),
  ];
  const points = Array.from({ length: 30 }, (_none, index): readonly [number, number] => [
    at('00:00') + index * 420_000,
    index % 10 === 0 && index > 0 ? 80 : 300 + (index % 10) * 23,
  ]);
  const finding: Finding = {
    ...IMAGE_FINDING,
    rule: 'oom-killed',
    cause: 'limit-too-low',
    terms: { settable: { to: 'amount' } },
    object: PRICING,
    container: 'api',
    phase: 'runtime',
    culprit: PRICING,
    summary: prose`Container ${'api'} of ${'Deployment shop/pricing'} was OOMKilled ${5} times in ${'6 hours'}: its memory limit of ${'512Mi'} is too low.`,
    rootCause: prose`Usage reaches the limit within ${'70 minutes'} of every start and does not climb from one restart to the next. The kernel kills at the limit, so the need is above ${'512Mi'}; how far cannot be read from the metrics.`,
    evidence: [
      {
        source: 'pod-status',
        ref: 'Pod shop/pricing-6b7c8d9e0f-abcde',
        at: at('03:31'),
        text: untrusted('lastState.terminated: OOMKilled, exit code 137, restartCount 5'),
      },
      {
        source: 'log',
        ref: 'Pod shop/pricing-6b7c8d9e0f-abcde (previous)',
        at: null,
        text: untrusted(
          'loaded 18231 price lists\nwarming cache\nDB_PASSWORD=hunter2 ignored, using the file\n',
        ),
      },
      {
        source: 'metric',
        ref: 'container_memory_working_set_bytes',
        at: Date.parse('2026-07-28T23:50:00Z'),
        text: untrusted('P99 over 7 days 507 MiB, limit 512 MiB'),
      },
    ],
    confidence: [
      { factor: 0.95, reason: prose`five kills with reason OOMKilled, all at the limit` },
      { factor: 0.9, reason: prose`seven days of metrics` },
    ],
    guards: [{ kind: 'draft', reason: prose`the value stands in a file that another root reads` }],
    advice: [],
    chart: { title: 'Memory of api', unit: 'MiB', points, line: { label: 'limit', value: 512 } },
    firstSeen: at('00:41'),
    lastSeen: at('03:31'),
    occurrences: 5,
  };
  const located: Located = {
    kind: 'located',
    changes,
    refused: [],
    derived: [
      {
        object: PRICING,
        field: fieldNamed('spec.template.metadata.annotations["checksum/config"]'),
        before: 'aa11',
        after: 'bb22',
        because: 'checksum annotation',
      },
    ],
    proof: {
      status: 'unproven',
      reason: 'root apps/overlays/edge has a remote base that could not be fetched',
      roots: [
        {
          root: 'apps/overlays/prod',
          changes: changes.map(({ object, field, before, after }) => ({ object, field, before, after })),
        },
      ],
    },
    files: new Map(),
    diff: `--- a/apps/overlays/prod/memory.yaml
+++ b/apps/overlays/prod/memory.yaml
@@ -11,6 +11,6 @@
         - name: api
           resources:
             limits:
-              memory: 512Mi
+              memory: 768Mi
             requests:
-              memory: 256Mi
+              memory: 384Mi
`,
    renderedDiff: '',
  };
  return proposalOf(finding, located, {
    decision: {
      action: 'escalate',
      reason: prose`memory was raised by an automatic change ${'3 days'} ago already`,
      draft: true,
      policy: 'built-in default',
    },
    introducedBy: null,
    ...more,
  });
}
