import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors/input-error.ts';
import { secretVariables } from '../../src/service/secret-variables.ts';
import { loadSettings, parseSettings } from '../../src/service/settings.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';

const parse = (text: string) =>
  parseSettings(text, '/etc/faultline/settings.yml', { XDG_STATE_HOME: '/var/state' });

describe('settings', () => {
  test('of one live cluster leave the rest to defaults', () => {
    expect(parse('clusters:\n  prod: {context: prod-eu}\n')).toEqual({
      clusters: [
        { name: 'prod', source: { kind: 'live', context: 'prod-eu', prometheus: null }, repositories: null },
      ],
      interval: 60_000,
      polling: 60_000,
      writePause: 1_000,
      mostMirrored: null,
      onboarding: 'required',
      alerts: null,
      ceiling: [],
      routes: [],
      explanation: null,
      folder: '/var/state/faultline',
      placeOf: expect.any(Function),
    });
  });

  test('have paths that are relative to their file', () => {
    const { clusters, folder } = parse('clusters:\n  prod: {snapshot: recorded/prod}\nfolder: state\n');
    expect(clusters[0]!.source).toEqual({ kind: 'recorded', path: '/etc/faultline/recorded/prod' });
    expect(folder).toBe('/etc/faultline/state');
  });

  test('have a ceiling, with the line of each entry', () => {
    const { ceiling } = parse(
      'clusters: {prod: {context: a}}\nceiling:\n  - {clusters: [prod*], mode: propose}\n  - {namespaces: [kube-*], repositories: [acme/*], mode: monitor}\n',
    );
    const file = '/etc/faultline/settings.yml';
    expect(ceiling).toEqual([
      { clusters: ['prod*'], mode: 'propose', place: { file, line: 3, column: 5, path: 'ceiling[0]' } },
      {
        namespaces: ['kube-*'],
        repositories: ['acme/*'],
        mode: 'monitor',
        place: { file, line: 4, column: 5, path: 'ceiling[1]' },
      },
    ]);
  });

  test.each([
    ['{mode: all}', 'ceiling[0].mode: expected one of off, monitor, propose, auto-fix'],
    ['{clusters: [prod]}', 'ceiling[0].mode is missing'],
    ['{mode: off, cluster: [prod]}', 'Did you mean clusters?'],
    ['{mode: off, repositories: [infra]}', 'owner/name'],
  ])('refuse a ceiling of %s', (entry, message) => {
    expect(() => parse(`clusters: {prod: {context: a}}\nceiling: [${entry}]\n`)).toThrow(message);
  });

  test('say who may send alerts, with secrets that stand elsewhere', () => {
    const { alerts, clusters } = parse(
      'clusters: {prod: {context: a, aliases: [prod-eu-1]}}\nalerts: {alertmanager: {bearer: {file: token}}, flux: {hmac: {env: KEY}}}\n',
    );
    expect(alerts).toEqual({
      alertmanager: { bearer: { file: '/etc/faultline/token' } },
      flux: { hmac: { env: 'KEY' } },
    });
    expect(clusters[0]!.aliases).toEqual(['prod-eu-1']);
    expect(parse('clusters: {prod: {context: a}}\nalerts: {}\n').alerts).toBeNull();
  });

  test('name the variables that hold secrets, wherever they stand', () => {
    const settings = parse(
      'clusters: {prod: {context: a, prometheus: {url: "http://m", bearer: {env: METRICS}, headers: {X-A: {file: a}}}}}\nalerts: {flux: {hmac: {env: KEY}}}\n',
    );
    expect(secretVariables(settings)).toEqual(['METRICS', 'KEY']);
    expect(secretVariables(parse('clusters: {prod: {context: a}}\n'))).toEqual([]);
  });

  test.each([
    ['alertmanager: {}', 'alerts.alertmanager: expected a mapping with bearer or basic'],
    ['alertmanager: {bearer: secret}', '{env: NAME} or {file: path}'],
    ['alertmanager: {hmac: {env: KEY}}', 'hmac'],
    ['nagios: {bearer: {env: TOKEN}}', 'nagios'],
  ])('refuse alerts as {%s}', (line, message) => {
    expect(() => parse(`clusters: {prod: {context: a}}\nalerts: {${line}}\n`)).toThrow(message);
  });

  test('say who is told, with addresses and tokens that stand elsewhere', () => {
    const settings = parse(
      [
        'clusters: {prod: {context: a}}',
        'notifications:',
        '  routes:',
        '    oncall:',
        '      slack: {token: {env: SLACK_TOKEN}, channel: C012AB3CD}',
        '      namespaces: [shop]',
        '      severities: [critical]',
        '      outcomes: [escalated, proposed]',
        "      quiet: {from: '22:00', to: '07:00', timezone: Europe/Berlin, except: [critical]}",
        '    platform:',
        '      teams: {webhook: {file: teams}}',
        "      digest: {every: week, at: '08:30'}",
        '    archive: {webhook: {url: {env: HOOK_URL}, secret: {env: HOOK_SECRET}}}',
      ].join('\n'),
    );
    expect(settings.routes).toMatchObject([
      {
        name: 'oncall',
        recipient: { service: 'slack-bot', channel: 'C012AB3CD', api: 'https://slack.com/api' },
        followUps: true,
        quiet: { from: 1320, to: 420, timezone: 'Europe/Berlin', except: ['critical'] },
      },
      {
        name: 'platform',
        recipient: { service: 'teams', webhook: { file: '/etc/faultline/teams' } },
        followUps: false,
        digest: { days: 7, at: 510, weekday: 1, timezone: 'UTC' },
      },
      { name: 'archive', followUps: true, namespaces: null },
    ]);
    expect(secretVariables(settings)).toEqual(['SLACK_TOKEN', 'HOOK_URL', 'HOOK_SECRET']);
  });

  test.each([
    ['a: {}', 'one of slack, teams and webhook'],
    ['a: {slack: {webhook: "https://hooks.slack.com/services/x"}}', '{env: NAME} or {file: path}'],
    ['a: {slack: {token: {env: A}}}', 'either webhook, or token and channel'],
    ["a: {teams: {webhook: {env: A}}, quiet: {from: '25:00', to: '07:00'}}", 'a time such as 07:30'],
    ['a: {teams: {webhook: {env: A}}, digest: {every: day, timezone: Mars/One}}', 'a time zone'],
    ['a: {teams: {webhook: {env: A}}, outcomes: [everything]}', 'one of found'],
  ])('refuse a route as {%s}', (line, message) => {
    expect(() => parse(`clusters: {prod: {context: a}}\nnotifications: {routes: {${line}}}\n`)).toThrow(
      message,
    );
  });

  test('say how a Prometheus is reached, by an address or by more', () => {
    const prometheusOf = (lines: string): unknown => {
      const { source } = parse(`clusters:\n  prod:\n    context: a\n${lines}`).clusters[0]!;
      return source.kind === 'live' && source.prometheus;
    };
    expect(prometheusOf('    prometheus: http://metrics:9090\n')).toEqual({ url: 'http://metrics:9090' });
    const lines = [
      'prometheus:',
      '  url: https://metrics/prod',
      '  bearer: {file: token}',
      '  tenant: harbour',
      '  headers: {X-Team: {env: TEAM}}',
      '  tls: {ca: /etc/ca.pem}',
      '  labels: {cluster: prod-eu}',
      '  queries: {"http_request_duration_seconds:p95": "latency{$labels}"}',
      "  parameters: {dedup: 'true'}",
      '  limits: {timeout: 10s, requests: 100}',
    ];
    expect(prometheusOf(lines.map((line) => `    ${line}\n`).join(''))).toEqual({
      url: 'https://metrics/prod',
      bearer: { file: '/etc/faultline/token' },
      tenant: 'harbour',
      headers: { 'X-Team': { env: 'TEAM' } },
      tls: { ca: '/etc/ca.pem' },
      labels: { cluster: 'prod-eu' },
      queries: { 'http_request_duration_seconds:p95': 'latency{$labels}' },
      parameters: { dedup: 'true' },
      limits: { timeout: 10_000, requests: 100 },
    });
  });

  test.each([
    ['interval: 90s', { interval: 90_000 }],
    ['interval: 5m', { interval: 300_000 }],
    ['polling: 1h', { polling: 3_600_000 }],
    ['polling: off', { polling: null }],
    ['writePause: off', { writePause: 0 }],
    ['writePause: 5s', { writePause: 5_000 }],
    ['mirrors: {maxBytes: 20Gi}', { mostMirrored: 20 * 2 ** 30 }],
    ['mirrors: {maxBytes: 5000000}', { mostMirrored: 5_000_000 }],
    ['mirrors: {}', { mostMirrored: null }],
  ])('may say %s', (line, expected) => {
    expect(parse(`clusters: {}\n${line}\n`)).toMatchObject(expected);
  });

  test.each([
    ['a size that is none', 'clusters: {}\nmirrors: {maxBytes: much}\n', 2, 'a size such as 20Gi'],
    ['a size below 1Mi', 'clusters: {}\nmirrors: {maxBytes: 20}\n', 2, 'of 1Mi or more'],
    ['both sources', 'clusters:\n  prod: {context: a, snapshot: b}\n', 2, 'either context or snapshot'],
    ['no source', 'clusters:\n  prod: {repositories: [acme/infra]}\n', 2, 'either context or snapshot'],
    [
      'Prometheus beside a snapshot',
      'clusters:\n  prod:\n    snapshot: b\n    prometheus: http://prometheus:9090\n',
      4,
      'no prometheus beside snapshot',
    ],
    [
      'namespaces beside a snapshot',
      'clusters:\n  prod:\n    snapshot: b\n    namespaces: [shop]\n',
      4,
      'no namespaces beside snapshot',
    ],
    [
      'a namespace that cannot be one',
      'clusters:\n  prod:\n    context: a\n    namespaces: [Shop/x]\n',
      4,
      'the name of a namespace',
    ],
    [
      'a Prometheus that is no address',
      'clusters:\n  prod:\n    context: a\n    prometheus: metrics\n',
      4,
      'an address that starts with http:// or https://',
    ],
    [
      'a token in the settings',
      'clusters:\n  prod:\n    context: a\n    prometheus:\n      url: http://metrics\n      bearer: abc\n',
      6,
      'secrets are not written into the settings',
    ],
    [
      'two ways to be known',
      'clusters:\n  prod:\n    context: a\n    prometheus:\n      url: http://metrics\n      bearer: {env: A}\n      basic: {user: a, password: {env: B}}\n',
      5,
      'either bearer or basic',
    ],
    ['a duration without a unit', 'clusters: {}\ninterval: 60\n', 2, 'a number with s, m or h'],
    ['a polling of no duration', 'clusters: {}\npolling: often\n', 2, 'or off'],
    [
      'a repository without its owner',
      'clusters:\n  prod:\n    context: a\n    repositories:\n      - infra\n',
      5,
      'owner/name',
    ],
    ['a key that there is not', 'clusters: {}\nintervall: 60s\n', 2, 'Did you mean interval?'],
    ['no clusters', 'interval: 60s\n', 1, 'clusters is missing'],
  ])('with %s are refused at their line', (_what, text, line, message) => {
    let error: unknown;
    try {
      parse(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(
      new RegExp(`^/etc/faultline/settings\\.yml:${line}:\\d+: `),
    );
    expect((error as InputError).message).toContain(message);
  });

  test('that are not there are named', async () => {
    const file = join(madeFolder(), 'settings.yml');
    await expect(loadSettings(file, {})).rejects.toThrow(`--settings ${file}: cannot be read`);
  });

  test('that name no cluster are refused', async () => {
    const folder = madeFolder();
    writeFiles(folder, { 'settings.yml': 'clusters: {}\n' });
    await expect(loadSettings(join(folder, 'settings.yml'), {})).rejects.toThrow('clusters names no cluster');
  });
});
