import { describe, expect, test } from 'vitest';
import { plainText } from '../../src/untrusted/prose.ts';
import { needsTool } from '../needs.ts';
import { foreseen, guarded } from './guarded.ts';
import { CONFIG, DEPLOYMENT, JOB, LIVE, QUAY, RECORDED } from './quay.ts';

const kustomized = needsTool('kustomize');

describe('what a change deploys', () => {
  test('is compared in the rendered sense, root by root', async () => {
    const { roots } = await guarded(QUAY, { 'quay/ferry.yaml': DEPLOYMENT.replace('1.4.0', '1.5.0') });
    expect(roots).toMatchObject([
      {
        root: 'quay',
        status: 'changed',
        changes: [{ before: 'harbour/ferry:1.4.0', after: 'harbour/ferry:1.5.0' }],
      },
    ]);
  });

  test('is the same where only a comment changes', async () => {
    const { roots, findings } = await guarded(QUAY, { 'quay/ferry.yaml': `# the ferry\n${DEPLOYMENT}` });
    expect(roots.map(({ status }) => status)).toEqual(['same']);
    expect(findings).toEqual([]);
  });

  test('knows roots that come and go', async () => {
    const { roots } = await guarded(QUAY, { 'jobs/tides.yaml': null, 'more/tides.yaml': JOB });
    expect(roots.map(({ root, status }) => [root, status])).toEqual([
      ['jobs', 'removed'],
      ['more', 'added'],
    ]);
  });

  test('leaves out what is nobody’s root', async () => {
    const { roots } = await guarded(QUAY, { 'pkg/testdata/bad.yaml': DEPLOYMENT, 'README.md': '# quay' });
    expect(roots).toEqual([]);
  });

  test('is bounded, and what was left out is said', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 5 }, (_one, index) => [`r${index}/c.yaml`, CONFIG.replace('quay}', `q${index}}`)]),
    );
    const { roots, leftOut } = await guarded({}, many, { limits: { roots: 2 } });
    expect(roots).toHaveLength(2);
    expect(leftOut.map(plainText)).toEqual(['3 roots beyond what one check renders: r2, r3 and r4']);
  });
});

describe('a root that no longer renders', () => {
  const overlay = {
    'quay/kustomization.yaml': 'resources:\n  - ferry.yaml\n  - config.yaml\n',
    'quay/ferry.yaml': DEPLOYMENT,
    'quay/config.yaml': CONFIG,
  };

  kustomized('is told at the line that names what is missing', async () => {
    expect(await foreseen(overlay, { 'quay/config.yaml': null })).toEqual([
      'quay/kustomization.yaml:3 error render/no-longer-renders',
    ]);
  });

  kustomized('is silent where it did not render before either', async () => {
    const broken = { ...overlay, 'quay/kustomization.yaml': 'resources: [ferry.yaml, absent.yaml]\n' };
    const { findings, roots } = await guarded(broken, {
      'quay/ferry.yaml': DEPLOYMENT.replace('1.4.0', '1.5.0'),
    });
    expect(findings).toEqual([]);
    expect(roots).toMatchObject([{ status: 'unknown' }]);
  });

  kustomized('is told for a new one only beside others that render', async () => {
    const broken = { 'apps/deck/kustomization.yaml': 'resources: [absent.yaml]\n' };
    expect(await foreseen(QUAY, broken)).toEqual([]);
    const beside = {
      'apps/quay/kustomization.yaml': 'resources: [ferry.yaml]\n',
      'apps/quay/ferry.yaml': DEPLOYMENT,
    };
    expect(await foreseen(beside, broken)).toEqual([
      'apps/deck/kustomization.yaml:1 error render/does-not-render',
    ]);
  });

  test('is told for a manifest that nobody can read', async () => {
    expect(
      await foreseen(QUAY, { 'quay/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n' }),
    ).toContain('quay/config.yaml:3 error render/unreadable-manifest');
  });
});

describe('what the API server refuses', () => {
  test('is a value of the wrong type', async () => {
    expect(
      await foreseen(QUAY, { 'quay/ferry.yaml': DEPLOYMENT.replace('replicas: 2', 'replicas: "2"') }),
    ).toEqual(['quay/ferry.yaml:5 error manifest/malformed']);
  });

  test('is a selector that does not fit its own template', async () => {
    const added = DEPLOYMENT.replace('name: ferry,', 'name: barge,').replace(
      'matchLabels: {app: ferry}',
      'matchLabels: {app: barge}',
    );
    expect(await foreseen(QUAY, { 'quay/barge.yaml': added })).toEqual([
      'quay/barge.yaml:7 error own-selector/selector-mismatch',
    ]);
  });

  test('is a change of a field that never changes', async () => {
    const edits = {
      'quay/ferry.yaml': DEPLOYMENT.replace(
        'matchLabels: {app: ferry}',
        'matchLabels: {app: ferry, tier: web}',
      ).replace('labels: {app: ferry}\n    spec', 'labels: {app: ferry, tier: web}\n    spec'),
    };
    expect(await foreseen(QUAY, edits)).toEqual(['quay/ferry.yaml:7 error immutable-field/immutable-field']);
  });

  test.each([
    ['another image of a Job', '', '', 1],
    ['no change of a Job that Argo CD replaces', ', annotations: {argocd.argoproj.io/hook: PreSync}', '', 0],
    ['no change of a Job that deletes itself', '', 'ttlSecondsAfterFinished: 600, ', 0],
  ])('is %s', async (_what, annotations, ttl, count) => {
    const job = (image: string): string =>
      `apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, namespace: quay${annotations}}\nspec: {${ttl}template: {spec: {restartPolicy: Never, containers: [{name: j, image: "${image}"}]}}}\n`;
    expect(await foreseen({ 'jobs/j.yaml': job('j:1') }, { 'jobs/j.yaml': job('j:2') })).toHaveLength(count);
  });
});

kustomized('a line that several overlays share is told once, with all of them', async () => {
  const files = {
    'base/kustomization.yaml': 'resources: [ferry.yaml]\n',
    'base/ferry.yaml': DEPLOYMENT.replace(', namespace: quay', ''),
    'east/kustomization.yaml': 'namespace: east\nresources: [../base]\n',
    'west/kustomization.yaml': 'namespace: west\nresources: [../base]\n',
  };
  const { findings } = await guarded(files, {
    'base/ferry.yaml': files['base/ferry.yaml'].replace('port: http}', 'port: https}'),
  });
  expect(findings).toMatchObject([{ site: { file: 'base/ferry.yaml', line: 20 }, roots: ['east', 'west'] }]);
});

describe('the cluster', () => {
  const account = DEPLOYMENT.replace('serviceAccountName: ferry', 'serviceAccountName: pilot');
  const known = { cluster: LIVE, recorded: RECORDED };

  test('counts for a new folder beside those that go there', async () => {
    const added = account.replace('name: ferry,', 'name: barge,');
    expect(await foreseen(QUAY, { 'deck/barge.yaml': added }, known)).toEqual([
      'deck/barge.yaml:12 error create-failed/service-account-missing',
    ]);
  });

  test('does not count for a folder that nothing ties to it', async () => {
    const elsewhere = DEPLOYMENT.replaceAll('quay', 'canal').replaceAll('ferry', 'punt');
    const files = { ...QUAY, 'canal/punt.yaml': elsewhere };
    const edits = {
      'canal/punt.yaml': elsewhere.replace('serviceAccountName: punt', 'serviceAccountName: pilot'),
    };
    expect(await foreseen(files, edits, known)).toEqual([]);
  });
});

describe('a new root over a base that others share', () => {
  const overlay = (namespace: string): string => `resources: [../base]\nnamespace: ${namespace}\n`;
  const base = DEPLOYMENT.replace('namespace: quay', 'labels: {a: b}').replace(
    'limits: {memory',
    'limit: {memory',
  );
  const files = {
    'base/kustomization.yaml': 'resources: [ferry.yaml]\n',
    'base/ferry.yaml': base,
    'north/kustomization.yaml': overlay('north'),
  };
  const south = { 'south/kustomization.yaml': overlay('south') };

  test('is not blamed for what is wrong in that base already', async () => {
    expect(await foreseen(files, south)).toEqual([]);
  });

  test('is told of what is wrong in it alone', async () => {
    const patch =
      'patches:\n  - target: {kind: Deployment}\n    patch: |-\n      - {op: replace, path: /metadata/name, value: ferry_2}\n';
    const wrong = { 'south/kustomization.yaml': south['south/kustomization.yaml'] + patch };
    expect((await foreseen(files, wrong)).map((one) => one.replace(/^\S+ /, ''))).toEqual([
      'error object-name/invalid-name',
    ]);
  });

  test('is told of it where the change writes that line', async () => {
    const before = { ...files, 'base/ferry.yaml': base.replace('limit: {memory', 'limits: {memory') };
    expect(await foreseen(before, { ...south, 'base/ferry.yaml': base })).toEqual([
      'base/ferry.yaml:23 warning fields/unknown-field',
    ]);
  });
});
