import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, join, relative, resolve } from 'node:path';
import { RenderCache } from '../../src/renderers/cache.ts';
import { HelmRenderer } from '../../src/renderers/helm.ts';
import { KustomizationReader } from '../../src/renderers/kustomization.ts';
import { KustomizeRenderer } from '../../src/renderers/kustomize.ts';
import { ManifestReader } from '../../src/renderers/manifests.ts';
import { remoteRendererIn } from '../../src/renderers/remote/remote-renderer.ts';
import { findHelm, findKustomize } from '../../src/renderers/tools.ts';
import { Revision } from '../../src/sources/revision.ts';
import type { Renderers } from '../../src/renderers/renderers.ts';
import { treeOf, type Tree } from '../../src/tree/tree.ts';

/** Builds are kept between runs, by what they were made from, as the product keeps them. */
const folder = resolve(import.meta.dirname, '../../node_modules/.cache/faultline/renders');

/** Where there are both, kustomize comes before kubectl, which takes ten times as long to start. */
const PATH = [resolve(import.meta.dirname, '../../.tools/bin'), process.env['PATH']].join(delimiter);

/** Tests that run a second time through a renderer in another place set its address; then nothing comes from the folder. */
const remote = remoteRendererIn(process.env);
const cache = new RenderCache({ folder: remote === null ? folder : null, parallel: 2 });
const helm = () => remote?.helm() ?? findHelm({ PATH });

/** What the product renders with. */
export const renderers: Renderers = {
  kustomize: new KustomizeRenderer(() => remote?.kustomize() ?? findKustomize({ PATH }), cache, helm),
  helm: new HelmRenderer(helm, cache),
  kustomizations: new KustomizationReader(),
  manifests: new ManifestReader(),
};

/** The same without any program to build kustomizations with. */
export const withoutKustomize: Renderers = {
  ...renderers,
  kustomize: new KustomizeRenderer(async () => null, new RenderCache({ folder: null, parallel: 1 })),
};

export type Files = Readonly<Record<string, string | Buffer>>;

export function revisionOf(files: Files | Tree, using: Renderers = renderers): Promise<Revision> {
  return Revision.of(typeof files['paths'] === 'function' ? (files as Tree) : treeOf(files as Files), using);
}

/** All files below a folder, by their path in it. */
export function filesBelow(folder: string): Readonly<Record<string, Buffer>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path), readFileSync(path)];
    }),
  );
}
