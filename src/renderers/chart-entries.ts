import { isRecord, type Json } from '../kubernetes/objects.ts';
import {
  apiVersionProblem,
  chartNameProblem,
  kubeVersionProblem,
  namespaceProblem,
  releaseNameProblem,
  versionProblem,
} from './names.ts';

/** A chart that a kustomization installs, as Kustomize would have Helm render it. */
export interface ChartEntry {
  /** The kustomization, or the file of the generator. */
  readonly from: string;
  readonly name: string;
  readonly version: string;
  /** Where it is published; empty where the entry does not say. */
  readonly repository: string;
  /** Folder that has the chart's folder, relative to the kustomization. */
  readonly home: string;
  readonly release: string;
  /** Null where the entry names none: the kustomization's own counts then, or that of the one around it. */
  readonly namespace: string | null;
  /** Configured as a generator, which Kustomize tells no namespace. */
  readonly isOfPlugin: boolean;
  readonly valuesFile: string | null;
  readonly additionalValuesFiles: readonly string[];
  readonly valuesInline: Readonly<Record<string, Json>>;
  readonly valuesMerge: 'override' | 'merge' | 'replace';
  readonly includeCRDs: boolean;
  readonly skipHooks: boolean;
  readonly skipTests: boolean;
  readonly kubeVersion: string | null;
  readonly apiVersions: readonly string[];
}

/** A setting that is not rendered, and why: `path` is where it stands in the entry. */
export interface OddSetting {
  readonly path: readonly string[];
  readonly why: string;
}

type Settings = Readonly<Record<string, Json>>;

const TEXTS = [
  'name',
  'version',
  'repo',
  'releaseName',
  'namespace',
  'nameTemplate',
  'valuesFile',
  'valuesMerge',
  'kubeVersion',
  'chartHome',
] as const;
const SWITCHES = ['includeCRDs', 'skipHooks', 'skipTests', 'debug', 'devel'] as const;
const LISTS = ['additionalValuesFiles', 'apiVersions'] as const;

/**
 * Reads an entry of `helmCharts`, or the configuration of a HelmChartInflationGenerator, with the globals beside it. `debug`
 * and `devel` change nothing about a chart that lies in the repository.
 */
export function chartEntry(
  from: string,
  entry: Json,
  globals: Json | undefined,
  isOfPlugin = false,
): ChartEntry | OddSetting {
  if (!isRecord(entry)) return { path: [], why: 'an entry' };
  const shared = globals ?? {};
  if (!isRecord(shared)) return { path: [], why: 'helmGlobals' };
  const unknownGlobal = Object.keys(shared).find((key) => key !== 'chartHome');
  if (unknownGlobal !== undefined) return { path: [], why: unknownGlobal };
  if (!isOfPlugin && 'chartHome' in entry) return { path: ['chartHome'], why: 'chartHome' };
  const settings = { ...shared, ...entry } as Settings;
  const odd = oddShape(settings) ?? oddName(settings);
  if (odd) return odd;
  const text = (key: (typeof TEXTS)[number]): string => (settings[key] ?? '') as string;
  const list = (key: (typeof LISTS)[number]): readonly string[] => (settings[key] ?? []) as readonly string[];
  return {
    from,
    name: text('name'),
    version: text('version'),
    repository: text('repo'),
    home: text('chartHome') || 'charts',
    release: text('releaseName') || text('nameTemplate') || 'release-name',
    namespace: text('namespace') || null,
    isOfPlugin,
    valuesFile: text('valuesFile') || null,
    additionalValuesFiles: list('additionalValuesFiles'),
    valuesInline: (settings['valuesInline'] ?? {}) as Settings,
    valuesMerge: (text('valuesMerge') || 'override') as ChartEntry['valuesMerge'],
    includeCRDs: settings['includeCRDs'] === true,
    skipHooks: settings['skipHooks'] === true,
    skipTests: settings['skipTests'] === true,
    kubeVersion: text('kubeVersion') || null,
    apiVersions: list('apiVersions'),
  };
}

/** Anything else could make helm run or read something of its own, or is what a later version will know. */
function oddShape(settings: Settings): OddSetting | null {
  for (const [key, value] of Object.entries(settings)) {
    const isFine =
      value === null ||
      (isOneOf(TEXTS, key) && typeof value === 'string') ||
      (isOneOf(SWITCHES, key) && typeof value === 'boolean') ||
      (isOneOf(LISTS, key) && Array.isArray(value) && value.every((item) => typeof item === 'string')) ||
      (key === 'valuesInline' && isRecord(value));
    const isKnown = isOneOf([...TEXTS, ...SWITCHES, ...LISTS, 'valuesInline'], key);
    if (!isFine || !isKnown) return { path: [key], why: key };
  }
  return null;
}

function oddName(settings: Settings): OddSetting | null {
  const template = settings['nameTemplate'];
  if (typeof template === 'string' && template !== '') {
    if (template.includes('{{')) return { path: ['nameTemplate'], why: 'nameTemplate with a template in it' };
    // Helm takes one or the other.
    if (settings['releaseName']) return { path: ['nameTemplate'], why: 'nameTemplate beside a releaseName' };
  }
  const merge = settings['valuesMerge'];
  if (merge && !['override', 'merge', 'replace'].includes(String(merge)))
    return { path: ['valuesMerge'], why: 'valuesMerge' };
  const forms: readonly (readonly [string, (text: string) => string | null])[] = [
    ['name', chartNameProblem],
    ['releaseName', releaseNameProblem],
    ['nameTemplate', releaseNameProblem],
    ['namespace', namespaceProblem],
    ['kubeVersion', kubeVersionProblem],
    ...(settings['repo'] ? ([['version', versionProblem]] as const) : []),
  ];
  for (const [key, problemOf] of forms) {
    const text = settings[key];
    const why = typeof text === 'string' && (text !== '' || key === 'name') ? problemOf(text) : null;
    if (why !== null) return { path: [key], why: `${key}: ${why},` };
  }
  if (!settings['name']) return { path: [], why: 'an entry without the name of a chart' };
  for (const [index, version] of ((settings['apiVersions'] ?? []) as readonly string[]).entries()) {
    const why = apiVersionProblem(version);
    if (why !== null) return { path: ['apiVersions', String(index)], why: `apiVersions: ${why},` };
  }
  return null;
}

function isOneOf(keys: readonly string[], key: string): boolean {
  return keys.includes(key);
}

/** What Kustomize makes of the old list `helmChartInflationGenerator`: entries, and globals where there are none. */
export function fromOldGenerators(list: readonly Json[]): {
  readonly entries: readonly Json[];
  readonly globals: Json | undefined;
} {
  const old = list.filter(isRecord) as readonly Settings[];
  const homes = old.flatMap(({ chartHome }) => (chartHome ? [chartHome] : []));
  const configHomes = old.flatMap(({ helmHome }) => (helmHome ? [helmHome] : []));
  const entries = list.map((each): Json => {
    if (!isRecord(each)) return each;
    const renamed = Object.entries(each as Settings).flatMap(([key, value]) => {
      if (OLD_WITHOUT_EFFECT.has(key)) return [];
      return [[OLD_NAMES[key] ?? `${key} (of helmChartInflationGenerator)`, value] as const];
    });
    return Object.fromEntries(renamed);
  });
  const globals = {
    ...(homes.length > 0 ? { chartHome: homes.at(-1)! } : {}),
    ...(configHomes.length > 0 ? { configHome: configHomes.at(-1)! } : {}),
  };
  return { entries, globals: Object.keys(globals).length > 0 ? globals : undefined };
}

const OLD_NAMES: Readonly<Record<string, string>> = {
  chartName: 'name',
  chartVersion: 'version',
  chartRepoUrl: 'repo',
  values: 'valuesFile',
  valuesLocal: 'valuesInline',
  valuesMerge: 'valuesMerge',
  releaseName: 'releaseName',
};
/** Kustomize reads these and uses them for nothing, or as globals. */
const OLD_WITHOUT_EFFECT = new Set(['chartHome', 'helmHome', 'chartRepoName', 'releaseNamespace']);
