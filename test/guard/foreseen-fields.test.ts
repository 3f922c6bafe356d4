import { describe, expect, test } from 'vitest';
import { foreseen, guarded } from './guarded.ts';
import { CONFIG, DEPLOYMENT, SERVICE } from './quay.ts';
import { plainText } from '../../src/untrusted/prose.ts';

const QUAY = { 'quay/ferry.yaml': DEPLOYMENT, 'quay/config.yaml': CONFIG, 'quay/service.yaml': SERVICE };
const MISSPELT = 'fields/unknown-field';

async function ofFerry(from: string, to: string): Promise<readonly string[]> {
  return foreseen(QUAY, { 'quay/ferry.yaml': DEPLOYMENT.replace(from, to) });
}

describe('a field', () => {
  test.each([
    [
      'in other letters',
      '{name: ferry, namespace: quay}',
      '{name: ferry, namespace: quay, Labels: {a: b}}',
      3,
    ],
    ['with a letter less', 'imagePullPolicy', 'imagePullPolcy', 15],
    ['in the singular', 'limits: {memory', 'limit: {memory', 24],
    ['too deep', 'ports:\n', 'nodeSelector: {a: b}\n          ports:\n', 17],
  ])('%s is told at its line', async (_how, from, to, line) => {
    const pulled = DEPLOYMENT.replace('image: harbour', 'imagePullPolicy: Always\n          image: harbour');
    const findings = await foreseen(
      { ...QUAY, 'quay/ferry.yaml': pulled },
      { 'quay/ferry.yaml': pulled.replace(from, to) },
    );
    expect(findings).toEqual([`quay/ferry.yaml:${line} warning ${MISSPELT}`]);
  });

  test('that was wrong before, in the same place or further down a list, is silent', async () => {
    const wrong = DEPLOYMENT.replace('limits: {memory', 'limit: {memory');
    const further = wrong.replace(
      '        - name: server',
      '        - {name: first, image: a}\n        - name: server',
    );
    expect(await foreseen({ ...QUAY, 'quay/ferry.yaml': wrong }, { 'quay/ferry.yaml': further })).toEqual([]);
  });

  test('that is like no other, or of a kind that nobody knows, is silent', async () => {
    expect(await ofFerry('replicas: 2', 'replicas: 2\n  tomorrowsField: true')).toEqual([]);
    const custom =
      'apiVersion: a.example.com/v1\nkind: Berth\nmetadata: {name: a, namespace: quay}\nspec: {lenght: 9}\n';
    expect(await foreseen(QUAY, { 'quay/berth.yaml': custom })).toEqual([]);
  });

  test('of the metadata of any kind is told', async () => {
    const custom = 'apiVersion: a.example.com/v1\nkind: Berth\nmetadata:\n  name: a\n  namesapce: quay\n';
    const report = await guarded(QUAY, { 'quay/berth.yaml': custom });
    expect(report.findings.map(({ because, site }) => [site?.line, plainText(because)])).toEqual([
      [
        5,
        'Berth a has no field metadata.namesapce; namespace is near it: kubectl and Flux refuse it, and other tools drop it.',
      ],
    ]);
  });

  test('with a name as keys of labels and data have it is silent', async () => {
    expect(await ofFerry('labels: {app: ferry}', 'labels: {app: ferry, nmae: a}')).toEqual([]);
    expect(await foreseen(QUAY, { 'quay/config.yaml': CONFIG.replace('tide', 'pierr') })).toEqual([]);
  });
});

describe('a name', () => {
  test('that the API server refuses is told', async () => {
    expect(
      await foreseen(QUAY, { 'quay/service.yaml': SERVICE.replace('name: ferry', 'name: ferry_two') }),
    ).toEqual(['quay/service.yaml:3 error object-name/invalid-name']);
    expect(await foreseen(QUAY, { 'quay/two.yaml': CONFIG.replace('ferry-config', 'Ferry') })).toEqual([
      'quay/two.yaml:3 error object-name/invalid-name',
    ]);
  });

  test('of a role, with dots, or with a variable is silent', async () => {
    const role =
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: "quay:reader_a", namespace: quay}\nrules: []\n';
    const dotted = CONFIG.replace('ferry-config', 'ferry.config');
    const variable = CONFIG.replace('ferry-config', '"${FERRY}-Config"');
    const files = { 'quay/a.yaml': role, 'quay/b.yaml': dotted, 'quay/c.yaml': variable };
    expect(await foreseen(QUAY, files)).toEqual([]);
  });
});

describe('JSON in a ConfigMap', () => {
  const config = (text: string, name = 'routes.json') =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: routes, namespace: quay}\ndata:\n  ${name}: '${text}'\n`;

  test('that can no longer be parsed is told', async () => {
    const files = { ...QUAY, 'quay/routes.yaml': config('{"north": 1}') };
    expect(await foreseen(files, { 'quay/routes.yaml': config('{"north": 1 "south": 2}') })).toEqual([
      'quay/routes.yaml:5 warning config-content/no-longer-json',
    ]);
    expect(await foreseen(files, { 'quay/routes.yaml': config('{"north": 1, "south": 2}') })).toEqual([]);
  });

  test('that never was any, or whose name does not say so, is silent', async () => {
    const template = { ...QUAY, 'quay/routes.yaml': config('{"north": {{ .Values.north }}}') };
    expect(await foreseen(template, { 'quay/routes.yaml': config('{"north": {{ .Values.n }}}') })).toEqual(
      [],
    );
    const text = { ...QUAY, 'quay/routes.yaml': config('{}', 'routes.txt') };
    expect(await foreseen(text, { 'quay/routes.yaml': config('{', 'routes.txt') })).toEqual([]);
  });
});
