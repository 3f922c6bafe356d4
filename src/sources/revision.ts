import { closureOf, KustomizationReader } from '../renderers/kustomization.ts';
import type { KustomizeRenderer } from '../renderers/kustomize.ts';
import { isManifestPath, ManifestReader, type ManifestObject } from '../renderers/manifests.ts';
import type { FileProblem, RenderedObject, Rendering } from '../renderers/rendering.ts';
import { withOverlay, type Overlay, type Tree } from '../tree/tree.ts';
import { Roots, type Root } from './roots.ts';

/** What renders roots, shared between revisions: readers keep each content once, the renderer keeps each build. */
export interface Renderers {
  readonly kustomize: KustomizeRenderer;
  readonly kustomizations: KustomizationReader;
  readonly manifests: ManifestReader;
}

/** One tree with its roots and what they render to. */
export class Revision {
  readonly tree: Tree;
  readonly #renderers: Renderers;
  readonly #renderings = new Map<string, Promise<Rendering>>();
  #roots: Roots | undefined;

  private constructor(tree: Tree, renderers: Renderers) {
    this.tree = tree;
    this.#renderers = renderers;
  }

  /** Loads all manifests of the tree; other files are loaded when a root needs them. */
  static async of(tree: Tree, renderers: Renderers): Promise<Revision> {
    await tree.load(tree.paths().filter((path) => isManifestPath(path) || path.endsWith('Kustomization')));
    return new Revision(tree, renderers);
  }

  /** The same tree with some files replaced. */
  with(overlay: Overlay): Revision {
    return new Revision(withOverlay(this.tree, overlay), this.#renderers);
  }

  get roots(): Roots {
    return (this.#roots ??= new Roots(this.tree, this.#renderers.kustomizations));
  }

  /** Objects of one manifest file, as kubectl types them. */
  manifests(file: string): {
    readonly objects: readonly ManifestObject[];
    readonly problem: FileProblem | null;
  } {
    return this.#renderers.manifests.read(this.tree, file);
  }

  kustomization(file: string): Readonly<Record<string, unknown>> {
    return this.#renderers.kustomizations.read(this.tree, file).value;
  }

  /** The root as it is in this revision: its closure may differ from the one it had in another. */
  here(root: Root): Root {
    if (root.kind === 'plain') {
      return { ...root, files: root.files.filter((file) => this.tree.entry(file) !== undefined) };
    }
    return { ...root, closure: closureOf(this.tree, root.path, this.#renderers.kustomizations) };
  }

  render(root: Root): Promise<Rendering> {
    const key = `${root.kind} ${root.path}`;
    let rendering = this.#renderings.get(key);
    if (!rendering) {
      rendering =
        root.kind === 'plain'
          ? Promise.resolve(this.#renderPlain(root.path, root.files))
          : this.#renderers.kustomize.render(this.tree, root.closure);
      this.#renderings.set(key, rendering);
    }
    return rendering;
  }

  #renderPlain(path: string, files: readonly string[]): Rendering {
    const objects: RenderedObject[] = [];
    const problems: FileProblem[] = [];
    for (const file of files) {
      const manifests = this.manifests(file);
      if (manifests.problem) problems.push(manifests.problem);
      for (const { object, origin } of manifests.objects)
        objects.push({ object, origin, text: JSON.stringify(object) });
    }
    return { kind: 'rendered', root: path, objects, problems };
  }
}
