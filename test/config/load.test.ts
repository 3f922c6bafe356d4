import { describe, expect, test } from 'vitest';
import { describeConfigError } from '../../src/config/checked-yaml.ts';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { configOrMonitor, parseConfig } from '../../src/config/load.ts';
import { rules } from '../../src/rules/index.ts';

const IDS = rules.map(({ id }) => id).join(', ');

const EXAMPLE = `clusters:
  prod-eu:
    sources:
      - {repository: acme/infra, branch: main, path: apps/overlays/prod, namespaces: [shop]}
      - {path: .}
policy:
  default: {mode: propose}
  rules:
    - {namespaces: [payments*], mode: monitor}
    - {namespaces: [staging, dev-*], mode: auto-fix, minConfidence: 0.9}
    - {workloads: [Deployment/legacy-*], failures: [oom-killed], mode: off}
limits: {openPullRequests: 5, perHour: 20, memoryFactor: 2}
pullRequests: {reviewers: true}
proactive: {mode: propose, perDay: 1}
freeze: [{from: 2026-12-20, to: 2027-01-03, timezone: Europe/Berlin}]
charts: {pull: ['https://charts.example/stable', 'oci://registry.example/charts']}
registries: {ask: [docker.io, 'registry.example:5000/shop']}
reports: true
dashboard: false
`;

describe('a valid file', () => {
  test('is read as it is written', () => {
    expect(parseConfig(EXAMPLE, 'f.yml')).toEqual({
      errors: [],
      config: {
        clusters: {
          'prod-eu': {
            sources: [
              { repository: 'acme/infra', branch: 'main', path: 'apps/overlays/prod', namespaces: ['shop'] },
              { path: '.' },
            ],
          },
        },
        policy: {
          default: { mode: 'propose' },
          rules: [
            { namespaces: ['payments*'], mode: 'monitor' },
            { namespaces: ['staging', 'dev-*'], mode: 'auto-fix', minConfidence: 0.9 },
            { workloads: ['Deployment/legacy-*'], failures: ['oom-killed'], mode: 'off' },
          ],
        },
        limits: { openPullRequests: 5, perHour: 20, memoryFactor: 2 },
        pullRequests: { labels: false, reviewers: true },
        proactive: { mode: 'propose', perDay: 1 },
        guard: { mode: 'warn', comment: false, rules: [] },
        freeze: [{ from: '2026-12-20', to: '2027-01-03', timezone: 'Europe/Berlin' }],
        charts: { pull: ['https://charts.example/stable', 'oci://registry.example/charts'] },
        registries: { ask: ['docker.io', 'registry.example:5000/shop'] },
        trust: { mode: 'on', min: 0.3, max: 0.95 },
        expectations: { write: false },
        reports: true,
        dashboard: false,
      },
    });
  });

  test.each(['', '# nothing but a comment\n', '---\n', '{}'])('%j is the default', (text) => {
    expect(parseConfig(text, 'f.yml')).toEqual({ config: DEFAULT_CONFIG, errors: [] });
    expect(DEFAULT_CONFIG.limits).toEqual({ openPullRequests: 10, perHour: 20, memoryFactor: 2 });
  });

  test('off and days mean the same under a directive for YAML 1.1', () => {
    const parsed = parseConfig(
      '%YAML 1.1\n---\npolicy: {default: {mode: off}}\nfreeze: [{from: 2026-12-20, to: 2026-12-21}]\n',
      'f.yml',
    );
    expect(parsed.config?.policy.default?.mode).toBe('off');
    expect(parsed.config?.freeze[0]).toEqual({ from: '2026-12-20', to: '2026-12-21', timezone: 'UTC' });
  });

  test('anchors may be used', () => {
    const text =
      'policy:\n  rules:\n    - {namespaces: &n [a, b], mode: off}\n    - {namespaces: *n, mode: monitor}\n';
    expect(parseConfig(text, 'f.yml').config?.policy.rules[1]?.namespaces).toEqual(['a', 'b']);
  });
});

describe('every error has its line, its column and what was expected', () => {
  const rule = (text: string): string => `policy:\n  rules:\n    - ${text}\n`;
  test.each<readonly [string, string, string]>([
    [
      'unknown key',
      'limit: {}',
      '1:1: unknown key "limit": expected one of extends, clusters, policy, limits, pullRequests, proactive, trust, guard, expectations, freeze, charts, registries, reports, dashboard. Did you mean limits?',
    ],
    [
      'a chart repository without a scheme',
      'charts: {pull: [charts.example]}',
      '1:17: charts.pull[0]: expected an address that starts with https:// or oci://, but found "charts.example"',
    ],
    [
      'a registry with a scheme',
      'registries: {ask: [https://docker.io]}',
      '1:20: registries.ask[0]: expected a registry or a repository in it, such as docker.io or ghcr.io/acme, but found "https://docker.io"',
    ],
    [
      'one chart repository in place of a list',
      'charts: {pull: https://charts.example}',
      '1:16: charts.pull: expected a list of chart repositories, but found "https://charts.example"',
    ],
    [
      'unknown key below',
      rule('{namespace: [a], mode: off}'),
      '3:8: unknown key "namespace" in policy.rules[0]: expected one of clusters, namespaces, workloads, failures, mode, minConfidence. Did you mean namespaces?',
    ],
    [
      'unknown key in a cluster',
      'clusters:\n  prod:\n    source: []\n',
      '3:5: unknown key "source" in clusters.prod: expected one of sources. Did you mean sources?',
    ],
    [
      'unknown mode',
      rule('mode: autofix'),
      '3:13: policy.rules[0].mode: expected one of off, monitor, propose, auto-fix, but found "autofix". Did you mean auto-fix?',
    ],
    [
      'missing mode',
      rule('namespaces: [a]'),
      '3:7: policy.rules[0].mode is missing: expected one of off, monitor, propose, auto-fix',
    ],
    [
      'boolean for a mode',
      'policy: {default: {mode: false}}',
      '1:26: policy.default.mode: expected one of off, monitor, propose, auto-fix, but found false',
    ],
    [
      'text for a list',
      rule('{namespaces: shop, mode: off}'),
      '3:20: policy.rules[0].namespaces: expected a list of namespaces, but found "shop"',
    ],
    [
      'empty list',
      rule('{namespaces: [], mode: off}'),
      '3:20: policy.rules[0].namespaces: expected at least one of namespaces, but found a list',
    ],
    [
      'bad glob',
      rule('{namespaces: ["[ab]"], mode: off}'),
      '3:21: policy.rules[0].namespaces[0]: expected a name in which * stands for any characters and ? for one (names have small letters, digits, - and .), but found "[ab]"',
    ],
    [
      'workload without a kind',
      rule('{workloads: [cart], mode: off}'),
      '3:20: policy.rules[0].workloads[0]: expected Kind/name, such as Deployment/cart-*, but found "cart"',
    ],
    [
      'unknown failure',
      rule('{failures: [oom], mode: off}'),
      `3:19: policy.rules[0].failures[0]: expected one of ${IDS}, or a pattern of these with *, but found "oom". Did you mean oom-killed?`,
    ],
    [
      'confidence above 1',
      rule('{mode: auto-fix, minConfidence: 90}'),
      '3:39: policy.rules[0].minConfidence: expected a number from 0 to 1, but found 90',
    ],
    [
      'confidence as text',
      rule('{mode: auto-fix, minConfidence: 90%}'),
      '3:39: policy.rules[0].minConfidence: expected a number from 0 to 1, but found "90%"',
    ],
    [
      'fraction for a count',
      'limits: {perHour: 1.5}',
      '1:19: limits.perHour: expected a whole number, 0 or more, but found 1.5',
    ],
    [
      'factor below 1',
      'limits: {memoryFactor: 0.5}',
      '1:24: limits.memoryFactor: expected a number, 1 or more, but found 0.5',
    ],
    [
      'freeze backwards',
      'freeze:\n  - from: 2027-01-03\n    to: 2026-12-20\n',
      '3:9: freeze[0].to: expected a day that is not before `from`, but found "2026-12-20"',
    ],
    [
      'impossible day',
      'freeze: [{from: 2026-02-30, to: 2026-03-01}]',
      '1:17: freeze[0].from: expected a day as YYYY-MM-DD, but found "2026-02-30"',
    ],
    [
      'day with a time',
      'freeze: [{from: 2026-02-01T00:00:00Z, to: 2026-03-01}]',
      '1:17: freeze[0].from: expected a day as YYYY-MM-DD, but found "2026-02-01T00:00:00Z"',
    ],
    [
      'unknown time zone',
      'freeze: [{from: 2026-02-01, to: 2026-03-01, timezone: Europe/Bonn}]',
      '1:55: freeze[0].timezone: expected a time zone, such as Europe/Berlin, but found "Europe/Bonn"',
    ],
    [
      'path out of the repository',
      'clusters: {a: {sources: [{path: ../b}]}}',
      '1:33: clusters.a.sources[0].path: expected a folder inside the repository, without .. and a leading /, but found "../b"',
    ],
    [
      'bad repository',
      'clusters: {a: {sources: [{path: b, repository: infra}]}}',
      '1:48: clusters.a.sources[0].repository: expected owner/name, but found "infra"',
    ],
    [
      'nothing for a mapping',
      'limits:\n',
      '1:8: limits: expected a mapping of keys to values, but found nothing',
    ],
    [
      'list for the file',
      '- a\n- b\n',
      '1:1: the file: expected a mapping of keys to values, but found a list',
    ],
    [
      'value behind an anchor',
      rule('{failures: &f [nope], mode: off}'),
      `3:22: policy.rules[0].failures[0]: expected one of ${IDS}, or a pattern of these with *, but found "nope"`,
    ],
  ])('%s', (_name, text, expected) => {
    expect(parseConfig(text, 'f.yml').errors.map(describeConfigError)).toEqual([`f.yml:${expected}`]);
  });

  test.each<readonly [string, string, string, RegExp]>([
    ['broken syntax', 'limits: {perHour: 1\npolicy: {}\n', '2:1:', /.+/],
    ['duplicate key', 'limits: {}\nfreeze: []\nlimits: {}\n', '3:1', /unique/],
    [
      'pattern that is read as an alias',
      'policy:\n  rules:\n    - {namespaces: [*dev], mode: off}\n',
      '3:',
      /quoted/,
    ],
    ['second document', 'limits: {}\n---\nlimits: {}\n', '2:1', /one document/],
    ['tab', 'policy:\n\tdefault: {mode: off}\n', '2:1', /tab/i],
  ])('%s', (_name, text, place, message) => {
    const { config, errors } = parseConfig(text, 'f.yml');
    expect(config).toBeNull();
    expect(describeConfigError(errors[0]!)).toContain(`f.yml:${place}`);
    expect(errors[0]!.message).toMatch(message);
  });

  test('aliases that multiply are refused, quickly', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) =>
        `k${level}: &a${level} [${Array(9)
          .fill(level === 0 ? 'x' : `*a${level - 1}`)
          .join(', ')}]`,
    );
    expect(parseConfig(levels.join('\n'), 'f.yml').errors[0]?.message).toMatch(/alias/);
  });

  test('all errors are found at once, in the order of their lines', () => {
    const text =
      'freeze: [{from: x, to: y}]\nlimits:\n  perhour: 3\n  perHour: -1\npolicy: {default: {mode: all}}\n';
    expect(parseConfig(text, 'f.yml').errors.map(({ line, column }) => [line, column])).toEqual([
      [1, 17],
      [1, 24],
      [3, 3],
      [4, 12],
      [5, 26],
    ]);
  });
});

test('in place of an invalid file everything is monitored', () => {
  const config = configOrMonitor(
    parseConfig('policy: {default: {mode: all}, rules: [{mode: auto-fix}]}', 'f.yml'),
  );
  expect(config.policy).toEqual({ default: { mode: 'monitor' }, rules: [] });
  expect(configOrMonitor(parseConfig(EXAMPLE, 'f.yml')).limits.openPullRequests).toBe(5);
});
