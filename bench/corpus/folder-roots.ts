import { basename, dirname, join } from 'node:path';
import { dependenciesOf, listOf, mappingOf, type Recipe } from './recipe.ts';
import { valuesIn } from './rendered.ts';
import type { RepositoryCopy } from './repository-copy.ts';

/** What says that a root is applied: a folder alone, the object that declares it, or the mapping. */
export type Declarer = 'folder' | 'Application' | 'HelmRelease' | 'Kustomization' | 'mapping';

export interface CorpusRoot {
  /** As `--root` takes it; of a mapped release, its folder with the release's name. */
  readonly id: string;
  /** What `--root` is given. */
  readonly asked: string;
  readonly kind: 'kustomize' | 'plain' | 'helm';
  readonly by: Declarer;
  readonly path: string;
  /** Where objects go that name no namespace; undefined where nothing says it. */
  readonly namespace?: string | undefined;
  readonly recipe: Recipe;
  /** Objects that its values come from, as `Kind/name`. */
  readonly inputs: readonly string[];
  /** What the root may read: every file that any text in its kustomizations could name. More than it does read, never less. */
  readonly files: readonly string[];
  /** The folders of kustomizations and charts among them, its own included. */
  readonly folders: readonly string[];
}

const KUSTOMIZATION = /(^|\/)(kustomization\.ya?ml|Kustomization)$/;
const HELMFILE = /(^|\/)(helmfile[^/]*\.ya?ml(\.gotmpl)?|helmfile\.d\/[^/]+\.ya?ml(\.gotmpl)?)$/;
export const MANIFEST = /\.(ya?ml|json)$/;

/** Files and folders that something built from some folders may read. */
export interface Reach {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** What the folders of one copy hold. */
export class Folders {
  readonly #copy: RepositoryCopy;
  readonly #known: ReadonlySet<string>;
  readonly #kustomizations: ReadonlyMap<string, string>;
  /** Edits of values do not change what is named, so that this is worked out once. */
  readonly #reaches = new Map<string, Reach>();
  readonly #charts = new Map<string, readonly string[]>();
  readonly #manifests = new Map<string, readonly string[]>();

  constructor(copy: RepositoryCopy) {
    this.#copy = copy;
    this.#known = new Set(copy.files);
    this.#kustomizations = new Map(
      copy.files.filter((file) => KUSTOMIZATION.test(file)).map((file) => [dirname(file), file]),
    );
  }

  isKustomization(folder: string): boolean {
    const file = this.#kustomizations.get(folder);
    return file !== undefined && this.#isOwnKustomization(file);
  }

  /** A Flux object may lie in a file of that name: it is a manifest. */
  #isOwnKustomization(file: string): boolean {
    return KUSTOMIZATION.test(file) && !/^apiVersion:\s*kustomize\.toolkit/m.test(this.#copy.read(file));
  }

  isChart(folder: string): boolean {
    return this.#known.has(join(folder, 'Chart.yaml'));
  }

  isFile(file: string): boolean {
    return this.#known.has(file);
  }

  /** Manifests in the folder, or also below it. */
  manifests(folder: string, isDeep: boolean): readonly string[] {
    const key = `${folder} ${isDeep}`;
    const known = this.#manifests.get(key);
    if (known) return known;
    const found = this.#copy.files.filter((file) => {
      if (!MANIFEST.test(file) || this.#isOwnKustomization(file)) return false;
      const lies = isDeep ? folder === '.' || file.startsWith(`${folder}/`) : dirname(file) === folder;
      return lies && /^\s*"?kind"?:/m.test(this.#copy.read(file));
    });
    this.#manifests.set(key, found);
    return found;
  }

  /** What Flux puts into the kustomization that it makes for a folder without one: manifests, and folders that have one. */
  generated(folder: string): readonly string[] {
    const below = [...this.#kustomizations.keys()].filter(
      (one) => (folder === '.' || one.startsWith(`${folder}/`)) && this.isKustomization(one),
    );
    const topmost = below.filter((one) => !below.some((other) => one.startsWith(`${other}/`)));
    const files = this.manifests(folder, true).filter(
      (file) => !topmost.some((one) => file.startsWith(`${one}/`)),
    );
    return [...files, ...topmost];
  }

  /** Everything that a kustomization could name, and what that could name. */
  reach(folder: string): Reach {
    const reach = this.#reaches.get(folder) ?? this.#followed(folder);
    this.#reaches.set(folder, reach);
    return reach;
  }

  #followed(folder: string): Reach {
    const files = new Set<string>();
    const folders = new Set<string>();
    const visit = (at: string): void => {
      const file = this.#kustomizations.get(at);
      if (file === undefined || folders.has(at)) return;
      folders.add(at);
      files.add(file);
      follow(at, this.#copy.read(file));
    };
    const follow = (at: string, text: string): void => {
      for (const word of text.match(/[^\s"'=,{}[\]]+/g) ?? []) {
        const target = join(at, word).replace(/\/$/, '');
        if (this.#known.has(target) && !files.has(target)) {
          files.add(target);
          // The configuration of a transformer or generator may name files too.
          if (MANIFEST.test(target)) follow(at, this.#copy.read(target));
        } else if (this.isChart(target)) {
          for (const one of this.chartFiles(target)) files.add(one);
        } else if (target !== at) visit(target);
      }
    };
    visit(folder);
    const read = [...files];
    for (const file of read)
      if (KUSTOMIZATION.test(file) && /helmChart|HelmChartInflation/.test(this.#copy.read(file)))
        for (const chart of [...this.#chartsBelow(dirname(file)), ...this.#inflatedBy(file)])
          for (const one of this.chartFiles(chart)) files.add(one);
    return { files: [...files], folders: [...folders] };
  }

  #chartsBelow(folder: string): readonly string[] {
    return this.charts().filter((chart) => folder === '.' || chart.startsWith(`${folder}/`));
  }

  charts(): readonly string[] {
    return this.#copy.files.filter((file) => basename(file) === 'Chart.yaml').map((file) => dirname(file));
  }

  /** A chart's files, and those of the charts that it names as `file://`, as somebody looks for a value: values first. */
  chartFiles(folder: string): readonly string[] {
    const known = this.#charts.get(folder);
    if (known) return known;
    const folders = [folder, ...dependenciesOf(this.#copy, folder).map(({ from }) => from)];
    const files = valuesFirst(
      this.#copy.files.filter((one) => folders.some((each) => each === '.' || one.startsWith(`${each}/`))),
    );
    this.#charts.set(folder, files);
    return files;
  }

  reachOf(recipe: Recipe): Reach {
    switch (recipe.kind) {
      case 'plain':
        return { files: recipe.files, folders: [] };
      case 'several':
        return joined(recipe.parts.map((part) => this.reachOf(part)));
      case 'kustomize': {
        const components = recipe.around?.['components'];
        const more = Array.isArray(components) ? components.map((one) => join(recipe.path, String(one))) : [];
        const named = recipe.resources ?? [recipe.path];
        return joined([
          { files: named.filter((one) => this.isFile(one)), folders: [recipe.path] },
          ...[...named, ...more].map((one) => this.reach(one)),
        ]);
      }
      case 'helm': {
        const files = recipe.values.flatMap((layer) => (layer.kind === 'file' ? [layer.path] : []));
        const parts = dependenciesOf(this.#copy, recipe.path).map(({ from }) => from);
        return {
          files: [...files.toReversed(), ...this.chartFiles(recipe.path)],
          folders: [recipe.path, ...parts],
        };
      }
    }
  }

  /** Every kustomization that is no component, and every folder of manifests that no kustomization could name. */
  roots(): readonly CorpusRoot[] {
    const kustomize = [...this.#kustomizations]
      .filter(([path, file]) => {
        const text = this.#copy.read(file);
        return this.isKustomization(path) && !/^kind:\s*Component/m.test(text);
      })
      .map(([path]): CorpusRoot =>
        folderRoot('kustomize', path, { kind: 'kustomize', path }, this.reach(path)),
      );
    const named = new Set(kustomize.flatMap(({ files }) => files));
    const charts = this.charts();
    const plain = new Map<string, string[]>();
    for (const file of this.#copy.files) {
      const folder = dirname(file);
      if (!MANIFEST.test(file) || named.has(file) || this.isKustomization(folder)) continue;
      if (/(^|\/)\.|(^|\/)(testdata|vendor|node_modules)\//.test(file)) continue;
      if (charts.some((chart) => isOfChart(file, chart))) continue;
      if (!/^"?\s*"?kind"?:/m.test(this.#copy.read(file))) continue;
      plain.set(folder, [...(plain.get(folder) ?? []), file]);
    }
    return [
      ...kustomize,
      ...[...plain].map(([path, files]): CorpusRoot =>
        folderRoot('plain', path, { kind: 'plain', files }, { files, folders: [] }),
      ),
      ...this.#chartRoots(),
    ].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Charts that something installs in a way that is not worked out here, and by what. */
  installed(): ReadonlyMap<string, string> {
    const helmfiles = this.#copy.files.filter((file) => HELMFILE.test(file));
    const named = helmfiles.flatMap((file) =>
      [...this.#copy.read(file).matchAll(/^[\s-]*chart:\s*["']?([^\s"']+)/gm)]
        .map(([, chart]) => join(dirname(file), chart!).replace(/(.)\/$/, '$1'))
        .filter((chart) => this.isChart(chart)),
    );
    const inflated = [...this.#kustomizations.values()].flatMap((file) => this.#inflatedBy(file));
    return new Map([
      ...named.map((chart) => [chart, 'chart that a helmfile installs'] as const),
      ...inflated.map((chart) => [chart, 'chart that a kustomization inflates'] as const),
    ]);
  }

  /** Charts of the repository that `helmCharts` of a kustomization names. */
  #inflatedBy(file: string): readonly string[] {
    const text = this.#copy.read(file);
    if (!text.includes('helmCharts')) return [];
    const fields = mappingOf((valuesIn(text) ?? [])[0]);
    const home = String(mappingOf(fields['helmGlobals'])['chartHome'] ?? 'charts');
    return listOf(fields['helmCharts'])
      .map(mappingOf)
      .flatMap(({ name, version }) => [String(name), `${String(name)}-${String(version)}/${String(name)}`])
      .map((chart) => join(dirname(file), home, chart))
      .filter((chart) => this.isChart(chart));
  }

  /** Charts that are nobody's dependency and no library: every second one under the name that helm gives, the others under their folder's. */
  #chartRoots(): readonly CorpusRoot[] {
    const installed = this.installed();
    const charts = this.charts();
    const parts = new Set(charts.flatMap((path) => dependenciesOf(this.#copy, path)).map(({ from }) => from));
    return charts
      .filter((path) => !installed.has(path) && !parts.has(path))
      .filter((path) => !/(^|\/)(charts\/[^/]+\/charts|testdata|vendor)(\/|$)/.test(path))
      .filter((path) => !/^type:\s*library/m.test(this.#copy.read(join(path, 'Chart.yaml'))))
      .map((path, index): CorpusRoot => {
        const own = basename(path === '.' ? this.#copy.path : path).toLowerCase();
        const name = index % 2 === 0 ? 'release-name' : own;
        const recipe: Recipe = { kind: 'helm', path, release: { name, namespace: 'default' }, values: [] };
        return folderRoot('helm', path, recipe, this.reachOf(recipe));
      });
  }
}

/** Beside a chart at the top lie folders that are no part of it. */
function isOfChart(file: string, chart: string): boolean {
  return chart === '.' ? /^(templates|charts|crds)\/|^[^/]+$/.test(file) : file.startsWith(`${chart}/`);
}

function folderRoot(kind: CorpusRoot['kind'], path: string, recipe: Recipe, reach: Reach): CorpusRoot {
  return { id: path, asked: path, kind, by: 'folder', path, recipe, inputs: [], ...reach };
}

export function joined(reaches: readonly Reach[]): Reach {
  return {
    files: [...new Set(reaches.flatMap(({ files }) => files))],
    folders: [...new Set(reaches.flatMap(({ folders }) => folders))],
  };
}

/** In the values, then in the templates. */
function valuesFirst(files: readonly string[]): readonly string[] {
  const rank = (file: string): number =>
    basename(file) === 'values.yaml' ? 0 : /\/templates\//.test(file) ? 1 : 2;
  return [...files].sort((a, b) => rank(a) - rank(b));
}
