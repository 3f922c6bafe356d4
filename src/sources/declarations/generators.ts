/**
 * The generators of ApplicationSets that what stands in the repository decides about
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/). Of clusters, pull requests and other
 * repositories it does not know.
 */
import { isRecord } from '../../kubernetes/objects.ts';
import {
  documentIn,
  isEmpty,
  recordOf,
  recordsOf,
  textOf,
  textsByName,
  textsOf,
  type Obstacles,
} from './fields.ts';
import { gitParameters, withValues } from './git-generator.ts';
import { filledIn, flattened, goText, united, type Fill, type Parameters } from './template-parameters.ts';
import type { Generation, Generator } from './generation.ts';

/** For one ApplicationSet. */
export const MOST_SETS = 10_000;

const KINDS = [
  'list',
  'git',
  'matrix',
  'merge',
  'clusters',
  'clusterDecisionResource',
  'pullRequest',
  'scmProvider',
  'plugin',
];

/** The kinds that one item of `generators` names: mostly one. */
export function kindsOf(generator: Generator): readonly string[] {
  return KINDS.filter((kind) => isRecord(generator[kind]));
}

/** The sets of parameters that a generator makes: one for each Application. `outer` are those of the other half of a matrix. */
export function parametersOf(
  generator: Generator,
  kind: string,
  at: string,
  generation: Generation,
  outer: Parameters = {},
): readonly Parameters[] {
  const { obstacles, fill } = generation;
  const written = recordOf(generator[kind], `${at}.${kind}`, obstacles);
  const fields = Object.keys(outer).length === 0 ? written : interpolated(written, outer, fill, obstacles);
  if (generation.budget.left <= 0) return [];
  const sets = made();
  generation.budget.left -= sets.length + 1;
  if (generation.budget.left <= 0)
    obstacles.push(`${at}, with which it makes more than ${MOST_SETS} sets of parameters`);
  return selected(generator['selector'], sets, `${at}.selector`, obstacles);

  function made(): readonly Parameters[] {
    switch (kind) {
      case 'list':
        return listParameters(fields, `${at}.list`, generation);
      case 'git':
        return gitParameters(fields, `${at}.git`, generation);
      case 'matrix':
        return matrixParameters(fields, `${at}.matrix`, generation);
      case 'clusters':
        return clusterParameters(fields, `${at}.clusters`, generation);
      case 'merge':
        return mergedParameters(fields, `${at}.merge`, generation);
      default:
        obstacles.push(`${at}.${kind}`);
        return [];
    }
  }
}

/** The parameters of a matrix's first generator, filled into its second. `values` may wait for the second's own. */
function interpolated(fields: Generator, outer: Parameters, fill: Fill, obstacles: Obstacles): Generator {
  const { values, ...others } = fields;
  const filled = filledIn(others, (text) => fill(text, outer, obstacles)) as Generator;
  if (!isRecord(values)) return filled;
  const ready = Object.entries(values).map(([key, value]) => {
    const missing: Obstacles = [];
    const text = typeof value === 'string' ? fill(value, outer, missing) : value;
    return [key, missing.length > 0 ? value : text];
  });
  return { ...filled, values: Object.fromEntries(ready) };
}

/** The `selector` chose these among all clusters, and says no more. */
function clusterParameters(fields: Generator, at: string, generation: Generation): readonly Parameters[] {
  const { clusters, isGo, obstacles } = generation;
  if (!clusters) obstacles.push(at);
  const values = textsByName(fields['values'], `${at}.values`, obstacles);
  return (clusters ?? []).map((cluster) =>
    withValues(isGo ? cluster : flattened(cluster), values, generation),
  );
}

function listParameters(
  fields: Generator,
  at: string,
  { isGo, obstacles }: Generation,
): readonly Parameters[] {
  const elements = recordsOf(fields['elements'], `${at}.elements`, obstacles).map((element, index) =>
    isGo ? element : textsOfElement(element, `${at}.elements[${index}]`, obstacles),
  );
  const text = textOf(fields['elementsYaml'], `${at}.elementsYaml`, obstacles);
  if (text === null) return elements;
  const read = documentIn(text);
  return [...elements, ...recordsOf(read ? read.value : text, `${at}.elementsYaml`, obstacles)];
}

function textsOfElement(element: Parameters, at: string, obstacles: Obstacles): Parameters {
  const { values, ...others } = element;
  const below = Object.entries(textsByName(values, `${at}.values`, obstacles));
  return {
    ...textsByName(others, at, obstacles),
    ...Object.fromEntries(below.map(([key, value]) => [`values.${key}`, value])),
  };
}

function matrixParameters(fields: Generator, at: string, generation: Generation): readonly Parameters[] {
  const { isGo, obstacles } = generation;
  const [first, second, ...more] = recordsOf(fields['generators'], `${at}.generators`, obstacles);
  if (!first || !second || more.length > 0) {
    obstacles.push(`${at}, which is not of two generators`);
    return [];
  }
  const { budget } = generation;
  return nestedParameters(first, `${at}.generators[0]`, generation).flatMap((one) => {
    const others = nestedParameters(second, `${at}.generators[1]`, generation, one);
    return budget.left <= 0
      ? []
      : others.map((other) => (isGo ? united(other, one, obstacles) : combined(one, other, at, obstacles)));
  });
}

/** Everything becomes text; what both say they have to say alike. */
function combined(one: Parameters, other: Parameters, at: string, obstacles: Obstacles): Parameters {
  const entries = [...Object.entries(one), ...Object.entries(other)].map(([key, value]) => {
    const text = goText(value);
    if (text === null) obstacles.push(`${at} of ${key}, which is not text`);
    return [key, text] as const;
  });
  const result = new Map<string, string | null>();
  for (const [key, text] of entries) {
    if (result.has(key) && result.get(key) !== text)
      obstacles.push(`${at} of generators that differ in ${key}`);
    result.set(key, text);
  }
  return Object.fromEntries(result);
}

function mergedParameters(fields: Generator, at: string, generation: Generation): readonly Parameters[] {
  const { isGo, obstacles } = generation;
  const keys = textsOf(fields['mergeKeys'], `${at}.mergeKeys`, obstacles);
  const generators = recordsOf(fields['generators'], `${at}.generators`, obstacles);
  if (keys.length === 0 || generators.length < 2) {
    obstacles.push(`${at}, which is not of two generators with a key`);
    return [];
  }
  const keyOf = (parameters: Parameters): string =>
    JSON.stringify(keys.map((key) => (Object.hasOwn(parameters, key) ? parameters[key] : null)));
  const [base, ...others] = generators.map((generator, index) => {
    const made = nestedParameters(generator, `${at}.generators[${index}]`, generation);
    const known = new Map(made.map((parameters) => [keyOf(parameters), parameters]));
    if (known.size < made.length) obstacles.push(`${at}, whose key one generator makes twice`);
    return known;
  });
  return [...base!.values()].map((parameters) =>
    others.reduce((below, made) => {
      const above = made.get(keyOf(parameters));
      if (!above) return below;
      return isGo ? united(below, above, obstacles) : { ...below, ...above };
    }, parameters),
  );
}

function nestedParameters(
  generator: Generator,
  at: string,
  generation: Generation,
  outer: Parameters = {},
): readonly Parameters[] {
  const { obstacles, selectsNested } = generation;
  const [kind, ...more] = kindsOf(generator);
  if (kind === undefined || more.length > 0) {
    obstacles.push(
      kind === undefined ? `${at}, which is not a known generator` : `${at}, which is several generators`,
    );
    return [];
  }
  // Older versions of Argo CD select there only when they are told to.
  if (!isEmpty(generator['selector']) && !selectsNested) obstacles.push(`${at}.selector`);
  return parametersOf(generator, kind, at, generation, outer);
}

/** A label selector over the parameters, whatever their values are. */
function selected(
  selector: unknown,
  made: readonly Parameters[],
  at: string,
  obstacles: Obstacles,
): readonly Parameters[] {
  if (isEmpty(selector)) return made;
  const { matchLabels, matchExpressions } = recordOf(selector, at, obstacles);
  const labels = Object.entries(textsByName(matchLabels, `${at}.matchLabels`, obstacles));
  const expressions = recordsOf(matchExpressions, `${at}.matchExpressions`, obstacles).map(
    (expression, index) => ({
      key: String(expression['key']),
      operator: expression['operator'],
      values: textsOf(expression['values'], `${at}.matchExpressions[${index}].values`, obstacles),
    }),
  );
  const unknown = expressions.find(({ operator }) => !OPERATORS.has(String(operator)));
  if (unknown) obstacles.push(`${at} with ${String(unknown.operator)}`);
  return made.filter((parameters) => {
    const texts = flattened(parameters);
    return (
      labels.every(([key, value]) => texts[key] === value) &&
      expressions.every(({ key, operator, values }) => {
        const text = Object.hasOwn(texts, key) ? texts[key] : undefined;
        if (operator === 'Exists') return text !== undefined;
        if (operator === 'DoesNotExist') return text === undefined;
        const isNamed = text !== undefined && values.includes(text);
        return operator === 'In' ? isNamed : !isNamed;
      })
    );
  });
}

const OPERATORS = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist']);
