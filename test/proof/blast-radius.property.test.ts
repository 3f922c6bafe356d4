import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { prove } from '../../src/proof/prove.ts';
import type { Revision } from '../../src/sources/revision.ts';
import { revisionOf, type Files } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';

const test = needsTool('helm', 'kustomize');

/** How one cluster applies its part of a repository with Flux. */
interface Cluster {
  readonly path: 'apps/base' | 'apps/own';
  readonly zone: boolean;
  readonly label: boolean;
}

interface Repository {
  readonly clusters: readonly Cluster[];
  readonly valuesFrom: boolean;
  readonly inline: boolean;
  readonly patched: boolean;
  readonly second: boolean;
}

const clusters = fc.record({
  path: fc.constantFrom('apps/base' as const, 'apps/own' as const),
  zone: fc.boolean(),
  label: fc.boolean(),
});

const repositories: fc.Arbitrary<Repository> = fc.record({
  clusters: fc.array(clusters, { minLength: 1, maxLength: 3 }),
  valuesFrom: fc.boolean(),
  inline: fc.boolean(),
  patched: fc.boolean(),
  second: fc.boolean(),
});

function release(name: string, { valuesFrom, inline }: Repository): string {
  return `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: ${name}, namespace: shop}
spec:
  chart: {spec: {chart: ./chart, reconcileStrategy: Revision, sourceRef: {kind: GitRepository, name: fleet}}}
${valuesFrom ? '  valuesFrom: [{kind: ConfigMap, name: sizes}]\n' : ''}${inline ? `  values: {size: 11${name === 'cart' ? '' : '1'}, zone: "\${ZONE:=none}"}\n` : ''}`;
}

function filesOf(repository: Repository): Files {
  const { clusters: all, patched, second } = repository;
  const applied = all.map(({ path, zone, label }, index): [string, string] => [
    `clusters/c${index}/apps.yaml`,
    `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./${path}
  sourceRef: {kind: GitRepository, name: fleet}
${zone ? `  postBuild: {substitute: {ZONE: zone${index}}}\n` : ''}${label ? '  commonMetadata: {labels: {size: "77"}}\n' : ''}`,
  ]);
  const patch = `patches:\n  - patch: '{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: cart, namespace: shop}, spec: {values: {size: 55}}}'\n`;
  return {
    ...Object.fromEntries(applied),
    'apps/base/kustomization.yaml': `resources: [all.yaml]\n`,
    'apps/base/all.yaml': [
      release('cart', repository),
      ...(second ? [release('web', repository)] : []),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: sizes, namespace: shop}\ndata:\n  values.yaml: |\n    size: 33\n',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mail, namespace: shop}\nspec: {replicas: 22}\n',
    ].join('---\n'),
    'apps/own/kustomization.yaml': `resources: [../base]\n${patched ? patch : ''}`,
    'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
    'chart/values.yaml': 'size: 44\nzone: here\nunused: 66\n',
    'chart/templates/all.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}-made"}\ndata: {size: "{{ .Values.size }}", zone: "{{ .Values.zone }}"}\n',
  };
}

/** Each number above stands for one value; with another one, a file has another value there. */
function editsOf(files: Files): readonly (readonly [string, string])[] {
  return Object.entries(files).flatMap(([file, text]) =>
    [...new Set(String(text).match(/\b(\d)\1\b/g) ?? [])].map(
      (number) => [file, String(text).replaceAll(new RegExp(`\\b${number}\\b`, 'g'), '99')] as const,
    ),
  );
}

/** What every root renders, by its id. */
async function renderedBy(revision: Revision): Promise<ReadonlyMap<string, string>> {
  const entries = (await revision.allRoots()).map(async (root): Promise<[string, string]> => {
    const rendering = await revision.render(root);
    const objects = rendering.kind === 'rendered' ? rendering.objects.map(({ object }) => object) : rendering;
    return [root.id, JSON.stringify(objects)];
  });
  return new Map(await Promise.all(entries));
}

describe('for any edit of what several clusters apply', () => {
  test('the roots that a proof lists are those that render differently', { timeout: 120_000 }, async () => {
    const asked = fc.record({ repository: repositories, edit: fc.nat(), target: fc.nat() });
    await fc.assert(
      fc.asyncProperty(asked, async ({ repository, edit, target }) => {
        const files = filesOf(repository);
        const edits = editsOf(files);
        const [file, text] = edits[edit % edits.length]!;
        const revision = await revisionOf(files);
        const roots = await revision.allRoots();
        const root = roots[target % roots.length]!;
        const trial = await prove(revision, new Map([[file, Buffer.from(text)]]), [], root);
        const [before, after] = [
          await renderedBy(revision),
          await renderedBy(await revisionOf({ ...files, [file]: text })),
        ];
        const changed = [...before].filter(([id, objects]) => after.get(id) !== objects).map(([id]) => id);
        const listed = trial.comparisons.filter(({ comparison }) => comparison.changes.length > 0);
        expect(listed.map(({ root: { id } }) => id).sort()).toEqual(changed.sort());
        expect(trial.proof.status).toBe('proven');
        expect(trial.proof.roots).toHaveLength(changed.length);
      }),
      { numRuns: 25, seed: 10, endOnFailure: true },
    );
  });
});
