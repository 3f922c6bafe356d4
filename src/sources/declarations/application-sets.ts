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
  type KubernetesObject,
} from '../../kubernetes/objects.ts';
import { plansOfApplication, type Written } from './argo.ts';
import { isEmpty, repositoryPath, textsOf, type Obstacles } from './fields.ts';
import { kindsOf, MOST_SETS, parametersOf, type Generation, type Generator } from './generators.ts';
import { goFill } from './go-template.ts';
import type { Plan, PlanContext, Unplanned } from './plan.ts';
import { isOrigin, sameRepository } from './same-repository.ts';
import { filledIn, plainFill } from './template-parameters.ts';

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
      return [unplanned(set, `${at}, which is no known generator`, recordAt(spec, 'template'))];
    return kinds.flatMap((kind) => applicationsOf(set, generator, kind, at, { ...context, budget }));
  });
  if (made.length > MOST_APPLICATIONS)
    return [unplanned(set, `more than ${MOST_APPLICATIONS} Applications`, recordAt(spec, 'template'))];
  const names = made.flatMap((each) => ('application' in each ? each.application.metadata.name : []));
  return made.flatMap((each): readonly (Plan | Unplanned)[] => {
    if (!('application' in each)) return [each];
    const { application, written } = each;
    const { name } = application.metadata;
    const obstacle =
      names.indexOf(name) !== names.lastIndexOf(name)
        ? `two Applications named ${name}`
        : isEmpty(spec['templatePatch'])
          ? null
          : 'spec.templatePatch';
    return obstacle === null
      ? plansOfApplication(application, context, written)
      : [unplanned(application, obstacle, application)];
  });
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
  { tree, origin = null, budget }: PlanContext & Pick<Generation, 'budget'>,
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
    const application: KubernetesObject = {
      apiVersion: set.apiVersion,
      kind: 'Application',
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      spec: filled(decisive(recordAt(template, 'spec')), refused),
    };
    const [obstacle] = refused;
    return obstacle === undefined
      ? { application, written: writtenIn(base, own, application) }
      : unplanned(application, `${obstacle} in spec.template`, template);
  });
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
