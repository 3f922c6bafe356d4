import { describe, expect, test } from 'vitest';
import { guardJson, guardText } from '../../src/output/guard.ts';
import { guardAnnotations, guardMarkdown } from '../../src/output/guard-check.ts';
import { guardCommands } from '../../src/output/guard-github.ts';
import type { GuardReport } from '../../src/model/guard-report.ts';
import { needsTool } from '../needs.ts';
import { guarded } from './guarded.ts';
import { DEPLOYMENT, QUAY } from './quay.ts';

const kustomized = needsTool('kustomize');

/** All that anybody gets to read. */
function everything(report: GuardReport): string {
  return [
    JSON.stringify(guardJson(report)),
    guardText(report, { colour: false }),
    guardMarkdown(report),
    guardCommands(report),
    JSON.stringify(guardAnnotations(report)),
  ].join('\n');
}

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
    expect(everything(report)).not.toMatch(/root:x:0|PATH=/);
  });

  test('cannot forge workflow commands, Markdown or terminal codes by names and values', async () => {
    const name = '"a\\n::error::forged\\u001b[31m <b>@octocat</b> [x](https://evil.example) | `"';
    const forged = DEPLOYMENT.replace('name: ferry,', `name: ${name},`).replace(
      'port: http}',
      `port: ${name}}`,
    );
    const report = await guarded(QUAY, { 'quay/forged.yaml': forged });
    const commands = guardCommands(report);
    expect(commands.split('\n').filter((line) => line.startsWith('::'))).toHaveLength(report.findings.length);
    expect(everything(report)).not.toContain('\u001b');
    expect(guardMarkdown(report)).not.toMatch(/(?<!`[^`\n]*)<b>/);
  });

  test('is bounded where its aliases are a bomb', async () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefgh'
      .split('')
      .map((letter, index) => `${letter}: &${letter} [${Array(9).fill(`*${'abcdefg'[index]}`).join(', ')}]\n`)
      .join('')}`;
    const report = await guarded(QUAY, {
      'quay/bomb.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\n${bomb}`,
    });
    expect(everything(report).length).toBeLessThan(200_000);
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
