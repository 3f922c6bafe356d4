import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { CeilingEntry, Config } from '../../src/config/schema.ts';
import { decide, type DecisionInput } from '../../src/decisions/decide.ts';
import type { DeclineCode, Declined } from '../../src/model/declined.ts';
import type { Decision } from '../../src/model/decision.ts';
import type { Located } from '../../src/model/located.ts';
import type { Finding } from '../../src/model/finding.ts';
import { plainText, prose } from '../../src/untrusted/prose.ts';

const NOW = Date.parse('2026-06-15T12:00:00Z');
const DAY = 24 * 60 * 60 * 1000;
const cart = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'cart' };

function finding(overrides: Partial<Finding> & { readonly sure?: number } = {}): Finding {
  const { sure = 0.95, ...rest } = overrides;
  return {
    rule: 'image-pull',
    cause: 'tag-not-found',
    object: cart,
    container: 'server',
    phase: 'image',
    culprit: cart,
    affected: [],
    explainedBy: [],
    givesWayTo: [],
    ruledOut: [],
    summary: prose`summary`,
    rootCause: prose`root cause`,
    evidence: [],
    confidence: [{ factor: sure, reason: prose`certainty` }],
    verdict: 'fix',
    reason: prose`the rule's reason`,
    changes: [],
    guards: [],
    advice: [],
    chart: null,
    firstSeen: NOW,
    lastSeen: NOW,
    occurrences: 3,
    ...rest,
  };
}

const proven: Located = {
  kind: 'located',
  changes: [],
  derived: [],
  refused: [],
  proof: { status: 'proven', reason: null, roots: [] },
  files: new Map(),
  diff: '',
  renderedDiff: '',
};
const unproven: Located = {
  ...proven,
  proof: { status: 'unproven', reason: 'a remote base was not fetched', roots: [] },
};

function declined(code: DeclineCode, reason: string): Declined {
  return { kind: 'declined', code, reason, candidates: [] };
}

function config(text: string): Config {
  const parsed = parseConfig(text, 'f.yml');
  if (!parsed.config) throw new Error(parsed.errors[0].message);
  return parsed.config;
}

const autoFix = config('policy: {default: {mode: auto-fix}}');

function decided(overrides: Partial<DecisionInput> = {}) {
  const decision = decide({
    finding: finding(),
    located: proven,
    cluster: 'prod-eu',
    config: DEFAULT_CONFIG,
    configErrors: [],
    annotations: { workload: undefined, namespace: undefined },
    now: NOW,
    counters: { open: 0, inLastHour: 0, foreseenInLastDay: 0 },
    requiredChecks: 'required',
    lastAutomaticChange: null,
    ...overrides,
  });
  return { ...decision, reason: plainText(decision.reason) };
}

describe('what the rule and the edit allow', () => {
  test('a proven fix is proposed by default', () => {
    expect(decided()).toEqual({
      action: 'propose',
      reason: 'the built-in default allows pull requests, and a person merges',
      draft: false,
      policy: 'built-in default (mode: propose)',
    });
  });

  test('an unproven fix is proposed, and says so', () => {
    expect(decided({ located: unproven })).toMatchObject({
      action: 'propose',
      reason: expect.stringContaining('not proven, because a remote base was not fetched'),
    });
  });

  test.each(['monitor', 'decline'] as const)(
    'what the rule wants to %s stays so, whatever the policy',
    (verdict) => {
      expect(decided({ finding: finding({ verdict }), config: autoFix })).toMatchObject({
        action: verdict,
        reason: "the rule's reason",
        draft: false,
      });
    },
  );

  test('a fix whose place is not found is declined with the reason', () => {
    const located = declined('several-sites', 'two patches set the field');
    expect(decided({ located })).toMatchObject({ action: 'decline', reason: 'two patches set the field' });
  });

  test('a fix without a change is declined', () => {
    expect(decided({ located: null }).action).toBe('decline');
  });

  test.each(['already-so', 'drift'] as const)(
    'what git already says wins over an escalation (%s)',
    (code) => {
      const located = declined(code, 'waiting for the sync');
      expect(decided({ finding: finding({ verdict: 'escalate' }), located })).toMatchObject({
        action: 'decline',
        reason: 'waiting for the sync',
      });
    },
  );
});

describe('a person must think', () => {
  const escalate = finding({ verdict: 'escalate' });

  test('an exact edit is shown as a draft', () => {
    expect(decided({ finding: escalate, config: autoFix })).toMatchObject({
      action: 'escalate',
      reason: "the rule's reason",
      draft: true,
    });
  });

  test('without an edit there is a report', () => {
    expect(decided({ finding: escalate, located: null })).toMatchObject({ action: 'escalate', draft: false });
  });

  test('an edit that is not exact is not shown', () => {
    expect(decided({ finding: escalate, located: unproven })).toMatchObject({
      action: 'escalate',
      draft: false,
    });
  });

  test('where the place is not found there is a report with both reasons', () => {
    expect(decided({ finding: escalate, located: declined('no-site', 'no line controls it') })).toMatchObject(
      {
        action: 'escalate',
        reason: "the rule's reason; no line controls it",
        draft: false,
      },
    );
  });

  test('a guard makes a draft of a fix', () => {
    const guarded = finding({ guards: [{ kind: 'draft', reason: prose`the name is only similar.` }] });
    expect(decided({ finding: guarded, config: autoFix })).toMatchObject({
      action: 'escalate',
      reason: 'the name is only similar',
      draft: true,
    });
  });

  test('a field that was changed automatically in the last seven days is left to a person', () => {
    expect(decided({ lastAutomaticChange: NOW - 2 * DAY })).toMatchObject({
      action: 'escalate',
      reason: 'Faultline changed this field 2 days ago, and it was not enough',
      draft: true,
    });
    expect(decided({ lastAutomaticChange: NOW - 7 * DAY }).action).toBe('propose');
  });

  test('over the limits the draft waits, the report does not', () => {
    expect(
      decided({ finding: escalate, counters: { open: 10, inLastHour: 0, foreseenInLastDay: 0 } }),
    ).toMatchObject({
      action: 'escalate',
      draft: false,
      reason: expect.stringContaining('limits.openPullRequests is 10'),
    });
  });
});

describe('merging without a person', () => {
  test('happens when nothing speaks against it', () => {
    expect(decided({ config: autoFix })).toMatchObject({
      action: 'auto-fix',
      draft: false,
      policy: 'policy.default (mode: auto-fix)',
    });
  });

  const freeze = config('policy: {default: {mode: auto-fix}}\nfreeze: [{from: 2026-06-15, to: 2026-06-15}]');
  const guards = [{ kind: 'no-auto-merge', reason: prose`the name was guessed` }] as const;
  test.each<readonly [string, Partial<DecisionInput>, string]>([
    ['the edit is unproven', { located: unproven }, 'a remote base was not fetched'],
    ['a guard asks for a person', { finding: finding({ guards }) }, 'the name was guessed'],
    [
      'the confidence is too low',
      { finding: finding({ sure: 0.85 }) },
      'the confidence of 0.85 is below the 0.9 needed',
    ],
    ['a freeze is on', { config: freeze }, 'a freeze is on from 2026-06-15 to 2026-06-15 (UTC)'],
    ['no check is required', { requiredChecks: 'none' }, 'requires no check'],
    ['checks are not known', { requiredChecks: 'unknown' }, 'not known here'],
  ])('is left to a person when %s', (_name, overrides, reason) => {
    const decision = decided({ config: autoFix, ...overrides });
    expect(decision).toMatchObject({ action: 'propose', draft: false });
    expect(decision.reason).toMatch(/^policy\.default allows auto-merge, but a person merges: /);
    expect(decision.reason).toContain(reason);
  });

  test('every obstacle is named', () => {
    const { reason } = decided({
      config: autoFix,
      located: unproven,
      requiredChecks: 'none',
      finding: finding({ guards }),
    });
    expect(reason.split('; ')).toHaveLength(3);
  });

  test('a confidence that the policy names replaces the built-in one', () => {
    const lenient = config('policy: {default: {mode: auto-fix, minConfidence: 0.8}}');
    expect(decided({ config: lenient, finding: finding({ sure: 0.85 }) }).action).toBe('auto-fix');
    expect(decided({ config: lenient, finding: finding({ sure: 0.79 }) }).action).toBe('propose');
  });
});

describe('the policy', () => {
  const policy = config(`
policy:
  default: {mode: monitor}
  rules:
    - {clusters: [staging-*], mode: auto-fix}
    - {namespaces: [payments*], mode: monitor}
    - {workloads: [deployment/legacy-*], failures: [oom-*], mode: off}
    - {namespaces: [shop], mode: propose, minConfidence: 0.9}
`);
  const inNamespace = (namespace: string | null, name = 'cart') =>
    finding({ object: { ...cart, namespace, name } });

  test('the first rule that matches applies, and is named', () => {
    expect(decided({ config: policy })).toMatchObject({
      action: 'propose',
      policy: 'policy.rules[3] (mode: propose)',
    });
    expect(decided({ config: policy, cluster: 'staging-eu' })).toMatchObject({
      action: 'auto-fix',
      policy: 'policy.rules[0] (mode: auto-fix)',
    });
    expect(decided({ config: policy, finding: inNamespace('payments-eu') })).toMatchObject({
      action: 'monitor',
      reason: 'policy.rules[1] allows no more than monitoring',
    });
  });

  test('where no rule matches, the default applies', () => {
    expect(decided({ config: policy, finding: inNamespace('other') }).policy).toBe(
      'policy.default (mode: monitor)',
    );
    expect(decided({ config: policy, finding: inNamespace(null) }).policy).toBe(
      'policy.default (mode: monitor)',
    );
  });

  test('a rule applies only when everything in it matches; kinds in any case', () => {
    const legacy = inNamespace('shop', 'legacy-cart');
    expect(decided({ config: policy, finding: { ...legacy, rule: 'oom-killed' } })).toMatchObject({
      action: 'monitor',
      reason: 'policy.rules[2] switches Faultline off here',
    });
    expect(decided({ config: policy, finding: legacy }).policy).toBe('policy.rules[3] (mode: propose)');
  });

  test('below the confidence that a rule asks of proposals, the finding is monitored', () => {
    expect(decided({ config: policy, finding: finding({ sure: 0.89 }) })).toMatchObject({
      action: 'monitor',
      reason: 'the confidence of 0.89 is below the 0.9 that policy.rules[3] asks for',
    });
  });

  test('monitoring holds back escalations too', () => {
    const escalate = { ...inNamespace('payments'), verdict: 'escalate' } as const;
    expect(decided({ config: policy, finding: escalate })).toMatchObject({ action: 'monitor', draft: false });
  });

  test('an invalid file lowers everything to monitoring, and names its line', () => {
    const configErrors = [{ file: '.github/faultline.yml', line: 7, column: 3, message: 'x' }];
    expect(decided({ config: autoFix, configErrors })).toMatchObject({
      action: 'monitor',
      reason: 'an error in .github/faultline.yml line 7 allows no more than monitoring',
      policy: 'invalid .github/faultline.yml (mode: monitor)',
    });
  });
});

describe("the ceiling of the service's settings", () => {
  const place = { file: 'settings.yml', line: 4, column: 5, path: 'ceiling[0]' };
  const entry = (more: Partial<CeilingEntry>): CeilingEntry => ({ mode: 'propose', place, ...more });
  const under = (...ceiling: readonly CeilingEntry[]): Config => ({ ...autoFix, ceiling });

  test('lowers what the policy allows, and the decision names its entry', () => {
    expect(decided({ config: under(entry({ mode: 'monitor' })) })).toMatchObject({
      action: 'monitor',
      reason: "ceiling[0] of the service's settings allows no more than monitoring",
      policy: 'ceiling[0] of the settings (mode: monitor)',
    });
    expect(decided({ config: under(entry({ mode: 'propose' })) }).action).toBe('propose');
  });

  test('raises nothing', () => {
    const config = {
      ...under(entry({ mode: 'auto-fix' })),
      policy: { default: { mode: 'monitor' as const }, rules: [] },
    };
    expect(decided({ config }).action).toBe('monitor');
  });

  test('holds with all entries that match, so that the lowest applies', () => {
    const config = under(entry({ mode: 'propose' }), entry({ mode: 'off', namespaces: ['sh*'] }));
    expect(decided({ config }).action).toBe('monitor');
  });

  test.each<readonly [Partial<CeilingEntry>, string]>([
    [{ clusters: ['other'] }, 'auto-fix'],
    [{ namespaces: ['other'] }, 'auto-fix'],
    [{ clusters: ['prod*'], namespaces: ['other'] }, 'auto-fix'],
    [{ clusters: ['prod*'], namespaces: ['shop'] }, 'monitor'],
  ])('of %j holds only where all that it names matches', (more, action) => {
    expect(decided({ config: under(entry({ mode: 'monitor', ...more })), cluster: 'prod-eu' }).action).toBe(
      action,
    );
  });

  test('for a namespace holds for the namespace itself, and for no other object outside of namespaces', () => {
    const config = under(entry({ mode: 'monitor', namespaces: ['shop'] }));
    const of = (kind: string) =>
      decided({
        config,
        finding: finding({ object: { apiVersion: 'v1', kind, namespace: null, name: 'shop' } }),
      }).action;
    expect([of('Namespace'), of('Node')]).toEqual(['monitor', 'auto-fix']);
  });
});

describe('a rule of another file', () => {
  test('is named with that file', () => {
    const place = { file: 'acme/.github:faultline.yml', line: 3, column: 1, path: 'policy.default' };
    const config = {
      ...DEFAULT_CONFIG,
      policy: { default: { mode: 'monitor' as const }, rules: [] },
      places: new Map([['policy.default', place]]),
    };
    expect(decided({ config })).toMatchObject({
      reason: 'policy.default of acme/.github:faultline.yml allows no more than monitoring',
      policy: 'policy.default of acme/.github:faultline.yml (mode: monitor)',
    });
  });
});

describe('the annotation', () => {
  test.each<readonly [string | undefined, string | undefined, string]>([
    ['propose', undefined, 'propose'],
    ['monitor', 'propose', 'monitor'],
    ['propose', 'off', 'monitor'],
    [' propose ', undefined, 'propose'],
    ['disabled', undefined, 'monitor'],
  ])('%j on the workload and %j on its namespace lower auto-fix to %s', (workload, namespace, action) => {
    expect(decided({ config: autoFix, annotations: { workload, namespace } }).action).toBe(action);
  });

  test('never raises the mode', () => {
    const annotations = { workload: 'auto-fix', namespace: 'auto-fix' };
    expect(decided({ annotations })).toMatchObject({
      action: 'propose',
      policy: 'built-in default (mode: propose)',
    });
  });

  test('is named with where it stands', () => {
    expect(decided({ annotations: { workload: undefined, namespace: 'monitor' } })).toMatchObject({
      reason: 'the annotation faultline.dev/mode on Namespace shop allows no more than monitoring',
      policy: 'annotation faultline.dev/mode (mode: monitor)',
    });
  });
});

describe('the limits', () => {
  test.each([
    [{ open: 10, inLastHour: 0, foreseenInLastDay: 0 }, '10 are open, and limits.openPullRequests is 10'],
    [
      { open: 0, inLastHour: 20, foreseenInLastDay: 0 },
      '20 were opened in the last hour, and limits.perHour is 20',
    ],
  ])('at %j the pull request waits', (counters, reason) => {
    expect(decided({ counters })).toMatchObject({
      action: 'monitor',
      reason: `the pull request waits: ${reason}`,
    });
    expect(decided({ counters, config: autoFix }).action).toBe('monitor');
  });

  test('one below them it does not', () => {
    expect(decided({ counters: { open: 9, inLastHour: 19, foreseenInLastDay: 0 } }).action).toBe('propose');
  });
});

describe('what is still to come', () => {
  const foreseen: Finding = { ...finding(), rule: 'memory-near-limit', foresees: true };
  const asked = 'policy: {rules: [{failures: [memory-near-limit], mode: propose}]}';

  test.each<[string, string, Decision['action']]>([
    ['is only watched by default', '{}', 'monitor'],
    [
      'is only watched where a rule for everything allows proposals',
      'policy: {rules: [{mode: auto-fix}]}',
      'monitor',
    ],
    [
      'is only watched where a rule for * allows proposals',
      "policy: {rules: [{failures: ['*'], mode: propose}]}",
      'monitor',
    ],
    [
      'is only watched where the rule names other failures',
      asked.replace('memory-near-limit', 'image-pull'),
      'monitor',
    ],
    ['is proposed where a rule names it', asked, 'propose'],
    [
      'is proposed where a rule names it by a pattern',
      asked.replace('memory-near-limit', 'memory-*'),
      'propose',
    ],
    ['is proposed where proactive asks for it', 'proactive: {mode: propose}', 'propose'],
    [
      'is only watched where policy allows less than proactive',
      '{proactive: {mode: propose}, policy: {default: {mode: monitor}}}',
      'monitor',
    ],
    ['is never merged automatically', asked.replace('propose', 'auto-fix'), 'propose'],
    [
      'is only watched during a freeze',
      `{${asked}, freeze: [{from: 2026-01-01, to: 2026-12-31}]}`,
      'monitor',
    ],
  ])('%s', (_what, text, action) => {
    expect(
      decided({ finding: foreseen, config: config(text), now: Date.parse('2026-06-10T12:00:00Z') }).action,
    ).toBe(action);
  });

  test('escalates nothing by default', () => {
    expect(decided({ finding: { ...foreseen, verdict: 'escalate' } }).action).toBe('monitor');
  });

  test('waits when the budget of the day is used up', () => {
    const counters = { open: 0, inLastHour: 0, foreseenInLastDay: 2 };
    const given = config(`{${asked}, proactive: {perDay: 2}}`);
    expect(decided({ finding: foreseen, config: given, counters })).toMatchObject({
      action: 'monitor',
      reason:
        'the pull request waits: 2 about failures to come were opened in the last 24 hours, and proactive.perDay is 2',
    });
    expect(decided({ config: given, counters }).action).toBe('propose');
  });
});

describe('a freeze', () => {
  const frozen = config('freeze: [{from: 2026-12-20, to: 2027-01-03, timezone: Europe/Berlin}]');
  test.each([
    ['2026-12-19T22:59:59Z', false],
    ['2026-12-19T23:00:00Z', true],
    ['2027-01-03T22:59:59Z', true],
    ['2027-01-03T23:00:00Z', false],
  ])('has both days, as its time zone counts them: %s is in it: %s', (now, isFrozen) => {
    const decision = decided({ config: frozen, now: Date.parse(now) });
    expect(decision.action).toBe('propose');
    expect(decision.reason.includes('a freeze is on')).toBe(isFrozen);
  });
});
