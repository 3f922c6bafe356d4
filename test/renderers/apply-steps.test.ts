import { describe, expect, test } from 'vitest';
import { applySteps } from '../../src/renderers/apply-steps.ts';
import { RenderCache } from '../../src/renderers/cache.ts';
import { KustomizeRenderer } from '../../src/renderers/kustomize.ts';
import { parseManifests } from '../../src/renderers/manifests.ts';
import type { Rendering } from '../../src/renderers/rendering.ts';
import type { KustomizeStep, Step, SubstituteStep } from '../../src/renderers/steps.ts';
import { findKustomize } from '../../src/renderers/tools.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { needsTool } from '../needs.ts';

const built = needsTool('kustomize');

function apply(steps: readonly Step[], text: string, files: Readonly<Record<string, string>> = {}) {
  const objects = parseManifests('app/x.yaml', Buffer.from(text)).objects.map(({ object, origin }) => ({
    object,
    origin,
    text: JSON.stringify(object),
  }));
  const rendering: Rendering = { kind: 'rendered', root: 'app', objects, problems: [] };
  const kustomize = new KustomizeRenderer(
    () => findKustomize(),
    new RenderCache({ folder: null, parallel: 1 }),
  );
  return applySteps(steps, rendering, { tree: treeOf(files), kustomize });
}

/** The first object's data, or why there is none. */
async function data(steps: readonly Step[], text: string, files?: Readonly<Record<string, string>>) {
  const result = await apply(steps, text, files);
  return result.kind === 'failed'
    ? `${result.code}: ${result.message}`
    : [result.objects[0]!.object.metadata.name, result.objects[0]!.object['data']];
}

function map(rest: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\n${rest}`;
}

function kustomizeStep(fields: KustomizeStep['fields'], components: readonly string[] = []): KustomizeStep {
  return { kind: 'kustomize', fields, components };
}

function substituteStep(variables: SubstituteStep['variables'], complete = true): SubstituteStep {
  return { kind: 'substitute', variables, complete };
}

describe('a kustomization around the objects', () => {
  built('changes them by its fields and its components, and Flux substitutes afterwards', async () => {
    const component = {
      'parts/one/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: add.yaml, target: {kind: ConfigMap}}]\n',
      'parts/one/add.yaml': '- {op: add, path: /data/b, value: "${size}"}\n',
    };
    const steps = [kustomizeStep({ nameSuffix: '-x' }, ['parts/one']), substituteStep({ size: '3' })];
    expect(await data(steps, map('data: {a: "1"}\n'), component)).toEqual(['map-x', { a: '1', b: 3 }]);
  });

  test.each([
    [
      { patches: [{ path: '/etc/hostname' }] },
      'error: kustomization.yaml: /etc/hostname lies outside the repository',
    ],
    [{ transformers: ['https://example.com/x.yaml'] }, /^remote: needs https:/],
  ])('is as confined as any other: %o', async (fields, reason) => {
    const said = await data([kustomizeStep(fields as KustomizeStep['fields'])], map(''));
    expect(said).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason));
  });

  test('that has nothing to change is not built', async () => {
    const result = await apply([kustomizeStep({ namespace: 'x' })], '');
    expect(result).toMatchObject({ kind: 'rendered', root: 'app', objects: [] });
  });
});

describe('variables', () => {
  test('are filled into the text, where a number loses its quotes', async () => {
    const text = map('data: {port: "${port}", name: "${name:=cart}", both: "${port}-${name}"}\n');
    expect(await data([substituteStep({ port: '80', name: '' })], text)).toEqual([
      'map',
      { port: 80, name: 'cart', both: '80-' },
    ]);
  });

  test('stay as they are written where not all are known', async () => {
    const text = map('data: {port: "${port}", name: "${name:=cart}"}\n');
    expect(await data([substituteStep({ port: '80' }, false)], text)).toEqual([
      'map',
      { port: 80, name: '${name:=cart}' },
    ]);
  });

  test.each(['labels', 'annotations'])('are left alone where the %s say so', async (place) => {
    const off = `  ${place}: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n`;
    expect(await data([substituteStep({ a: '1' })], map(`${off}data: {a: "\${a}"}\n`))).toEqual([
      'map',
      { a: '${a}' },
    ]);
  });

  test('are left alone where there are none at all', async () => {
    expect(await data([substituteStep({})], map('data: {a: "${a}"}\n'))).toEqual(['map', { a: '${a}' }]);
  });

  test.each([
    ['${a[0]}', '1', 'error: ConfigMap map: ${a[0]} is not a substitution'],
    ['${a%x}', '1', 'unsupported: ConfigMap map: the substitution ${a%x} is not rendered'],
    ['${a}', '[', /^error: ConfigMap map: with its variables filled in it is not YAML: /],
  ])('that give no object end the rendering: %s', async (written, value, reason) => {
    const said = await data([substituteStep({ a: value })], map(`data: {a: "${written}"}\n`));
    expect(said).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason));
  });
});

test('what was changed is no longer where it is written', async () => {
  const result = await apply(
    [substituteStep({ a: '1' })],
    map('data: {a: "${a}", b: x}\n') + `---\n${map('')}`,
  );
  expect(result.kind === 'rendered' && result.objects.map(({ origin }) => origin)).toEqual([null, null]);
});

test('a failure stays what it is', async () => {
  const failed: Rendering = { kind: 'failed', root: 'app', code: 'remote', message: 'needs x' };
  const kustomize = new KustomizeRenderer(async () => null, new RenderCache({ folder: null, parallel: 1 }));
  expect(await applySteps([substituteStep({})], failed, { tree: treeOf({}), kustomize })).toBe(failed);
});

describe('common labels and annotations', () => {
  test('are on the object itself and win there, and what it is written in is no longer what is applied', async () => {
    const step: Step = { kind: 'metadata', labels: { team: 'shop' }, annotations: {} };
    const text = map('  labels: {team: other, app: cart}\ndata: {a: "1"}\n');
    const result = await apply([step], text);
    expect(result).toMatchObject({
      objects: [
        {
          origin: null,
          object: { metadata: { name: 'map', labels: { team: 'shop', app: 'cart' } }, data: { a: '1' } },
        },
      ],
    });
    expect(result.kind === 'rendered' && 'annotations' in result.objects[0]!.object.metadata).toBe(false);
  });

  test('come after variables, whose values they do not get', async () => {
    const steps: readonly Step[] = [
      substituteStep({ a: 'b' }),
      { kind: 'metadata', labels: {}, annotations: { note: '${a}' } },
    ];
    const result = await apply(steps, map('data: {a: "${a}"}\n'));
    expect(result).toMatchObject({
      objects: [{ object: { metadata: { annotations: { note: '${a}' } }, data: { a: 'b' } } }],
    });
  });
});

test('defaults are filled in without any variable where the step says so', async () => {
  const text = map('data: {a: "${a:=b}"}\n');
  expect(await data([substituteStep({})], text)).toEqual(['map', { a: '${a:=b}' }]);
  expect(await data([{ ...substituteStep({}), always: true }], text)).toEqual(['map', { a: 'b' }]);
});
