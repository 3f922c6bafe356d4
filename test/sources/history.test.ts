import { describe, expect } from 'vitest';
import { openRepository } from '../../src/git/open-repository.ts';
import { findObject } from '../../src/sources/find.ts';
import { History } from '../../src/sources/history.ts';
import { Revision } from '../../src/sources/revision.ts';
import { commitFiles, git, madeFolder, madeRepository } from '../git/made-repository.ts';
import { renderers } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';

type Files = Readonly<Record<string, string>>;

/** A repository in which each commit has the subject that it is given. */
function repositoryOf(...commits: readonly (readonly [string, Files])[]): string {
  const folder = madeRepository();
  for (const [subject, files] of commits) commitFiles(folder, files, subject);
  return folder;
}

/** The values that a field of the Deployment cart has had, newest first, each with the commit that brought it. */
async function versionsIn(folder: string, field = 'spec.replicas'): Promise<readonly string[]> {
  const repository = await openRepository(folder);
  const revision = await Revision.of(await repository.treeAt(repository.head!.sha), renderers);
  const { matches } = await findObject(revision, { kind: 'Deployment', name: 'cart' });
  expect(matches).toHaveLength(1);
  const versions = await new History(repository, renderers).fieldVersions(matches[0]!, field);
  return versions!.map(({ value, commit }) => `${String(value)} ${commit.subject}`);
}

const deployment = (replicas: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\nspec: {replicas: ${replicas}}\n`;

const CHART: Files = {
  'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
  'charts/cart/values.yaml': 'replicas: 1\n',
  'charts/cart/templates/cart.yaml': deployment('{{ .Values.replicas }}').replace(
    'name: cart',
    'name: "{{ .Release.Name }}"',
  ),
  'charts/cart/templates/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\n',
};

const release = (values: string): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cart, namespace: shop}
spec:
  chart: {spec: {chart: charts/cart, reconcileStrategy: Revision, sourceRef: {kind: GitRepository, name: infra}}}
  values: ${values}
`;

describe('the values that a field has had', () => {
  needsTool('kustomize')('are those that the overlay rendered, whoever of its files gave them', async () => {
    const folder = repositoryOf(
      ['base', { 'base/kustomization.yaml': 'resources: [cart.yaml]\n', 'base/cart.yaml': deployment('1') }],
      ['overlay', { 'prod/kustomization.yaml': 'resources: [../base]\n' }],
      ['two in base', { 'base/cart.yaml': deployment('2') }],
      [
        'five in prod',
        { 'prod/kustomization.yaml': 'resources: [../base]\nreplicas: [{name: cart, count: 5}]\n' },
      ],
      ['three in base, which prod does not see', { 'base/cart.yaml': deployment('3') }],
    );
    expect(await versionsIn(folder)).toEqual(['5 five in prod', '2 two in base', '1 base']);
  });

  needsTool('helm')('are those that the release of that time gave the chart of that time', async () => {
    const folder = repositoryOf(
      ['chart', { ...CHART, 'apps/cart.yaml': release('{}') }],
      ['two by default', { 'charts/cart/values.yaml': 'replicas: 2\n' }],
      ['seven in the release', { 'apps/cart.yaml': release('{replicas: 7}') }],
      ['another default', { 'charts/cart/values.yaml': 'replicas: 3\n' }],
      [
        'another template',
        { 'charts/cart/templates/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n' },
      ],
    );
    expect(await versionsIn(folder)).toEqual(['7 seven in the release', '2 two by default', '1 chart']);
  });

  needsTool('helm')('a commit of another template of the chart is not looked at', async () => {
    const folder = repositoryOf(['chart', { ...CHART, 'apps/cart.yaml': release('{}') }]);
    for (const index of Array.from({ length: 5 }).keys())
      commitFiles(folder, { 'charts/cart/templates/map.yaml': `# ${index}\n` }, `map ${index}`);
    const repository = await openRepository(folder);
    const revision = await Revision.of(await repository.treeAt(repository.head!.sha), renderers);
    const { matches } = await findObject(revision, { kind: 'Deployment', name: 'cart' });
    const before = renderers.helm.builds;
    await new History(repository, renderers).fieldVersions(matches[0]!, 'spec.replicas');
    expect(renderers.helm.builds - before).toBeLessThanOrEqual(1);
  });

  needsTool('kustomize')('none is told of a time in which the root did not build', async () => {
    const folder = repositoryOf(
      ['broken', { 'prod/kustomization.yaml': 'resources: [gone.yaml]\n' }],
      [
        'mended',
        { 'prod/kustomization.yaml': 'resources: [cart.yaml]\n', 'prod/cart.yaml': deployment('4') },
      ],
    );
    expect(await versionsIn(folder)).toEqual(['4 mended', 'undefined broken']);
  });
});

describe('who set a value', () => {
  const PLAIN = 'apps/cart/deployment.yaml';
  const written = (replicas: string, comment = ''): string =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: cart\nspec:\n  replicas: ${replicas}${comment}\n`;

  needsTool('kustomize')(
    'is not whoever wrote a comment on the line, quoted it, indented or moved it',
    async () => {
      const folder = repositoryOf(
        ['one', { [PLAIN]: written('1') }],
        ['three', { [PLAIN]: written('3') }],
        ['a comment', { [PLAIN]: written('3', ' # measured in March') }],
        [
          'another order',
          { [PLAIN]: 'kind: Deployment\napiVersion: apps/v1\nspec: {replicas: 3}\nmetadata: {name: cart}\n' },
        ],
        ['quotes', { [PLAIN]: written('"3"') }],
        ['no quotes', { [PLAIN]: written('3') }],
      );
      expect(await versionsIn(folder)).toEqual(['3 three', '1 one']);
    },
  );

  needsTool('kustomize')('is not whoever moved the file, the folder or the value into a patch', async () => {
    const folder = repositoryOf(['one', { [PLAIN]: written('1') }], ['three', { [PLAIN]: written('3') }]);
    git(folder, 'mv', PLAIN, 'apps/cart/app.yaml');
    commitFiles(folder, {}, 'Rename the file');
    git(folder, 'mv', 'apps/cart', 'apps/shop');
    commitFiles(folder, {}, 'Rename the folder');
    commitFiles(
      folder,
      {
        'apps/shop/app.yaml': written('1'),
        'apps/shop/patch.yaml': written('3'),
        'apps/shop/kustomization.yaml': 'resources: [app.yaml]\npatches: [{path: patch.yaml}]\n',
      },
      'Move it into a patch',
    );
    expect(await versionsIn(folder)).toEqual(['3 three', '1 one']);
  });

  needsTool('kustomize')('is the commit on the side of a merge that brought it, not the merge', async () => {
    const folder = repositoryOf(['one', { [PLAIN]: written('1') }]);
    git(folder, 'checkout', '--quiet', '-b', 'side');
    commitFiles(folder, { [PLAIN]: written('3') }, 'three');
    git(folder, 'checkout', '--quiet', 'main');
    commitFiles(folder, { 'apps/cart/readme.txt': 'x' }, 'elsewhere');
    commitFiles(folder, { [PLAIN]: `# The cart.\n${written('1')}` }, 'a comment');
    git(folder, 'merge', '--quiet', '--no-ff', '--message', 'Merge side', 'side');
    expect(await versionsIn(folder)).toEqual(['3 three', '1 one']);
  });

  needsTool('kustomize')('is the revert, where the value was taken back', async () => {
    const folder = repositoryOf(
      ['one', { [PLAIN]: written('1') }],
      ['three', { [PLAIN]: written('3') }],
      ['Revert "three"', { [PLAIN]: written('1') }],
      ['a comment', { [PLAIN]: written('1', ' # enough') }],
    );
    expect(await versionsIn(folder)).toEqual(['1 Revert "three"', '3 three', '1 one']);
  });

  needsTool('kustomize')('is nobody where a shallow clone ends before it was set', async () => {
    const folder = repositoryOf(
      ['one', { [PLAIN]: written('1') }],
      ['three', { [PLAIN]: written('3') }],
      ['a comment', { [PLAIN]: written('3', ' # measured') }],
      ['another', { [PLAIN]: written('3', ' # twice') }],
    );
    const shallow = `${madeFolder()}/shallow`;
    git(folder, 'clone', '--quiet', '--depth', '2', `file://${folder}`, shallow);
    expect(await versionsIn(shallow)).toEqual([]);
    const deeper = `${madeFolder()}/deeper`;
    git(folder, 'clone', '--quiet', '--depth', '4', `file://${folder}`, deeper);
    expect(await versionsIn(deeper)).toEqual(['3 three']);
  });

  needsTool('kustomize')('is nobody where it stood before commits that do not build', async () => {
    const folder = repositoryOf(
      ['one', { 'p/kustomization.yaml': 'resources: [cart.yaml]\n', 'p/cart.yaml': written('1') }],
      ['three', { 'p/cart.yaml': written('3') }],
      ['break it', { 'p/kustomization.yaml': 'resources: [gone.yaml]\n' }],
      ['mend it', { 'p/kustomization.yaml': 'resources: [cart.yaml]\n' }],
    );
    expect(await versionsIn(folder)).toEqual([]);
  });
});

describe('renames', () => {
  needsTool('kustomize')('are followed by content, across files and into generators', async () => {
    const map = (name: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: shop}\ndata: {level: info, region: eu}\n`;
    const folder = repositoryOf(
      ['first', { 'a/settings.yaml': map('settings'), 'a/other.yaml': map('other').replace('eu', 'us') }],
      ['rename it', { 'b/moved.yaml': map('cart-settings') }],
    );
    git(folder, 'rm', '--quiet', 'a/settings.yaml');
    commitFiles(folder, {}, 'remove the old one');
    const repository = await openRepository(folder);
    const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'settings' };
    const renames = await new History(repository, renderers).renames(object);
    // Only a commit in which one goes and another comes is a rename.
    expect(renames).toEqual([]);
    const both = repositoryOf(['first', { 'a/settings.yaml': map('settings') }]);
    git(both, 'mv', 'a/settings.yaml', 'a/cart.yaml');
    commitFiles(both, { 'a/cart.yaml': map('cart-settings') }, 'Rename settings (#9)');
    const found = await new History(await openRepository(both), renderers).renames(object);
    expect(found).toMatchObject([
      { to: 'cart-settings', similarity: 1, commit: { subject: 'Rename settings (#9)' } },
    ]);
  });
});
