import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONFIG_FILE } from '../../src/config/defaults.ts';
import { configOrMonitor, parseConfig, type LayeredConfig } from '../../src/config/load.ts';
import { configCheck as checkOf } from '../../src/onboarding/check.ts';
import { allNodes, parseGfm } from '../untrusted/gfm.ts';
import { hostileText } from '../untrusted/hostile.ts';

/** Null where there is no file. */
function written(text: string | null): LayeredConfig {
  const parsed = parseConfig(text ?? '', CONFIG_FILE);
  return {
    config: configOrMonitor(parsed),
    files: text === null ? [] : [CONFIG_FILE],
    errors: parsed.errors,
  };
}

function configCheck(before: string | null, after: string | null): ReturnType<typeof checkOf> {
  return checkOf(written(before), written(after));
}

function summary(before: string | null, after: string | null): readonly string[] {
  return configCheck(before, after)
    .summary.split('\n')
    .map((line) => line.replace(/^- /, ''));
}

describe('a file with errors', () => {
  test('fails, with each error at its line', () => {
    const check = configCheck(null, 'policy:\n  rules:\n    - {mode: all}\nlimit: {}\n');
    expect(check).toMatchObject({
      conclusion: 'failure',
      title: '2 errors',
      annotations: [
        { path: '.github/faultline.yml', line: 3, message: expect.stringContaining('expected one of off') },
        { path: '.github/faultline.yml', line: 4, message: expect.stringContaining('Did you mean limits?') },
      ],
    });
    expect(check.summary).toContain('every mode is monitor until it is fixed');
  });

  test('has at most as many annotations as GitHub takes', () => {
    const rules = '    - {mode: all}\n'.repeat(80);
    expect(configCheck(null, `policy:\n  rules:\n${rules}`).annotations).toHaveLength(50);
  });

  test('says in words what to write in place of an address', () => {
    const { annotations } = configCheck(null, 'charts: {pull: [charts.example]}');
    expect(annotations[0]?.message).toContain('https://');
  });
});

describe('what changes is said in words', () => {
  test.each<readonly [string, string | null, string | null, readonly string[]]>([
    [
      'namespaces that may be merged without a person',
      null,
      'policy: {rules: [{namespaces: [staging, dev-*], mode: auto-fix, minConfidence: 0.95}]}',
      [
        'In namespace `staging`: may be merged without a person from a confidence of 0.95 (before: propose)',
        'In namespace `dev-*`: may be merged without a person from a confidence of 0.95 (before: propose)',
        'In each of these, a rule for something narrower may say otherwise.',
      ],
    ],
    [
      'the default',
      'policy: {default: {mode: monitor}}',
      'policy: {default: {mode: auto-fix}}',
      ['Where no rule says otherwise: may be merged without a person (before: monitor)'],
    ],
    [
      'a default under which one namespace stays as it was',
      'policy: {default: {mode: propose}, rules: [{namespaces: [pay], mode: monitor}]}',
      'policy: {default: {mode: off}, rules: [{namespaces: [pay], mode: monitor}]}',
      [
        'Where no rule says otherwise: switched off (before: propose)',
        'Where no rule says otherwise, for `quota-nearly-used`, `volume-filling`, `certificate-expiring`, `memory-near-limit`, `hpa-near-maximum`: switched off (before: monitor)',
      ],
    ],
    [
      'one failure only',
      null,
      'policy: {rules: [{failures: [oom-killed], mode: off}]}',
      ['Where no rule says otherwise, for `oom-killed`: switched off (before: propose)'],
    ],
    [
      'a rule that is taken away',
      'policy: {rules: [{clusters: [prod-*], namespaces: [pay], mode: monitor}]}',
      '',
      [
        'In namespace `pay`, cluster `prod-*`: pull requests, which a person merges (before: monitor)',
        'In each of these, a rule for something narrower may say otherwise.',
      ],
    ],
    [
      'where two rules meet',
      'policy: {rules: [{workloads: [Deployment/x], mode: monitor}, {namespaces: [dev], mode: auto-fix}]}',
      'policy: {rules: [{namespaces: [dev], mode: auto-fix}]}',
      [
        'In workloads `Deployment/x`, namespace `dev`: may be merged without a person (before: monitor)',
        'In workloads `Deployment/x`: pull requests, which a person merges (before: monitor)',
        'In each of these, a rule for something narrower may say otherwise.',
      ],
    ],
    ['limits', null, 'limits: {openPullRequests: 3}', ['`limits.openPullRequests`: 3 (before: 10)']],
    [
      'a freeze',
      'freeze: [{from: 2026-01-01, to: 2026-01-02}]',
      'freeze: [{from: 2026-12-20, to: 2027-01-03}]',
      [
        'New freeze: from 2026-12-20 to 2027-01-03 (`UTC`), nothing auto-merges',
        'No longer a freeze: from 2026-01-01 to 2026-01-02 (`UTC`), nothing auto-merges',
      ],
    ],
    [
      'chart repositories, clusters and switches',
      null,
      'charts: {pull: [oci://a.example/b]}\nclusters: {prod: {sources: [{path: apps}]}}\ndashboard: false\nreports: true\n',
      [
        'New chart repository: `oci://a.example/b` may be asked for charts',
        'Cluster `prod`: 1 source (`apps`)',
        '`reports`: switched on',
        '`dashboard`: switched off',
      ],
    ],
    [
      'the end of an error',
      'policy: {default: {mode: all}}',
      '',
      [
        'The file on the default branch has errors, so every mode is monitor. This fixes it.',
        'Where no rule says otherwise: pull requests, which a person merges (before: monitor)',
      ],
    ],
    [
      'that the file is removed',
      'limits: {perHour: 5}',
      null,
      ['The file is removed: what applies without it is listed here.', '`limits.perHour`: 20 (before: 5)'],
    ],
  ])('%s', (_what, before, after, lines) => {
    expect(summary(before, after)).toEqual(lines);
    expect(configCheck(before, after).conclusion).toBe('success');
  });

  test.each<readonly [string, string | null, string | null]>([
    ['a comment', null, '# nothing\n'],
    ['the order of keys', 'limits: {perHour: 5, memoryFactor: 2}', 'limits: {memoryFactor: 2, perHour: 5}'],
    [
      'a rule behind one that comes first',
      'policy: {rules: [{mode: off}]}',
      'policy: {rules: [{mode: off}, {namespaces: [a], mode: auto-fix}]}',
    ],
    ['a rule that says what the default says', null, 'policy: {rules: [{namespaces: [a], mode: propose}]}'],
  ])('but %s changes nothing', (_what, before, after) => {
    expect(configCheck(before, after)).toMatchObject({ title: 'Valid; nothing changes', annotations: [] });
  });

  test('a policy of very many rules is not compared one by one', () => {
    const rules = Array.from(
      { length: 200 },
      (_, index) => `{clusters: [c${index}], namespaces: [n${index}], mode: off}`,
    );
    expect(configCheck(null, `policy: {rules: [${rules.join(', ')}]}`).summary).toContain('too many rules');
  });
});

test('names in a file cannot ping, link or break out', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const name = JSON.stringify(text);
      const { summary: written } = configCheck(null, `clusters:\n  ? ${name}\n  : {sources: []}\n`);
      expect(written).not.toMatch(/(?<![A-Za-z0-9_])@[A-Za-z0-9]/);
      const types = allNodes(parseGfm(written)).map(({ type }) => type);
      expect(types.filter((type) => ['link', 'image', 'html', 'heading', 'code'].includes(type))).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
