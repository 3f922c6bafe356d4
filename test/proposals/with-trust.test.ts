import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { decide } from '../../src/decisions/decide.ts';
import type { Finding } from '../../src/model/finding.ts';
import { confidenceOf } from '../../src/model/finding.ts';
import type { FixVerdict } from '../../src/model/verdict.ts';
import type { JudgedFix } from '../../src/proposals/diagnose-input.ts';
import { withTrust } from '../../src/proposals/with-trust.ts';
import { prose } from '../../src/untrusted/prose.ts';
import { imageProposal } from '../pull-requests/proposals.ts';

const { incidents, located } = imageProposal();
const incident = incidents[0]!;
const held = Array.from({ length: 8 }, () => 'held' as const);

function changed(change: Partial<Finding>) {
  return { ...incident, finding: { ...incident.finding, ...change } };
}

async function trusted(one: typeof incident, verdicts: readonly FixVerdict[], config = DEFAULT_CONFIG) {
  const asked: string[] = [];
  const judged = async (workloads: readonly string[]): Promise<readonly JudgedFix[]> => {
    asked.push(workloads.join());
    return workloads.flatMap((workload) => [
      ...verdicts.map((verdict) => ({ workload, rule: 'image-pull', verdict })),
      { workload, rule: 'oom-killed', verdict: 'reverted' as const },
      { workload: `${workload}2`, rule: 'image-pull', verdict: 'reverted' as const },
    ]);
  };
  const [after] = await withTrust([one], { judged, config });
  return { after: after!, asked };
}

const sure = { confidence: [{ factor: 0.8, reason: prose`likely` }] };

function decided(one: typeof incident, minConfidence: number) {
  return decide({
    finding: one.finding,
    located,
    cluster: 'prod-eu',
    config: { ...DEFAULT_CONFIG, policy: { default: { mode: 'auto-fix', minConfidence }, rules: [] } },
    configErrors: [],
    annotations: { workload: undefined, namespace: undefined },
    now: 0,
    counters: { open: 0, inLastHour: 0, foreseenInLastDay: 0 },
    requiredChecks: 'required',
    lastAutomaticChange: null,
  }).action;
}

describe('the trust that fixes have earned', () => {
  test('is asked for by workload and rule, and changes the confidence alone', async () => {
    const { after, asked } = await trusted(changed(sure), held);
    expect(asked).toEqual(['prod-eu Deployment/shop/cart']);
    expect(confidenceOf(after.finding.confidence)).toBe(0.92);
    expect({ ...after.finding, confidence: [] }).toEqual({ ...changed(sure).finding, confidence: [] });
  });

  test('is asked for once for all incidents of a scan', async () => {
    let questions = 0;
    const judged = async (): Promise<readonly JudgedFix[]> => {
      questions += 1;
      return [];
    };
    const many = Array.from({ length: 30 }, (_, index) =>
      changed({ object: { ...incident.finding.object, name: `cart-${index}` } }),
    );
    expect(await withTrust(many, { judged, config: DEFAULT_CONFIG })).toEqual(many);
    await withTrust([changed({ verdict: 'escalate' })], { judged, config: DEFAULT_CONFIG });
    expect(questions).toBe(1);
  });

  test('leaves an incident without earlier fixes, and one that wants none, the same object', async () => {
    expect((await trusted(incident, [])).after).toBe(incident);
    const escalated = changed({ verdict: 'escalate' });
    expect((await trusted(escalated, held)).after).toBe(escalated);
    const off = { ...DEFAULT_CONFIG, trust: { ...DEFAULT_CONFIG.trust, mode: 'off' as const } };
    expect(await trusted(changed(sure), held, off)).toMatchObject({ asked: [] });
  });

  test('is the same object for the same incident, so that what was worked out holds', async () => {
    const one = changed(sure);
    const { after } = await trusted(one, held);
    expect((await trusted(one, held)).after).toBe(after);
    expect((await trusted(one, ['rejected', ...held])).after).not.toBe(after);
  });

  test('decides whether policy lets it merge', async () => {
    const one = changed({ ...sure, guards: [] });
    expect(decided(one, 0.9)).toBe('propose');
    expect(decided((await trusted(one, held)).after, 0.9)).toBe('auto-fix');
    const lost = (
      await trusted(changed({ confidence: [{ factor: 0.95, reason: prose`sure` }], guards: [] }), [
        'reverted',
      ])
    ).after;
    expect(decided(lost, 0.9)).toBe('propose');
  });

  test('lifts no guard and no escalation', async () => {
    const guarded = changed({ ...sure, guards: [{ kind: 'no-auto-merge', reason: prose`a person merges` }] });
    expect(decided((await trusted(guarded, held)).after, 0.9)).toBe('propose');
    const draft = changed({ ...sure, guards: [{ kind: 'draft', reason: prose`a person must think` }] });
    expect(decided((await trusted(draft, held)).after, 0.9)).toBe('escalate');
    const escalated = changed({ ...sure, verdict: 'escalate', guards: [] });
    expect(decided((await trusted(escalated, held)).after, 0.9)).toBe('escalate');
  });
});
