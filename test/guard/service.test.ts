import { describe, expect, test } from 'vitest';
import { foreseen, guarded } from './guarded.ts';
import { DEPLOYMENT, LIVE, QUAY, RECORDED, SERVICE } from './quay.ts';

const known = { cluster: LIVE, recorded: RECORDED };

describe('the selector of a Service', () => {
  test('that fits nothing any more is told at its label, with the one that fits', async () => {
    const { findings } = await guarded(QUAY, {
      'quay/service.yaml': SERVICE.replace('    app: ferry', '    app: fery'),
    });
    expect(findings).toMatchObject([
      {
        cause: 'selector-mismatch',
        site: { file: 'quay/service.yaml', line: 6 },
        suggestion: { line: '    app: ferry' },
      },
    ]);
  });

  test('is told where the labels of the pods change and it stays', async () => {
    const relabelled = DEPLOYMENT.replaceAll('{app: ferry}', '{app: ferryboat}');
    expect(await foreseen(QUAY, { 'quay/ferry.yaml': relabelled })).toEqual([
      'quay/ferry.yaml:7 error immutable-field/immutable-field',
      'quay/service.yaml:6 error service-without-endpoints/selector-mismatch',
    ]);
  });

  test('is unknown for a new Service without a cluster, and known with one', async () => {
    const added = {
      'quay/new.yaml': SERVICE.replace('name: ferry', 'name: barge').replace('app: ferry', 'app: barge'),
    };
    expect(await foreseen(QUAY, added)).toEqual([]);
    expect(await foreseen(QUAY, added, known)).toEqual([
      'quay/new.yaml:6 error service-without-endpoints/selector-mismatch',
    ]);
  });

  test('is silent where pods of the cluster fit that nothing in git makes', async () => {
    const added = {
      'quay/new.yaml': SERVICE.replace('name: ferry', 'name: barge').replace('app: ferry', 'app: barge'),
    };
    const pod =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: barge, namespace: quay, labels: {app: barge}}\nspec: {containers: [{name: barge, image: barge, ports: [{name: http, containerPort: 80}]}]}\n';
    expect(await foreseen(QUAY, added, { ...known, cluster: `${LIVE}---\n${pod}` })).toEqual([]);
  });

  test('is silent where an operator may make the pods', async () => {
    const added = {
      'quay/new.yaml': SERVICE.replace('name: ferry', 'name: barge').replace('app: ferry', 'app: barge'),
      'quay/barge.yaml':
        'apiVersion: boats.example.org/v1\nkind: Barge\nmetadata: {name: barge, namespace: quay}\n',
    };
    expect(await foreseen(QUAY, added, known)).toEqual([]);
  });

  test('is silent without a selector, and for another name outside', async () => {
    const added = {
      'quay/a.yaml':
        'apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: quay}\nspec: {ports: [{port: 80}]}\n',
      'quay/b.yaml':
        'apiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: quay}\nspec: {type: ExternalName, externalName: x.example.org, selector: {app: none}}\n',
    };
    expect(await foreseen(QUAY, added, known)).toEqual([]);
  });
});

describe('the target port of a Service', () => {
  test('that no pod names is told, with the name of the port that is meant', async () => {
    const { findings } = await guarded(QUAY, {
      'quay/ferry.yaml': DEPLOYMENT.replace('name: http\n', 'name: web\n').replace('port: http', 'port: web'),
    });
    expect(findings).toMatchObject([
      {
        rule: 'service-without-endpoints',
        cause: 'target-port-mismatch',
        site: { file: 'quay/service.yaml', line: 10 },
      },
    ]);
  });

  test('by number is told only where both agreed before', async () => {
    const numbered = {
      ...QUAY,
      'quay/service.yaml': SERVICE.replace('targetPort: http', 'targetPort: 8080'),
    };
    const moved = DEPLOYMENT.replace('containerPort: 8080', 'containerPort: 9090');
    expect(await foreseen(numbered, { 'quay/ferry.yaml': moved })).toEqual([
      'quay/service.yaml:10 warning service-without-endpoints/target-port-left',
    ]);
    const undeclared = {
      ...QUAY,
      'quay/service.yaml': SERVICE.replace('targetPort: http', 'targetPort: 7070'),
    };
    expect(await foreseen(undeclared, { 'quay/ferry.yaml': moved })).toEqual([]);
  });
});

describe('a probe', () => {
  test('that asks a port by a name that its container does not have is told, with the only one', async () => {
    const { findings } = await guarded(QUAY, {
      'quay/ferry.yaml': DEPLOYMENT.replace('port: http}', 'port: https}'),
    });
    expect(findings).toMatchObject([
      {
        rule: 'probe-failing',
        cause: 'port-name-missing',
        site: { line: 20 },
        suggestion: { value: 'http' },
      },
    ]);
  });

  test('that asks a number which nobody declares is silent', async () => {
    expect(
      await foreseen(QUAY, { 'quay/ferry.yaml': DEPLOYMENT.replace('port: http}', 'port: 9100}') }),
    ).toEqual(['quay/ferry.yaml:20 warning probe-failing/port-left']);
    const added = DEPLOYMENT.replace('name: ferry,', 'name: barge,').replace('port: http}', 'port: 9100}');
    expect(await foreseen(QUAY, { 'quay/barge.yaml': added })).toEqual([]);
  });
});
