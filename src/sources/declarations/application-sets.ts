/**
 * Reads Argo CD ApplicationSets: the Applications that their generators and their template make
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/).
 */
import { isDeepStrictEqual } from 'node:util';
import type { ConcretePath } from '../../kubernetes/field-path.ts';
import {
  describeRef,
  isRecord,
  recordAt,
  recordsOf,
  refOf,
  type Json,
  type KubernetesObject,
} from '../../kubernetes/objects.ts';
import { plansOfApplication } from './argo.ts';
import type { Written } from './argo-reading.ts';
import { isEmpty, mappingIn, repositoryPath, textsOf, type Obstacles } from './fields.ts';
import { kindsOf, MOST_SETS, parametersOf } from './generators.ts';
import type { Generation, Generator } from './generation.ts';
import { goFill } from './go-template.ts';
import { mergePatched } from './merge-patch.ts';
import type { Plan, PlanContext, Unplanned } from './plan.ts';
import { isOrigin, sameRepository } from './same-repository.ts';
import { filledIn, plainFill, type Parameters } from './template-parameters.ts';

type Template = Readonly<Record<string, unknown>>;

export async function applicationSetPlans(
  set: KubernetesObject,
  context: PlanContext,
): Promise<readonly (Plan | Unplanned)[]> {
  const spec = recordAt(set, 'spec');
  const generators = recordsOf(spec['generators']);
  if (generators.length === 0) return [unplanned(set, 'no generator', recordAt(spec, 'template'))];
  const budget = { left: MOST_SETS };
  const made = generators.flatMap((generator, index) => {
    const at = `spec.generators[${index}]`;
    const kinds = kindsOf(generator);
    if (kinds.length === 0)
      return [unplanned(set, `${at}, which is not a known generator`, recordAt(spec, 'template'))];
    return kinds.flatMap((kind) => applicationsOf(set, generator, kind, at, { ...context, budget }));
  });
  if (made.length > MOST_APPLICATIONS)
    return [unplanned(set, `more than ${MOST_APPLICATIONS} Applications`, recordAt(spec, 'template'))];
  const names = made.flatMap((each) => ('application' in each ? each.application.metadata.name : []));
  return made.flatMap((each): readonly (Plan | Unplanned)[] => {
    if (!('application' in each)) return [each];
    const { application, written } = each;
    const { name } = application.metadata;
    return names.indexOf(name) === names.lastIndexOf(name)
      ? plansOfApplication(application, context, written)
      : [unplanned(application, `two Applications named ${name}`, application)];
  });
}

/** The plans of all Applications that a set makes if these are the clusters, and of no other. */
export function plansForClusters(
  set: KubernetesObject,
  context: PlanContext,
  clusters: readonly Parameters[],
): readonly (Plan | Unplanned)[] {
  const budget = { left: MOST_SETS };
  return recordsOf(recordAt(set, 'spec')['generators'])
    .flatMap((generator, index) =>
      kindsOf(generator).flatMap((kind) =>
        applicationsOf(set, generator, kind, `spec.generators[${index}]`, { ...context, budget, clusters }),
      ),
    )
    .flatMap((each) =>
      'application' in each
        ? plansOfApplication(each.application, context, each.written)
        : each.ref.kind === 'Application'
          ? [each]
          : [],
    );
}

/** A few lines can make any number. */
const MOST_APPLICATIONS = 1000;
/** In characters, of all Applications that one generator makes. */
const LONGEST_TEMPLATES = 32 * 2 ** 20;

/** One Application that a set makes. */
interface Made {
  readonly application: KubernetesObject;
  readonly written: Written;
}

function applicationsOf(
  set: KubernetesObject,
  generator: Generator,
  kind: string,
  at: string,
  { tree, origin = null, budget, clusters }: PlanContext & Pick<Generation, 'budget' | 'clusters'>,
): readonly (Made | Unplanned)[] {
  const spec = recordAt(set, 'spec');
  const base = recordAt(spec, 'template');
  const own = recordAt(generator, kind, 'template');
  const template = withDefaults(own, base);
  const obstacles: Obstacles = [];
  const isGo = spec['goTemplate'] === true;
  const options = textsOf(spec['goTemplateOptions'], 'spec.goTemplateOptions', obstacles);
  const fill = isGo ? goFill(options) : plainFill;
  const sets = parametersOf(generator, kind, at, {
    tree,
    obstacles,
    isGo,
    selectsNested: spec['applyNestedSelectors'] === true,
    fill,
    budget,
    ...(clusters && { clusters }),
    isHere: (repository) => isContentHere(repository, template, origin),
  });
  if (sets.length > MOST_APPLICATIONS) obstacles.push(`more than ${MOST_APPLICATIONS} Applications`);
  if (sets.length * JSON.stringify(template).length > LONGEST_TEMPLATES)
    obstacles.push(`more than ${LONGEST_TEMPLATES / 2 ** 20} MiB of Applications`);
  if (obstacles.length > 0) return [unplanned(set, obstacles[0]!, template)];
  return sets.map((parameters): Made | Unplanned => {
    const filled = (value: unknown, refused: Obstacles): unknown =>
      Object.keys(parameters).length === 0
        ? value
        : filledIn(value, (text) => fill(text, parameters, refused));
    const [unnamed, refused]: [Obstacles, Obstacles] = [[], []];
    const name = filled(recordAt(template, 'metadata')['name'], unnamed);
    if (unnamed.length > 0 || typeof name !== 'string' || name === '')
      return unplanned(set, `${unnamed[0] ?? 'no text'} in spec.template.metadata.name`, template);
    const { namespace } = set.metadata;
    const made = {
      apiVersion: set.apiVersion,
      kind: 'Application',
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    };
    const filledSpec = filled(decisive(recordAt(template, 'spec')), refused) as Template;
    if (refused.length > 0)
      return unplanned({ ...made, spec: filledSpec }, `${refused[0]} in spec.template`, template);
    const text = isEmpty(spec['templatePatch']) ? null : filled(spec['templatePatch'], refused);
    const patch = text === null || refused.length > 0 ? {} : patchIn(text, isGo, filledSpec, refused);
    const application: KubernetesObject = {
      ...made,
      spec: decisive(mergePatched(filledSpec, patch)),
    };
    return refused.length > 0
      ? unplanned(application, `${refused[0]} in spec.templatePatch`, { spec: filledSpec })
      : { application, written: writtenIn(base, own, application) };
  });
}

/**
 * What `templatePatch` says of the specification. It is a strategic merge patch of a kind whose lists have no keys, so that they
 * are replaced; within `valuesObject`, Argo CD finds no field that both sides have, and makes no Application.
 */
function patchIn(
  text: unknown,
  isGo: boolean,
  target: Template,
  obstacles: Obstacles,
): Readonly<Record<string, Json>> {
  const patch = typeof text === 'string' && isGo ? mappingIn(text) : null;
  if (patch === null) obstacles.push(isGo ? 'what is not a mapping' : 'what counts with goTemplate only');
  else if (isRecord(patch['metadata']) && 'name' in patch['metadata']) obstacles.push('metadata.name');
  else if (hasDirective(patch)) obstacles.push('a $patch directive');
  else if (hasValuesObject(target) && hasValuesObject(recordAt(patch, 'spec')))
    obstacles.push('valuesObject');
  const spec = patch?.['spec'] ?? {};
  return isRecord(spec) ? (spec as Readonly<Record<string, Json>>) : {};
}

function hasDirective(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasDirective);
  if (!isRecord(value)) return false;
  return Object.entries(value).some(([key, inner]) => key.startsWith('$') || hasDirective(inner));
}

function hasValuesObject(spec: Template): boolean {
  return !isEmpty(recordAt(spec, 'source', 'helm')['valuesObject']);
}

/** What decides what an Application applies. */
function decisive(spec: Template): Template {
  const { project, destination, source, sources, sourceHydrator } = spec;
  const parts = Object.entries({ project, destination, source, sources, sourceHydrator });
  return Object.fromEntries(parts.filter(([, value]) => value !== undefined));
}

/** A generator's own template, and the set's where that says nothing. Values of Helm are taken as a whole. */
function withDefaults(own: Template, base: Template): Template {
  const result = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(own)) {
    const other = result.get(key);
    if (isEmpty(value)) continue;
    result.set(
      key,
      isRecord(value) && isRecord(other) && key !== 'valuesObject' ? withDefaults(value, other) : value,
    );
  }
  return Object.fromEntries(result);
}

/** A field of the Application stands in the set's template where that has it in the same words. */
function writtenIn(base: Template, own: Template, application: KubernetesObject): Written {
  return (at) => {
    const stated = valueAt(base, at);
    const isSame = valueAt(own, at) === undefined && isDeepStrictEqual(stated, valueAt(application, at));
    return stated !== undefined && isSame ? ['spec', 'template', ...at] : null;
  };
}

function valueAt(value: unknown, at: ConcretePath): unknown {
  return at.reduce<unknown>((here, step) => {
    if (Array.isArray(here)) return here[Number(step)];
    return isRecord(here) ? here[String(step)] : undefined;
  }, value);
}

/**
 * Whether a generator reads the files at hand. Where it is not known which repository they are from, it is the one that the
 * Applications deploy from, too.
 */
function isContentHere(repository: string, template: Template, origin: string | null): boolean {
  const addresses = sourcesIn(template)
    .filter(({ path }) => !isEmpty(path))
    .map(({ repoURL }) => String(repoURL));
  const told = isOrigin(repository, origin, [repository, ...addresses]);
  return told ?? (addresses.length > 0 && addresses.every((address) => sameRepository(address, repository)));
}

function sourcesIn(template: Template): readonly Template[] {
  const { source, sources } = recordAt(template, 'spec');
  const several = recordsOf(sources);
  return several.length > 0 ? several : recordsOf([source]);
}

/** `template` is the set's, or the Application itself. */
function unplanned(by: KubernetesObject, option: string, template: Template): Unplanned {
  const [path] = sourcesIn(template).flatMap(({ path }) =>
    typeof path === 'string' && path !== '' && !path.includes('{{') ? repositoryPath(path) : [],
  );
  const ref = refOf(by);
  return { by: `Argo CD ${describeRef(ref)}`, ref, option, path: path ?? null };
}
