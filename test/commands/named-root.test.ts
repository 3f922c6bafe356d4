import { describe, expect, test } from 'vitest';
import { rootsNamed } from '../../src/commands/named-root.ts';
import { InputError } from '../../src/errors/input-error.ts';
import { locate } from '../../src/locate/locate.ts';
import { needsTool } from '../needs.ts';
import { revisionOf } from '../locate/revisions.ts';

const built = needsTool('kustomize');

function deployment(name: string, namespace: string): string {
  return `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec:\n  replicas: 1\n`;
}

/** A Flux Kustomization that changes what it applies. */
function applies(path: string, name = 'all'): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: ${name}, namespace: flux-system}
spec:
  path: ./${path}
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
  patches:
    - target: {kind: Deployment}
      patch: '[{"op": "add", "path": "/spec/revisionHistoryLimit", "value": 2}]'
`;
}

const application = (name: string, source: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ${name}, namespace: argocd}\nspec:\n  destination: {namespace: depot, server: https://kubernetes.default.svc}\n  source: {repoURL: https://github.com/acme/infra, ${source}}\n`;

const FILES = {
  'clusters/one/all.yaml': applies('work'),
  'work/till/till.yaml': deployment('till', 'market'),
  'work/scales/kustomization.yaml': 'resources: [scales.yaml]\nnamespace: depot\n',
  'work/scales/scales.yaml': deployment('scales', 'x'),
  'argo/crates.yaml': application('crates', 'path: crates, targetRevision: HEAD, directory: {recurse: true}'),
  'argo/old.yaml': application('old', 'path: crates/small, targetRevision: v1'),
  'argo/made.yaml': application('made', 'path: crates, targetRevision: HEAD, plugin: {name: cue}'),
  'crates/small/crate.yaml': deployment('crate', 'depot'),
  'base/kustomization.yaml': 'resources: [sign.yaml]\n',
  'base/sign.yaml': deployment('sign', 'market'),
  'north/kustomization.yaml': 'resources: [../base]\n',
};

/** The roots by id, why there is none, or what is wrong with the text. */
async function named(
  text: string,
  object: string,
  files: Readonly<Record<string, string>> = FILES,
): Promise<unknown> {
  const [namespace, name] = object.split('/') as [string, string];
  try {
    const roots = await rootsNamed(await revisionOf(files), text, { kind: 'Deployment', namespace, name });
    return 'kind' in roots ? `${roots.code}: ${roots.reason}` : roots.map(({ id }) => id);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

const ALL = 'work (Flux Kustomization flux-system/all in clusters/one)';

describe('a folder', () => {
  built.each([
    ['that Flux applies without a kustomization', 'work', 'market/till', [ALL]],
    ['below it', 'work/till', 'market/till', [ALL]],
    ['below it, with a kustomization', 'work/scales', 'depot/scales', [ALL]],
    ['below it, for an object of another one', 'work/till', 'depot/scales', ['work/till']],
    ['that Argo CD applies with its subfolders', 'crates', 'depot/crate', ['crates']],
    ['that an overlay includes', 'base', 'market/sign', ['base']],
    ['of an overlay, with a slash too many', './north/', 'market/sign', ['north']],
  ])('%s', async (_what, text, object, roots) => {
    expect(await named(text, object)).toEqual(roots);
  });

  built('below one that two apply is what both apply', async () => {
    const files = { ...FILES, 'clusters/two/all.yaml': applies('work') };
    expect(await named('work/till', 'market/till', files)).toEqual(['work/till']);
  });

  built('that two apply can be changed for both', async () => {
    const revision = await revisionOf({ ...FILES, 'clusters/two/all.yaml': applies('work') });
    const wanted = { kind: 'Deployment', name: 'till', namespace: 'market' };
    const roots = await rootsNamed(revision, 'work/till', wanted);
    if ('kind' in roots) throw new Error(roots.reason);
    const result = await locate(revision, {
      target: { wanted, live: null, roots },
      fields: [{ field: 'spec.replicas', after: 3 }],
    });
    expect(result).toMatchObject({ kind: 'located', proof: { status: 'proven' } });
  });
});

describe('a release that two folders install', () => {
  const release = (tag: string): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: till, namespace: market}
spec:
  chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}
  values: {tag: ${tag}}
`;
  const files = {
    'chart/Chart.yaml': 'apiVersion: v2\nname: till\nversion: 1.0.0\n',
    'chart/templates/till.yaml': deployment('{{ .Release.Name }}', '{{ .Release.Namespace }}'),
    'north/kustomization.yaml': 'resources: [till.yaml]\n',
    'north/till.yaml': release('a'),
    'south/kustomization.yaml': 'resources: [till.yaml]\n',
    'south/till.yaml': release('b'),
  };
  const both = needsTool('helm', 'kustomize');

  both('is told by the folder of its HelmRelease', async () => {
    expect(await named('south', 'market/till', files)).toEqual([
      'chart (Flux HelmRelease market/till in south)',
    ]);
  });

  both('is not meant by a folder that renders the object itself', async () => {
    const beside = { ...files, 'south/own.yaml': deployment('own', 'market') };
    const listed = { ...beside, 'south/kustomization.yaml': 'resources: [till.yaml, own.yaml]\n' };
    expect(await named('south', 'market/own', listed)).toEqual(['south']);
  });
});

describe('an object', () => {
  built.each([
    ['of Flux', 'Kustomization/flux-system/all', [ALL]],
    ['in small letters', 'kustomization/flux-system/all', [ALL]],
    ['without its namespace', 'Kustomization/all', [ALL]],
    ['of Argo CD', 'Application/argocd/crates', ['crates']],
  ])('%s', async (_what, text, roots) => {
    expect(await named(text, 'market/till')).toEqual(roots);
  });

  test.each([
    [
      'pinned to a tag',
      'Application/argocd/old',
      'other-revision: Argo CD Application argocd/old is pinned to v1: a change of a branch does not reach it',
    ],
    [
      'made by a plugin',
      'Application/argocd/made',
      'render-failed: Argo CD Application argocd/made applies spec.source.plugin, which is not rendered',
    ],
  ])('%s is declined', async (_what, text, answer) => {
    expect(await named(text, 'depot/crate')).toBe(answer);
  });
});

describe('a name that nothing has', () => {
  test.each([
    [
      'Application/argocd/crate',
      '--root Application/argocd/crate: no root of this repository holds an Application of this name; did you mean Application/argocd/crates?',
    ],
    [
      'Application/flux/crates',
      '--root Application/flux/crates: no root of this repository holds an Application of this name; did you mean Application/argocd/crates?',
    ],
    [
      'HelmRelease/market/till',
      '--root HelmRelease/market/till: no root of this repository holds a HelmRelease of this name',
    ],
    ['wok', '--root wok: no such folder in this repository; did you mean work?'],
    ['till', '--root till: no such folder in this repository; did you mean work/till?'],
    [
      'clusters',
      '--root clusters: no kustomization, no chart and no manifests in this folder; did you mean clusters/one?',
    ],
    ['argo/old.yaml', '--root argo/old.yaml: a file; did you mean argo?'],
    ['../infra', '--root ../infra: expected a folder of the repository, relative to its top'],
  ])('%s', async (text, message) => {
    expect(await named(text, 'market/till')).toBe(message);
  });
});
