import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { parseConfig } from '../../src/config/load.ts';
import { environmentsOf, kindOf } from '../../src/onboarding/environments.ts';
import { ONBOARDING_MARKER, onboardingText } from '../../src/onboarding/issue.ts';
import { onboard } from '../../src/onboarding/open.ts';
import { proposedConfig } from '../../src/onboarding/proposed-config.ts';
import { surveyOf, type Survey } from '../../src/onboarding/survey.ts';
import { outage, TestHost } from '../chatops/test-host.ts';
import { revisionOf, withoutKustomize } from '../locate/revisions.ts';
import { allNodes, parseGfm } from '../untrusted/gfm.ts';
import { hostileText } from '../untrusted/hostile.ts';

const FILES = {
  'apps/cart/base/kustomization.yaml': 'resources: [cart.yaml]\n',
  'apps/cart/base/cart.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\n',
  'apps/cart/overlays/prod-eu/kustomization.yaml': 'resources: [../../base]\n',
  'apps/cart/overlays/staging/kustomization.yaml': 'resources: [../../base]\n',
  'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'clusters/west/apps.yaml':
    'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: cart, namespace: argocd}\nspec:\n  source: {repoURL: https://github.com/acme/infra, path: apps/cart/overlays/staging}\n  destination: {name: west, namespace: shop}\n',
  'broken/x.yaml': 'a: [\n',
};

async function survey(
  files: Readonly<Record<string, string>> = FILES,
  config = DEFAULT_CONFIG,
): Promise<Survey> {
  return surveyOf(await revisionOf(files, withoutKustomize), config, []);
}

const EMPTY: Survey = {
  roots: { kustomize: [], helm: [], plain: [] },
  environments: [],
  clusters: [],
  declarations: { all: 0, notFollowed: 0 },
  declared: [],
  problems: [],
};

describe('the survey', () => {
  test('finds roots, environments and clusters', async () => {
    expect(await survey()).toEqual({
      roots: {
        kustomize: ['apps/cart/overlays/prod-eu', 'apps/cart/overlays/staging'],
        helm: ['charts/web'],
        plain: ['broken', 'clusters/west'],
      },
      environments: [
        { kind: 'production', name: 'prod-eu', roots: ['apps/cart/overlays/prod-eu'] },
        { kind: 'staging', name: 'staging', roots: ['apps/cart/overlays/staging'] },
      ],
      clusters: [{ name: 'west', by: 'Argo CD' }],
      declarations: { all: 1, notFollowed: 0 },
      declared: ['apps/cart/overlays/staging'],
      problems: [],
    });
  });

  test('takes names from the configuration first', async () => {
    const { config } = parseConfig(
      'clusters: {west: {sources: [{path: apps}]}, north: {sources: []}}',
      'f.yml',
    );
    expect((await survey(FILES, config!)).clusters).toEqual([
      { name: 'north', by: 'configuration' },
      { name: 'west', by: 'configuration' },
    ]);
  });

  test('finds nothing where there is nothing', async () => {
    expect(await survey({ 'README.md': '# hello\n' })).toEqual(EMPTY);
  });
});

describe('environments', () => {
  test.each([
    ['prod', 'production'],
    ['prod-eu', 'production'],
    ['eu_live', 'production'],
    ['stg', 'staging'],
    ['qa', 'staging'],
    ['Test', 'test'],
    ['sandbox', 'development'],
    ['product', null],
    ['devices', null],
    ['latest', null],
    ['contest', null],
    ['apps', null],
    ['', null],
  ])('%s is for %s', (name, kind) => {
    expect(kindOf(name)).toBe(kind);
  });

  test('the innermost folder counts', () => {
    expect(environmentsOf(['prod/apps/test', 'prod/apps'])).toEqual([
      { kind: 'production', name: 'prod', roots: ['prod/apps'] },
      { kind: 'test', name: 'test', roots: ['prod/apps/test'] },
    ]);
  });
});

describe('the proposed configuration', () => {
  test('merges nothing by itself', async () => {
    const { config } = parseConfig(proposedConfig(await survey(), []), 'f.yml');
    expect(config?.policy.rules.map(({ mode }) => mode)).toEqual(['monitor']);
    expect(config?.clusters).toEqual({});
  });

  test('names the folder of an environment under the one watched cluster that is called so', async () => {
    const { config } = parseConfig(proposedConfig(await survey(), ['prod-eu-1', 'west']), 'f.yml');
    expect(config?.clusters).toEqual({ 'prod-eu-1': { sources: [{ path: 'apps/cart/overlays/prod-eu' }] } });
  });

  test('leaves it as a comment where two are called so, and leaves out what Argo CD tells', async () => {
    const text = proposedConfig(await survey(), ['prod-eu-1', 'prod-eu-2']);
    expect(text).toContain('#       - { path: apps/cart/overlays/prod-eu }');
    expect(text).not.toContain('staging }');
    expect(parseConfig(text, 'f.yml').config?.clusters).toEqual({});
  });

  test('its commented lines are valid too', async () => {
    const text = proposedConfig(await survey(), [])
      .split('\n')
      .map((line) => line.replace(/^(\s*)# (?=\s*(?:-|freeze:|clusters:|the-|sources:))/, '$1'))
      .join('\n');
    const { config, errors } = parseConfig(text, 'f.yml');
    expect(errors).toEqual([]);
    expect(config?.clusters).toEqual({
      'the-prod-eu-cluster': { sources: [{ path: 'apps/cart/overlays/prod-eu' }] },
    });
    expect(config?.policy.rules).toHaveLength(2);
    expect(config?.freeze).toHaveLength(1);
  });

  test('leaves out a folder whose name the issue would not show as it is', () => {
    const roots = ['GH-1/prod', 'apps/prod'];
    const found = { ...EMPTY, environments: environmentsOf(roots) };
    expect(proposedConfig(found, ['prod'])).toContain('apps/prod');
    expect(proposedConfig(found, ['prod'])).not.toContain('GH-1');
  });

  test('is valid whatever folders and clusters are called, and comes through the issue as it is', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (folder, cluster) => {
        const roots = [`${folder}/prod`, `prod ${folder}`, 'apps/prod'];
        const found = {
          ...EMPTY,
          roots: { ...EMPTY.roots, plain: roots },
          environments: environmentsOf(roots),
        };
        const watched = [`prod ${cluster}`];
        const text = proposedConfig(found, watched);
        expect(parseConfig(text, 'f.yml').errors).toEqual([]);
        const issue = onboardingText({ survey: found, watched, configErrors: null });
        const blocks = allNodes(parseGfm(issue)).filter(({ type }) => type === 'code');
        expect(blocks.map(({ value }) => `${value}\n`)).toEqual([text]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the issue', () => {
  test('says what is there', async () => {
    const text = onboardingText({ survey: await survey(), watched: ['prod-eu-1'], configErrors: null });
    // The rules become more.
    const uncounted = text.replace(
      /diagnoses \d+ kinds of failures; \d+ of/,
      'diagnoses N kinds of failures; M of',
    );
    await expect(uncounted).toMatchFileSnapshot('./expected/issue.txt');
  });

  test('says so when nothing is there', () => {
    const text = onboardingText({ survey: EMPTY, watched: [], configErrors: null });
    expect(text).toContain('No Kubernetes manifests were found.');
    expect(text).toContain('Once a cluster is connected');
  });

  test.each([
    ['is valid', [], '`.github/faultline.yml` is there and valid.'],
    [
      'has errors',
      [{ file: '.github/faultline.yml', line: 3, column: 1, message: 'expected off' }],
      '`.github/faultline.yml:3`: expected off',
    ],
  ])('proposes no configuration where there is one that %s', (_what, configErrors, text) => {
    const written = onboardingText({ survey: EMPTY, watched: [], configErrors });
    expect(written).toContain(text);
    expect(written).not.toContain('```');
  });

  test('is inert, whatever things are called', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const found: Survey = {
          ...EMPTY,
          roots: { kustomize: [text], helm: [text], plain: [text] },
          environments: [{ kind: 'test', name: text, roots: [text] }],
          clusters: [{ name: text, by: 'folder' }],
          problems: [{ file: text, line: null, message: text }],
        };
        const written = onboardingText({ survey: found, watched: [text], configErrors: [] });
        expect(written).not.toMatch(/(?<![A-Za-z0-9_])@[A-Za-z0-9]/);
        expect(written.endsWith(`\n${ONBOARDING_MARKER}`)).toBe(true);
        const nodes = allNodes(parseGfm(written));
        expect(nodes.filter(({ type }) => ['link', 'image', 'code'].includes(type))).toEqual([]);
        const html = nodes.flatMap(({ type, value }) => (type === 'html' ? [value!] : []));
        expect(
          html.filter(
            (one) =>
              !/^(?:<details>\n<summary>[\w ]+<\/summary>|<\/details>|<!-- faultline:onboarding -->)$/.test(
                one,
              ),
          ),
        ).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('on installation', () => {
  const found = async () => ({ survey: EMPTY, watched: [], configErrors: null });

  test('one issue is opened', async () => {
    const host = new TestHost();
    expect(await onboard(TestHost.asHost(host), found)).toBe('opened');
    expect(host.issues).toHaveLength(1);
  });

  test.each(['open', 'closed'] as const)('there is never a second one, with the first %s', async (state) => {
    const host = new TestHost();
    await onboard(TestHost.asHost(host), found);
    host.issues[0] = { ...host.issues[0]!, state };
    expect(await onboard(TestHost.asHost(host), found)).toBe('there-already');
    expect(host.writes).toEqual(['openIssue']);
  });

  test('somebody else’s issue does not count', async () => {
    const host = new TestHost();
    await onboard(TestHost.asHost(host), found);
    host.issues[0] = { ...host.issues[0]!, author: 'eve' };
    expect(await onboard(TestHost.asHost(host), found)).toBe('opened');
  });

  test('an outage leaves it for later', async () => {
    const host = new TestHost();
    host.failing = { call: 'openIssue', error: outage() };
    await expect(onboard(TestHost.asHost(host), found)).rejects.toThrow('GitHub did not answer');
    expect(await onboard(TestHost.asHost(host), found)).toBe('opened');
  });
});
