/**
 * Applications that an ApplicationSet makes for clusters which only Argo CD knows
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Cluster/). Nobody can list them from the
 * repository, but the name of one says for which cluster, and with a matrix for which folder, it is made: `{{name}}-{{path.basename}}`
 * gives `eu-cart` for the cluster eu and the folder cart.
 */
import { recordAt, type KubernetesObject } from '../../kubernetes/objects.ts';
import { stringsIn } from '../../renderers/tree-paths.ts';
import { plansForClusters } from './application-sets.ts';
import { ANY_CLUSTER, type Plan, type PlanContext, type Unplanned } from './plan.ts';
import { normalized, type Parameters } from './template-parameters.ts';

/**
 * What the Application of this name applies, where the set may make one: several where several folders or elements give that name.
 * What depends on more of a cluster than the name tells is not planned.
 */
export function applicationsNamed(
  name: string,
  set: KubernetesObject,
  context: PlanContext,
): readonly (Plan | Unplanned)[] {
  if (set.kind !== 'ApplicationSet' || !JSON.stringify(set['spec'] ?? null).includes('"clusters":'))
    return [];
  const unknowns = unknownsIn(set);
  const patterns = plansForClusters(set, context, [parametersFor(unknowns, new Map())]);
  const solutions = patterns.flatMap(({ ref }) => solved(ref.name, name, unknowns) ?? []);
  // Where the cluster's name chooses the folder too, no folder has the word that stands for it.
  const all = solutions.length > 0 ? solutions : partsOf(name).map((part) => new Map([['name', part]]));
  const found = new Map<string, Plan | Unplanned>();
  for (const solution of all)
    for (const plan of plansForClusters(set, context, [parametersFor(unknowns, solution)])) {
      if (plan.ref.name !== name) continue;
      const open = unknowns.find((unknown) => !isSolved(unknown, solution) && isDecisive(unknown, set));
      const told: Plan | Unplanned = open
        ? { by: plan.by, ref: plan.ref, option: `${open.path.join('.')} of its cluster`, path: null }
        : plan;
      found.set(JSON.stringify(told), told);
    }
  return [...found.values()];
}

/**
 * What a set applies to each of its clusters alike, whichever they are: only the names of the Applications and where they are sent
 * tell the clusters. Null where anything else depends on the cluster.
 */
export function applicationsForAnyCluster(
  set: KubernetesObject,
  context: PlanContext,
): readonly Plan[] | null {
  const unknowns = unknownsIn(set);
  const isOpen = (value: unknown): boolean => {
    const text = JSON.stringify(value);
    return unknowns.some(({ word }) => text.includes(word));
  };
  const made = plansForClusters(set, context, [parametersFor(unknowns, new Map())]);
  const patterns = made.filter(({ ref }) => isOpen(ref.name));
  const plans = patterns.flatMap((plan) =>
    'option' in plan || isOpen([plan.content, plan.steps, plan.namespace, plan.from]) ? [] : [plan],
  );
  if (plans.length === 0 || plans.length < patterns.length) return null;
  const named = (text: string): string => text.replace(/unknown\d+ofthecluster/g, ANY_CLUSTER);
  return plans.map((plan) => ({
    ...plan,
    by: named(plan.by),
    ref: { ...plan.ref, name: named(plan.ref.name) },
    cluster: plan.cluster && named(plan.cluster),
  }));
}

/** Something of a cluster that a template may read: `name`, `metadata.labels.env`. `word` stands for it while it is not known. */
interface Unknown {
  readonly path: readonly string[];
  readonly word: string;
}

/** Values of unknowns, by their path. */
type Solution = ReadonlyMap<string, string>;

function unknownsIn(set: KubernetesObject): readonly Unknown[] {
  const text = [...stringsIn(set['spec'])].join('\n');
  const below = [
    ...text.matchAll(/\bmetadata\.(labels|annotations)\.([\w-]+(?:[./][\w-]+)*)/g),
    ...text.matchAll(/\bindex \.metadata\.(labels|annotations) ["`]([^"`]+)["`]/g),
  ].map(([, part, key]) => ['metadata', part!, key!]);
  const paths = [['name'], ['nameNormalized'], ['server'], ['project'], ...below];
  const unique = new Map(paths.map((path) => [path.join('.'), path]));
  return [...unique.values()].map((path, index) => ({ path, word: `unknown${index}ofthecluster` }));
}

function isSolved({ path }: Unknown, solution: Solution): boolean {
  return solution.has(path.join('.')) || (path[0] === 'nameNormalized' && solution.has('name'));
}

function parametersFor(unknowns: readonly Unknown[], solution: Solution): Parameters {
  const metadata: Record<string, Record<string, string>> = { labels: {}, annotations: {} };
  const result: Record<string, unknown> = { metadata };
  const name = solution.get('name');
  for (const { path, word } of unknowns) {
    const isNormalized = path[0] === 'nameNormalized' && name !== undefined;
    const value = isNormalized ? normalized(name) : (solution.get(path.join('.')) ?? word);
    const [first, part, key] = path;
    if (part === undefined || key === undefined) result[first!] = value;
    else metadata[part]![key] = value;
  }
  return result;
}

/** A few unknowns at most: what several words could be is tried in many ways. */
const MOST_IN_A_NAME = 3;

/** What the unknowns have to be for a pattern to give the name; null where it cannot. What could be two things is left open. */
function solved(pattern: string, name: string, unknowns: readonly Unknown[]): Solution | null {
  const used = unknowns.filter(({ word }) => pattern.includes(word));
  if (used.length > MOST_IN_A_NAME) return null;
  const [short, long] = ['.+?', '.+'].map((anything) => matched(pattern, name, used, anything));
  if (!short || !long) return null;
  return new Map(
    used.flatMap(({ path, word }) =>
      short[word] === long[word] ? [[path.join('.'), short[word]!] as const] : [],
    ),
  );
}

function matched(
  pattern: string,
  name: string,
  used: readonly Unknown[],
  anything: string,
): Readonly<Record<string, string>> | null {
  const seen = new Set<string>();
  const source = pattern.split(/(unknown\d+ofthecluster)/).map((part) => {
    if (!used.some(({ word }) => word === part)) return literal(part);
    if (seen.has(part)) return `\\k<${part}>`;
    seen.add(part);
    return `(?<${part}>${anything})`;
  });
  const match = new RegExp(`^${source.join('')}$`).exec(name);
  return match && { ...match.groups };
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** Some words of a name that stand together: `eu-west-cart` may be of the cluster eu, eu-west, west, … */
function partsOf(name: string): readonly string[] {
  const words = name.split('-').slice(0, 8);
  return words.flatMap((_word, from) =>
    words.slice(from).map((_last, length) => words.slice(from, from + length + 1).join('-')),
  );
}

/** Where an Application goes is no matter of what it applies. */
function isDecisive({ path }: Unknown, set: KubernetesObject): boolean {
  const spec = recordAt(set, 'spec');
  const template = Object.entries(recordAt(spec, 'template', 'spec')).filter(
    ([key]) => key !== 'destination' && key !== 'project',
  );
  const generators = JSON.stringify(spec['generators'] ?? null);
  const reads = new RegExp(`\\{\\{[^}]*(?<![\\w-])${literal(path.at(-1)!)}(?![\\w-])`);
  return [...stringsIn(template)].some((text) => reads.test(text)) || reads.test(generators);
}
