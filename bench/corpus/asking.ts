import { rootsNamed } from '../../src/commands/named-root.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import { InputError } from '../../src/errors/input-error.ts';
import { declined, type Declined } from '../../src/model/declined.ts';
import { locate } from '../../src/locate/locate.ts';
import type { LocateResult } from '../../src/model/located.ts';
import { RenderCache } from '../../src/renderers/cache.ts';
import { HelmRenderer } from '../../src/renderers/helm.ts';
import { KustomizationReader } from '../../src/renderers/kustomization.ts';
import { KustomizeRenderer } from '../../src/renderers/kustomize.ts';
import { ManifestReader } from '../../src/renderers/manifests.ts';
import { findHelm, findKustomize } from '../../src/renderers/tools.ts';
import { mappedReleases } from '../../src/sources/mapping.ts';
import { Revision } from '../../src/sources/revision.ts';
import type { Root } from '../../src/sources/roots.ts';
import type { Wanted } from '../../src/sources/wanted.ts';
import type { Task } from './judge.ts';

/** The product, opened for questions about one repository. Its renders are kept on disk, as they are between two runs of the program. */
export class Asking {
  readonly #revision: Revision;

  private constructor(revision: Revision) {
    this.#revision = revision;
  }

  static async of(folder: string, cache: string): Promise<Asking> {
    const repository = await openRepository(folder);
    const tree = await repository.workTree();
    const { config } = await loadConfig(tree);
    const renderers = {
      kustomize: new KustomizeRenderer(findKustomize, new RenderCache({ folder: cache, parallel: 2 })),
      helm: new HelmRenderer(findHelm, new RenderCache({ folder: cache, parallel: 2 })),
      kustomizations: new KustomizationReader(),
      manifests: new ManifestReader(),
    };
    const mapped = mappedReleases(config, repository);
    return new Asking(await Revision.of(tree, renderers, repository.remote, mapped));
  }

  /** As `locate --set` asks, with `--root`. */
  async locate(task: Task): Promise<LocateResult> {
    const roots = await this.#rootsOf(task);
    return 'kind' in roots ? roots : this.#ask(task, roots);
  }

  /** As `locate --set` asks without `--root`. */
  async locateAnywhere(task: Task): Promise<LocateResult> {
    return this.#ask(task, null);
  }

  #ask(task: Task, roots: readonly Root[] | null): Promise<LocateResult> {
    const { field } = task;
    const target = { wanted: wantedOf(task), live: null, roots, areNamed: roots !== null };
    // As text, so that the product gives it its type.
    return locate(this.#revision, {
      target,
      fields: [{ field: field.text, after: String(field.after), isText: true }],
    });
  }

  async #rootsOf(task: Task): Promise<readonly Root[] | Declined> {
    try {
      return await rootsNamed(this.#revision, task.built.root.asked, wantedOf(task));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return declined('object-not-found', error.message);
    }
  }
}

export function wantedOf({ thing, built }: Task): Wanted {
  const { apiVersion, kind, name } = thing;
  return { apiVersion, kind, name, namespace: thing.namespace ?? built.root.namespace };
}
