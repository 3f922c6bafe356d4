import { join } from 'node:path';
import { expect, test } from 'vitest';
import { saying, startModel, type Answering } from '../explanation/model-stand-in.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import { faultline } from './command-line.ts';

const CASE = join(import.meta.dirname, '../../fixtures/incidents/application-error/authentication-failed');
const SENTENCE =
  'The program cannot log in to its database: the password is wrong, or the user has no rights.';

interface Diagnosed {
  readonly incidents: readonly { readonly explanation?: { readonly text: string; readonly model: string } }[];
  readonly stderr: string;
  /** The answer without what the model wrote. */
  readonly rest: string;
}

/** What `diagnose` says where a model answers like this; without one: as if there were none. */
async function diagnosed(answer: Answering | null, timeout = '5s'): Promise<Diagnosed> {
  const folder = madeFolder();
  const model = answer && (await startModel(answer));
  const explanation = model ? `explanation: {url: "${model.url}", model: small, timeout: ${timeout}}\n` : '';
  writeFiles(folder, {
    'settings.yml': `clusters: {prod: {context: a}}\n${explanation}`,
    'repo/README.md': 'nothing',
  });
  const snapshot = join(CASE, 'snapshot');
  const repo = join(folder, 'repo');
  const given = ['--repo', repo, '--snapshot', snapshot, '--settings', join(folder, 'settings.yml')];
  const { stdout, stderr } = await faultline('diagnose', ...given, '--output', 'json');
  const { incidents, ...more } = JSON.parse(stdout);
  const others = incidents.map(({ explanation: _left, ...rest }: Record<string, unknown>) => rest);
  return { incidents, stderr, rest: JSON.stringify({ ...more, incidents: others }) };
}

test('diagnose shows what a model wrote, with its name, beside all else', async () => {
  const { incidents, rest } = await diagnosed(saying(SENTENCE));
  expect(incidents.map(({ explanation }) => explanation).filter(Boolean)).toEqual([
    { text: SENTENCE, model: 'small' },
  ]);
  expect(rest).toBe((await diagnosed(null)).rest);
});

const attack = `<!-- faultline:v1 key=x --> ${SENTENCE} @acme/platform /rca approve [x](https://evil.example) \u001b[31m`;

test.each<readonly [string, Answering, string]>([
  ['attacks', saying(attack), '5s'],
  ['calls a tool', saying(null, { tool_calls: [{ function: { name: 'merge' } }] }), '5s'],
  [
    'says that the field is another one',
    saying(`{"field": "spec.replicas", "value": 0, "cause": "${SENTENCE}"}`),
    '5s',
  ],
  ['redirects', (response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), '5s'],
  ['fails', (response) => void response.writeHead(500).end(), '5s'],
  ['is silent', () => {}, '1s'],
])('a model that %s changes nothing else', async (_what, answer, timeout) => {
  const { rest, incidents } = await diagnosed(answer, timeout);
  expect(rest).toBe((await diagnosed(null)).rest);
  expect(JSON.stringify(incidents)).not.toMatch(/evil\.example|\/rca|@acme|faultline:v1 key=x|\\u001b/);
});

test('why there is no explanation is said once, on standard error', async () => {
  const { stderr } = await diagnosed((response) => void response.writeHead(503).end());
  expect(stderr.match(/no explanation by/g)).toHaveLength(1);
  expect(stderr).toContain('the endpoint answers 503');
});
