import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { detect } from '../../src/incidents/detect.ts';
import { refOf, type KubernetesObject, type Scalar } from '../../src/kubernetes/objects.ts';
import type { Finding } from '../../src/model/finding.ts';
import { Ask } from '../../src/model/ask.ts';
import { defineRule, type Conclusion, type Seen } from '../../src/rules/define-rule.ts';
import { ownText } from '../../src/untrusted/prose.ts';
import { deployment, readyPods, replicaSet } from './objects.ts';
import { changeOf } from '../../src/model/change.ts';

const spec = { containers: [{ name: 'server', image: 'cart:2' }] };
const cart = deployment('cart', spec);
const current = replicaSet(cart, 'b2', spec, { revision: 2, ready: 2 });
const objects: readonly KubernetesObject[] = [cart, current, ...readyPods(current, 2)];
const nothing = ownText('');
const WAITS = ownText('It waits.');
const CONCLUSION: Conclusion = {
  cause: 'watched',
  summary: nothing,
  rootCause: nothing,
  evidence: [],
  confidence: [],
  verdict: 'monitor',
  reason: nothing,
};

/** What a rule on something finds in the cluster of one Deployment with two pods. */
function found(on: string, conclusion: Conclusion, seen: Partial<Seen> = {}): readonly (Finding | null)[] {
  const rule = defineRule({
    id: 'made-up',
    title: '',
    phase: 'runtime',
    semantics: [],
    reads: [],
    on,
    causes: {
      watched: { means: '', fix: 'none', outcome: '' },
      mended: { means: '', fix: 'propose', outcome: '', phase: 'image' },
      seen: { means: '', fix: 'none', outcome: '', givesWayTo: 'any' },
      waited: { means: '', fix: 'none', outcome: '', verdict: 'monitor', reason: WAITS, advice: [WAITS] },
    },
    detect: () => ({ seenOn: [refOf(cart)], firstSeen: 5, lastSeen: 9, occurrences: 3, ...seen }),
    *investigate(_subject, ask) {
      yield* ask.rendered(refOf(cart));
      return conclusion;
    },
  });
  const { detected } = detect([rule], buildState({ name: 'prod', now: 10, objects }));
  return detected.map(({ investigate }) => {
    const asking = investigate(new Ask({ memoryFactor: 2 }));
    asking.next([]);
    const { value } = asking.next([null]);
    return value as Finding | null;
  });
}

const change = changeOf<Scalar>(refOf(cart), 'spec.replicas', 1, 2);

describe('a finding', () => {
  test('is about the workload and the container that the rule was asked about', () => {
    expect(found('container', CONCLUSION)).toMatchObject([
      { rule: 'made-up', object: { kind: 'Deployment', name: 'cart' }, container: 'server', lastSeen: 9 },
    ]);
    expect(found('workload', CONCLUSION)).toMatchObject([{ object: { name: 'cart' }, container: null }]);
  });

  test('about an object is about its topmost owner, unless the rule says otherwise', () => {
    expect(found('ReplicaSet', CONCLUSION)).toMatchObject([{ object: { kind: 'Deployment' } }]);
    const object = { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'cart' };
    expect(found('ReplicaSet', CONCLUSION, { object })).toMatchObject([{ object }]);
  });

  test('has the phase of the rule, or of its cause', () => {
    expect(found('workload', CONCLUSION)).toMatchObject([{ phase: 'runtime' }]);
    expect(found('workload', { ...CONCLUSION, cause: 'mended' })).toMatchObject([{ phase: 'image' }]);
  });

  test('blames the object itself, or what the rule blames, and then the object is affected', () => {
    expect(found('workload', CONCLUSION)).toMatchObject([{ culprit: { name: 'cart' }, affected: [] }]);
    const culprit = { kind: 'Registry', namespace: null, name: 'registry.example' };
    expect(found('workload', { ...CONCLUSION, culprit })).toMatchObject([
      { culprit, affected: [{ kind: 'Deployment', name: 'cart' }] },
    ]);
  });

  test('rules nothing out, links to nothing and gives way to nothing unless the rule says so', () => {
    expect(found('workload', CONCLUSION)).toMatchObject([{ ruledOut: [], explainedBy: [], givesWayTo: [] }]);
    const explainedBy = [{ kind: 'Node', namespace: null, name: 'n1' }];
    const ruledOut = [{ what: ownText('a leak'), because: ownText('memory stays level') }];
    expect(found('workload', { ...CONCLUSION, explainedBy, ruledOut })).toMatchObject([
      { explainedBy, ruledOut },
    ]);
    expect(found('workload', { ...CONCLUSION, cause: 'seen' })).toMatchObject([{ givesWayTo: 'any' }]);
  });

  test('has the verdict, reason and advice of its cause, unless it has its own', () => {
    const { verdict: _, reason: __, ...rest } = { ...CONCLUSION, cause: 'waited' };
    expect(found('workload', rest)).toMatchObject([{ verdict: 'monitor', reason: WAITS, advice: [WAITS] }]);
    expect(found('workload', { ...rest, verdict: 'escalate', reason: nothing, advice: [] })).toMatchObject([
      { verdict: 'escalate', reason: nothing, advice: [] },
    ]);
  });

  test('has the times of what was seen, or better ones', () => {
    expect(found('workload', CONCLUSION)).toMatchObject([{ firstSeen: 5, occurrences: 3 }]);
    expect(found('workload', { ...CONCLUSION, firstSeen: 2, occurrences: 7 })).toMatchObject([
      { firstSeen: 2, occurrences: 7 },
    ]);
  });
});

describe('a conclusion that the rule does not declare', () => {
  test('is refused for its cause', () => {
    expect(() => found('workload', { ...CONCLUSION, cause: 'guessed' })).toThrow(
      'guessed is not a cause of rule made-up',
    );
  });

  test('is refused without a verdict, where its cause has none either', () => {
    const { verdict: _, ...rest } = CONCLUSION;
    expect(() => found('workload', rest)).toThrow('watched of rule made-up has no verdict');
  });

  test('is refused for an edit that its cause does not allow', () => {
    expect(() => found('workload', { ...CONCLUSION, changes: [change] })).toThrow('allows no edit');
    expect(found('workload', { ...CONCLUSION, cause: 'mended', changes: [change] })).toMatchObject([
      { changes: [change] },
    ]);
  });
});
