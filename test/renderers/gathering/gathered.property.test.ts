import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOfController } from '../../../src/sources/declarations/plans.ts';
import { revisionOf, type Files } from '../../locate/revisions.ts';

/** What one layer of kustomizations says; the last of each is known to change what is told. */
const LAYER = {
  namespace: ['', 'namespace: shop\n', 'namespace: "other"\n'],
  labels: ['', 'commonLabels: {tier: front}\n', 'labels: [{pairs: {team: a}, includeTemplates: true}]\n'],
  annotations: ['', 'commonAnnotations: {note: "1"}\n'],
  images: ['', 'images: [{name: till, newTag: "2"}]\n'],
  patches: [
    '',
    'patches: [{target: {kind: Deployment}, patch: "- {op: replace, path: /spec/replicas, value: 4}"}]\n',
    'patches: [{target: {kind: HelmRelease, name: prices}, patch: "{kind: HelmRelease, metadata: {name: x}, spec: {values: {tag: next, size: 3}}}"}]\n',
    'patches: [{target: {kind: Application}, patch: "- {op: add, path: /spec/project, value: shop}"}]\n',
    'patches: [{target: {name: till.*}, patch: "- {op: add, path: /spec/x, value: 1}"}]\n',
  ],
  generators: ['', 'configMapGenerator: [{name: made, literals: [a=b]}]\n'],
  renames: ['', '', '', 'nameSuffix: -v2\n'],
} as const;

const layer = fc
  .record(
    Object.fromEntries(
      Object.entries(LAYER).map(([field, texts]) => [field, fc.constantFrom('', '', ...texts)]),
    ),
  )
  .map((fields) => Object.values(fields).join(''));

/** Most mean one thing to every parser. */
const word = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('main', '5m', '1.10', 'a b', '"1"') },
  { weight: 1, arbitrary: fc.constantFrom('yes', '0644', '2024-01-02') },
);

const files = fc
  .record({ base: layer, shop: layer, revision: word, interval: word, isListed: fc.boolean() })
  .map(({ base, shop, revision, interval, isListed }): Files => {
    const application = `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: tills}\nspec: {source: {path: tills, targetRevision: ${revision}}}\n`;
    return {
      'base/kustomization.yaml': `resources: [apps.yaml${isListed ? ', till.yaml' : ''}]\n${base}`,
      'base/apps.yaml': `${application}---\n${application.replace('tills', 'scales')}`,
      'base/till.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: till}\nspec: {replicas: 1}\n',
      'shop/kustomization.yaml': `resources: [../base, prices.yaml]\n${shop}`,
      'shop/prices.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: prices}\nspec: {interval: ${interval}, values: {tag: old}}\n`,
    };
  });

test('what is gathered is what Kustomize builds', async () => {
  let gatheredOnes = 0;
  await fc.assert(
    fc.asyncProperty(files, async (repository) => {
      const revision = await revisionOf(repository);
      const root = revision.roots.at('shop')!;
      const gathered = await revision.gathered(root);
      if (!gathered) return;
      const rendering = await revision.render(root);
      const built = rendering.kind === 'rendered' ? rendering.objects.map(({ object }) => object) : null;
      expect(gathered.objects.map(({ object }) => object)).toEqual(
        built?.filter((object) => isOfController(object)),
      );
      gatheredOnes += 1;
    }),
    { numRuns: 60 },
  );
  expect(gatheredOnes).toBeGreaterThan(2);
}, 120_000);
