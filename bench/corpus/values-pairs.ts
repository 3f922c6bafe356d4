import { basename, dirname, join } from 'node:path';

/** A chart with the values of one environment, as a pipeline would install it. */
export interface ValuesPair {
  readonly chart: string;
  readonly environment: string;
  /** Lowest precedence first. */
  readonly values: readonly string[];
}

/**
 * Values files that lie beside a chart, one for each environment: `values-prod.yaml`, `values/prod.yaml`, `prod/values.yaml`,
 * `environments/prod/cart.yaml`, `ci/prod-values.yaml`; and a folder somewhere else that has the chart's name and files like these.
 */
export function valuesPairsIn(all: readonly string[], read: (file: string) => string): readonly ValuesPair[] {
  // A patch of a HelmRelease may be called so too.
  const isManifest = (file: string): boolean =>
    /values[^/]*\.ya?ml$/.test(file) && /^kind:/m.test(read(file)) && /^apiVersion:/m.test(read(file));
  const files = all.filter((file) => !isManifest(file));
  // An Application or a HelmRelease that names the file says better what is installed with it.
  const installers = all
    .filter((file) => /\.ya?ml$/.test(file) && !/(^|\/)\./.test(file))
    .map(read)
    .filter((text) => /^kind: (Application(Set)?|HelmRelease)\b/m.test(text));
  const isInstalled = (file: string): boolean => {
    const name = new RegExp(`(^|[\\s/'"])${escaped(basename(file))}['"]?\\s*$`, 'm');
    return installers.some((text) => name.test(text));
  };
  const charts = files
    .filter(
      (file) =>
        basename(file) === 'Chart.yaml' && !/(^|\/)(charts\/[^/]+\/charts|testdata|vendor)\//.test(file),
    )
    .map((file) => dirname(file));
  const pairs: ValuesPair[] = [];
  for (const chart of charts) {
    const name = basename(chart);
    const namesakes = charts.filter((other) => basename(other) === name);
    const folders = [
      chart,
      dirname(chart),
      ...(namesakes.length > 1 || name === '.' ? [] : foldersNamed(files, name, chart)),
    ];
    const seen = new Set<string>();
    for (const file of files) {
      const folder = folders.find((one) => one === '.' || file.startsWith(`${one}/`));
      if (folder === undefined || seen.has(file)) continue;
      const environment = environmentOf(file.slice(folder === '.' ? 0 : folder.length + 1), {
        name,
        isOwn: folder === chart,
        isNamed: basename(folder) === name,
      });
      if (environment === null || (basename(file) !== 'values.yaml' && isInstalled(file))) continue;
      seen.add(file);
      const shared = join(folder, 'values.yaml');
      const common = folder !== chart && basename(folder) === name && files.includes(shared) ? [shared] : [];
      pairs.push({ chart, environment, values: [...common, file] });
    }
  }
  return pairs;
}

/** Folders of values elsewhere that are called like the chart. */
function foldersNamed(files: readonly string[], name: string, chart: string): readonly string[] {
  const folders = files
    .filter((file) => /(^|\/)values[^/]*\.ya?ml$/.test(file) && basename(dirname(file)) === name)
    .map((file) => dirname(file));
  return [...new Set(folders)].filter((folder) => folder !== chart && !folder.startsWith(`${chart}/`));
}

function environmentOf(
  file: string,
  { name, isOwn, isNamed }: { readonly name: string; readonly isOwn: boolean; readonly isNamed: boolean },
): string | null {
  const forms: readonly RegExp[] = [
    ...(isOwn || isNamed
      ? [
          /^values[-._]([a-z][\w-]*)\.ya?ml$/,
          /^values\/(?:values-)?([a-z][\w-]*)\.ya?ml$/,
          /^([a-z][\w-]*)\/values\.ya?ml$/,
          /^(?:environments|envs|env)\/([a-z][\w-]*)(?:\/values)?\.ya?ml$/,
        ]
      : []),
    ...(isOwn ? [/^ci\/([a-z][\w-]*)-values\.ya?ml$/] : []),
    new RegExp(`^(?:environments|envs|env)/([a-z][\\w-]*)/${escaped(name)}(?:/values)?\\.ya?ml$`),
    new RegExp(`^values/${escaped(name)}/([a-z][\\w-]*)\\.ya?ml$`),
  ];
  for (const form of forms) {
    const environment = form.exec(file)?.[1];
    if (environment !== undefined && !/schema|secret|charts|templates|example/.test(environment))
      return environment.toLowerCase().replace(/_/g, '-');
  }
  return null;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** `.github/faultline.yml` that maps the pairs, one cluster for each environment. */
export function mappingOfPairs(pairs: readonly ValuesPair[]): string {
  const clusters = Object.fromEntries(
    [...Map.groupBy(pairs, ({ environment }) => environment)].map(([environment, inIt]) => [
      environment,
      {
        sources: inIt.map(({ chart, values }) => ({
          path: chart,
          namespaces: [environment],
          helm: { release: releaseOf(chart), values },
        })),
      },
    ]),
  );
  return `${JSON.stringify({ clusters }, null, 2)}\n`;
}

export function releaseOf(chart: string): string {
  const name = basename(chart)
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-');
  return /^[a-z0-9]/.test(name) ? name.slice(0, 53) : 'release';
}
