import { isRecord, type Json } from '../kubernetes/objects.ts';
import type { ChartClosure } from './chart.ts';
import type { ChartEntry } from './chart-entries.ts';
import { joinPath } from './tree-paths.ts';

/** A chart of the repository that a kustomization installs, with all that it is rendered from. */
export interface InstalledChart {
  readonly kind: 'chart';
  /** Of the kustomization. */
  readonly folder: string;
  readonly entry: ChartEntry;
  readonly closure: ChartClosure;
  /** The file that `valuesInline` is merged with: the entry's, else the chart's own. */
  readonly valuesFile: string;
  readonly additional: readonly string[];
}

/** An entry among the generators of a kustomization: a chart, the configuration of another one, or none that can be built. */
export type Generated =
  | InstalledChart
  | { readonly kind: 'generator'; readonly configuration: Json }
  | { readonly kind: 'nothing' };

/**
 * Charts, and generators that come after them, as a component of the kustomization that installs them: Kustomize takes components in
 * right after its generators, into the same objects, so that what is rendered elsewhere joins the build where
 * Kustomize's own generator would have put it.
 */
export interface ChartStep {
  /** Folder of the component; nothing in the repository has its name. */
  readonly at: string;
  readonly charts: readonly (InstalledChart & { readonly namespace: string })[];
  /** Configurations of the generators that follow, their files named from the component. */
  readonly generators: readonly Json[];
}

/** Before it is known which namespace counts. */
interface UnnamedStep {
  readonly folder: string;
  readonly at: string;
  readonly charts: InstalledChart[];
  readonly generators: Json[];
}

const NAME = '.faultline-charts';

export class ChartSteps {
  readonly #steps: UnnamedStep[] = [];

  /** The components to be added to a kustomization, in order, as it names them; none where it installs no chart. */
  add(folder: string, generators: readonly Generated[]): readonly string[] {
    if (!generators.some(({ kind }) => kind === 'chart')) return [];
    const steps: UnnamedStep[] = [];
    for (const each of generators) {
      let step = steps.at(-1);
      // In a component, what is rendered already comes before its generators.
      if (step === undefined || (each.kind === 'chart' && step.generators.length > 0)) {
        const at = joinPath(folder, `${NAME}-${steps.length}`);
        step = { folder, at, charts: [], generators: [] };
        steps.push(step);
      }
      if (each.kind === 'chart') step.charts.push(each);
      else if (each.kind === 'generator') step.generators.push(fromBelow(each.configuration));
    }
    this.#steps.push(...steps);
    return steps.map((_step, index) => `${NAME}-${index}`);
  }

  /**
   * The steps with the namespaces that charts are rendered for: the entry's, else that of the kustomization, else that of the
   * one that includes it. `ambiguous`: a folder that is included under several, so that one text cannot serve them all.
   */
  inNamespaces(
    root: string,
    includes: ReadonlyMap<string, readonly string[]>,
    namespaces: ReadonlyMap<string, string | null>,
  ): { readonly steps: readonly ChartStep[]; readonly ambiguous: string | null } {
    if (this.#steps.length === 0) return { steps: [], ambiguous: null };
    const around = new Map<string, Set<string | null>>();
    const visit = (folder: string, inherited: string | null): void => {
      const known = around.get(folder) ?? new Set();
      if (known.has(inherited)) return;
      around.set(folder, known.add(inherited));
      for (const inner of includes.get(folder) ?? []) visit(inner, namespaces.get(folder) ?? inherited);
    };
    visit(root, null);
    let ambiguous: string | null = null;
    const steps = this.#steps.map(({ folder, at, charts, generators }): ChartStep => {
      const inherited = [...(around.get(folder) ?? [])];
      const own = namespaces.get(folder) ?? null;
      const named = charts.map((chart) => {
        const isOwn = chart.entry.isOfPlugin || own !== null || chart.entry.namespace !== null;
        if (!isOwn && inherited.length > 1) ambiguous = folder;
        const given = chart.entry.isOfPlugin ? null : (own ?? inherited[0] ?? null);
        return { ...chart, namespace: chart.entry.namespace ?? given ?? 'default' };
      });
      return { at, charts: named, generators };
    });
    return { steps, ambiguous };
  }
}

/** Its files by their names from a folder below. */
function fromBelow(generator: Json): Json {
  if (!isRecord(generator)) return generator;
  const moved = (value: unknown, rename: (text: string) => string): Json =>
    (Array.isArray(value)
      ? value.map((item) => (typeof item === 'string' ? rename(item) : item))
      : value) as Json;
  const up = (path: string): string => `../${path}`;
  const named = (text: string): string => {
    const [, key = '', path = ''] = /^([^=]*=)?(.*)$/s.exec(text) ?? [];
    return `${key}${up(path)}`;
  };
  const result: Record<string, Json> = { ...(generator as Readonly<Record<string, Json>>) };
  if ('files' in result) result['files'] = moved(result['files'], named);
  if ('envs' in result) result['envs'] = moved(result['envs'], up);
  if (typeof result['env'] === 'string' && result['env'] !== '') result['env'] = up(result['env']);
  return result;
}
