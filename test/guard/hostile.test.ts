import { describe, expect, test } from 'vitest';
import { guardCommands } from '../../src/output/guard-github.ts';
import { guardAnnotations, guardMarkdown } from '../../src/output/guard-check.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { HOSTILE } from '../untrusted/hostile.ts';
import { allNodes, parseGfm } from '../untrusted/gfm.ts';
import { needsTool } from '../needs.ts';
import { guarded } from './guarded.ts';
import { expectHarmless, readable } from './hostile-head.ts';
import { CONFIG, DEPLOYMENT, QUAY, SERVICE } from './quay.ts';

/* What only a pull request can try. All that other tests of hostile input try is given to the guard there: see hostile-head.ts. */

const kustomized = needsTool('kustomize');

describe('a hostile head', () => {
  kustomized.each([
    ['a file outside', 'configMapGenerator: [{name: stolen, files: [../../../../../../etc/passwd]}]\n'],
    ['an absolute file', 'configMapGenerator: [{name: stolen, files: [/etc/passwd]}]\n'],
    ['a resource outside', 'resources: [../../../../../../etc/passwd]\n'],
    [
      'an environment file of the process',
      'configMapGenerator: [{name: stolen, envs: [/proc/self/environ]}]\n',
    ],
    ['a base elsewhere', 'resources: ["https://example.org/base?ref=main"]\n'],
  ])('gets nothing of %s', async (_what, kustomization) => {
    const before = { 'deck/kustomization.yaml': 'resources: [ferry.yaml]\n', 'deck/ferry.yaml': DEPLOYMENT };
    const report = await guarded(before, { 'deck/kustomization.yaml': kustomization });
    expect(report.roots).toMatchObject([{ root: 'deck', status: 'unknown' }]);
    expectHarmless(report);
  });

  test('cannot forge workflow commands, Markdown or terminal codes by names and values', async () => {
    const name = '"a\\n::error::forged\\u001b[31m <b>@octocat</b> [x](https://evil.example) | `"';
    const forged = DEPLOYMENT.replace('name: ferry,', `name: ${name},`).replace(
      'port: http}',
      `port: ${name}}`,
    );
    const report = await guarded(QUAY, { 'quay/forged.yaml': forged });
    expect(report.findings.length).toBeGreaterThan(0);
    expectHarmless(report);
  });

  test.each(HOSTILE.filter((text) => text.trim() !== '').map((text) => [text]))(
    'gets nothing out of its place by the name %j in each output',
    async (text) => {
      const name = JSON.stringify(text.toWellFormed());
      const report = await guarded(QUAY, {
        'quay/service.yaml': SERVICE.replace('app: ferry', `app: ${name}`),
        'quay/config.yaml': CONFIG.replace('pier: north', `pier: ${name}`),
        [`quay/${text.replace(/[/\0]/g, ' ').slice(0, 80).toWellFormed()}/a.yaml`]: DEPLOYMENT.replace(
          'port: http}',
          `port: ${name}}`,
        ).replace('name: ferry,', 'name: other,'),
      });
      expect(report.findings.length).toBeGreaterThan(0);
      expectHarmless(report);
      const alive = allNodes(parseGfm(readable(report)['markdown']!)).filter(
        ({ type, value = '' }) =>
          type === 'link' ||
          type === 'image' ||
          (type === 'html' && !/^(?:<\/?details>|<summary>[\w :]*<\/summary>|<br>|\s)*$/.test(value)),
      );
      expect(alive).toEqual([]);
      expect(guardCommands(report).match(/^::/gm)).toHaveLength(report.findings.length);
    },
  );

  test('shows no secret in a line that it is proposed to keep', async () => {
    const token = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`;
    const report = await guarded(QUAY, {
      'quay/service.yaml': SERVICE.replace('    app: ferry', `    app: fery # ${token}`),
    });
    expect(report.findings).toMatchObject([{ suggestion: { value: 'ferry' } }]);
    for (const [where, text] of Object.entries(readable(report)))
      expect([where, text.includes(token)]).toEqual([where, false]);
  });

  test('is bounded where its aliases are a bomb', async () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefgh'
      .split('')
      .map((letter, index) => `${letter}: &${letter} [${Array(9).fill(`*${'abcdefg'[index]}`).join(', ')}]\n`)
      .join('')}`;
    const report = await guarded(QUAY, {
      'quay/bomb.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\n${bomb}`,
    });
    expectHarmless(report);
  });

  test('with objects of odd shapes breaks no check', async () => {
    const odd = ['7', 'x', '[]', '{}', '[null]', '[7]', '{a: null}'];
    const files = Object.fromEntries(
      odd.flatMap((junk, index) =>
        ['Deployment', 'Service', 'Ingress', 'HorizontalPodAutoscaler', 'CronJob', 'Till'].map((kind) => [
          `quay/${kind.toLowerCase()}${index}.yaml`,
          `apiVersion: ${kind === 'Till' ? 'shop.example/v1' : 'v1'}\nkind: ${kind}\nmetadata: {name: n${index}, namespace: quay}\nspec: ${junk}\n`,
        ]),
      ),
    );
    const { leftOut } = await guarded(QUAY, files);
    expect(leftOut).toEqual([]);
  });
});

describe('a head that is made to cost much', () => {
  test('by one long value is answered with its length', async () => {
    const report = await guarded(QUAY, {
      'quay/config.yaml': CONFIG.replace('pier: north', `pier: ${'x'.repeat(1_000_000)}`),
    });
    expectHarmless(report);
    expect(readable(report)['json']).toContain('"after": "(1000000 characters)"');
  });

  test('by many fields is answered with some of them, and the number of the others', async () => {
    const keys = Array.from({ length: 5_000 }, (_, index) => `  key-${index}-${'k'.repeat(1_000)}: v\n`);
    const report = await guarded(QUAY, { 'quay/config.yaml': `${CONFIG}${keys.join('')}` });
    expect(report.roots[0]!.changes).toHaveLength(5_000);
    const { json, markdown, terminal } = readable(report);
    expect(json!.length).toBeLessThan(5_000_000);
    expect(json).toMatch(/"leftOut": \[\s+"\d+ changed fields and objects beyond what one answer holds"/);
    expect(markdown!.length).toBeLessThan(65_000);
    expect(terminal).toContain('… and 4976 more');
  });

  test('by an object that is wrong many times is answered with the first findings, and the number of the others', async () => {
    const wrong = Array.from({ length: 30 }, (_, index) =>
      DEPLOYMENT.replace('name: ferry,', `name: ferry-${index},`).replace('port: http}', 'port: https}'),
    );
    const limits = { findings: 20 };
    const report = await guarded(QUAY, { 'quay/many.yaml': wrong.join('---\n') }, { limits });
    expect(report.findings).toHaveLength(20);
    expect(report.leftOut.map(plainText)).toEqual(['10 findings beyond the first 20']);
    expectHarmless(report);
  });

  test('by more findings than a check holds is answered with as many as fit', async () => {
    const report = await guarded(QUAY, {
      'quay/ferry.yaml': DEPLOYMENT.replace('port: http}', 'port: https}'),
    });
    const [one] = report.findings;
    const many = { ...report, findings: Array.from({ length: 200 }, () => one!) };
    expectHarmless(many);
    expect(readable(many)['markdown']).toMatch(/… and \d+ findings more, each at its line\./);
    expect(guardMarkdown(many, { limit: 30_000 }).length).toBeLessThanOrEqual(30_000);
  });

  test('by names without an end is answered with their beginning', async () => {
    const name = 'x'.repeat(100_000);
    const report = await guarded(QUAY, {
      'quay/ferry.yaml': DEPLOYMENT.replace('port: http}', `port: ${name}}`),
      'quay/other.yaml': DEPLOYMENT.replace('{name: ferry, ', `{name: ${name}, `).replace(
        'ferry-config}',
        `${name}}`,
      ),
    });
    expect(report.findings.length).toBeGreaterThan(0);
    for (const { message } of guardAnnotations(report)) expect(message.length).toBeLessThan(4300);
    expect(readable(report)['terminal']!.length).toBeLessThan(150_000);
    expectHarmless(report);
  });

  test('by expectations of odd shapes is told what is wrong with them', async () => {
    const file = '.github/faultline-expectations.yml';
    const field = `${'a.'.repeat(50_000)}b`;
    for (const text of [
      '['.repeat(20_000),
      'expectations: 7\n',
      `expectations: [{object: Deployment/ferry, field: "${field}", atLeast: 1}]\n`,
      'expectations: [{object: Deployment/ferry, field: "__proto__.polluted", equals: 1}]\n',
      'expectations: [{object: Deployment/ferry, field: "spec.template.spec.containers[999999999].image", equals: 1}]\n',
    ]) {
      const report = await guarded(QUAY, {
        [file]: text,
        'quay/ferry.yaml': DEPLOYMENT.replace('1.4.0', '1.5.0'),
      });
      expect(report.roots).toMatchObject([{ status: 'changed' }]);
      expectHarmless(report);
    }
    expect('polluted' in {}).toBe(false);
  });
});
