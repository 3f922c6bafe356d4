/**
 * Reads Flux HelmReleases.
 *
 * Values, lowest precedence first: the chart's own, or the `valuesFiles` that take their place; each of `valuesFrom` in order;
 * `values` (https://fluxcd.io/flux/components/helm/helmreleases/#values). A chart in a GitRepository, and `valuesFiles` beside it,
 * are relative to the top of that repository.
 */
import { createHash } from 'node:crypto';
import {
  describeRef,
  isRecord,
  recordAt,
  refOf,
  type Json,
  type KubernetesObject,
} from '../../kubernetes/objects.ts';
import {
  isEmpty,
  literally,
  mappingIn,
  recordOf,
  recordsOf,
  repositoryPath,
  textOf,
  textsOf,
} from './fields.ts';
import {
  clusterOf,
  customizing,
  metadataSteps,
  nameOf,
  originOf,
  referred,
  stepsOf,
  type FluxReading,
} from './flux-sources.ts';
import type { ChartContent, Origin, Plan, PlanContext, Unplanned, ValuesInput } from './plan.ts';

export async function helmReleasePlans(
  object: KubernetesObject,
  context: PlanContext,
): Promise<readonly (Plan | Unplanned)[]> {
  const reading: FluxReading = { object, context, obstacles: [] };
  const { obstacles } = reading;
  const [by, ref, spec] = [nameOf(object), refOf(object), recordAt(object, 'spec')];
  const chart = await chartOf(spec, reading);
  const { values, unknownValues } = await valuesOf(spec, reading);
  const renderers = recordsOf(spec['postRenderers'], 'spec.postRenderers', obstacles);
  const around = renderers.flatMap(({ kustomize }, index) => {
    const at = `spec.postRenderers[${index}].kustomize`;
    return stepsOf(customizing(recordOf(kustomize, at, obstacles), at, obstacles));
  });
  const steps = [...around, ...metadataSteps(spec, obstacles)];
  const release = releaseOf(object, spec, reading);
  const [option] = obstacles;
  const path = chart?.chart.kind === 'folder' ? chart.chart.path : null;
  if (chart === null || option !== undefined) return [{ by, ref, option: option ?? 'no spec.chart', path }];
  const { from, files, ...content } = chart;
  return [
    {
      by,
      ref,
      namespace: release.namespace,
      cluster: clusterOf(spec),
      from,
      content: { kind: 'chart', ...content, release, values: [...files, ...values], unknownValues },
      steps,
    },
  ];
}

/** `[targetNamespace-]name`, shortened to what Helm allows. */
function releaseOf(
  { metadata }: KubernetesObject,
  spec: Readonly<Record<string, unknown>>,
  { obstacles }: FluxReading,
): ChartContent['release'] {
  const target = textOf(spec['targetNamespace'], 'spec.targetNamespace', obstacles);
  const named = textOf(spec['releaseName'], 'spec.releaseName', obstacles);
  const name = named ?? (target === null ? metadata.name : `${target}-${metadata.name}`);
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return {
    name: name.length <= 53 ? name : `${name.slice(0, 40)}-${hash}`,
    namespace: target ?? metadata.namespace ?? 'default',
  };
}

interface Chart {
  readonly from: Origin;
  readonly chart: ChartContent['chart'];
  /** Values that take the place of the chart's own. */
  readonly files: readonly ValuesInput[];
  readonly withoutOwnValues?: boolean;
  readonly sealed?: boolean;
}

async function chartOf(spec: Readonly<Record<string, unknown>>, reading: FluxReading): Promise<Chart | null> {
  const { object, context, obstacles } = reading;
  if (isEmpty(spec['chartRef'])) {
    const template = recordOf(
      recordOf(spec['chart'], 'spec.chart', obstacles)['spec'],
      'spec.chart.spec',
      obstacles,
    );
    return isEmpty(template) ? null : templateOf(template, 'spec.chart.spec', reading);
  }
  const ref = referred(recordOf(spec['chartRef'], 'spec.chartRef', obstacles), object);
  const found = await context.lookUp(ref.kind, ref.namespace, ref.name);
  if (ref.kind === 'HelmChart' && found)
    return templateOf(recordAt(found, 'spec'), `spec of ${describeRef(ref)}`, { ...reading, object: found });
  if (ref.kind !== 'OCIRepository') {
    obstacles.push(`spec.chartRef, the ${describeRef(ref)}`);
    return null;
  }
  const source = recordAt(found, 'spec');
  const { digest, semver, tag } = recordAt(source, 'ref');
  const version = String(digest ?? semver ?? tag ?? '*');
  const url = textOf(source['url'], `spec.url of ${describeRef(ref)}`, obstacles);
  if (url === null) return remote(describeRef(ref), ref.name, version);
  const slash = url.lastIndexOf('/');
  return remote(url.slice(0, Math.max(0, slash)), url.slice(slash + 1), version);
}

function remote(repository: string, name: string, version: string): Chart {
  const chart = { kind: 'remote', repository, name, version } as const;
  return { from: { repository, revision: { pin: version } }, chart, files: [] };
}

/** What `spec.chart.spec` says, or the spec of a HelmChart, which is the same. */
async function templateOf(
  template: Readonly<Record<string, unknown>>,
  at: string,
  reading: FluxReading,
): Promise<Chart | null> {
  const { object, context, obstacles } = reading;
  const name = textOf(template['chart'], `${at}.chart`, obstacles);
  const reference = recordOf(template['sourceRef'], `${at}.sourceRef`, obstacles);
  const ref = referred(reference, object);
  if (name === null) {
    obstacles.push(`no ${at}.chart`);
    return null;
  }
  if (ref.kind === 'HelmRepository') {
    const source = await context.lookUp(ref.kind, ref.namespace, ref.name);
    const url = textOf(recordAt(source, 'spec')['url'], `spec.url of ${describeRef(ref)}`, obstacles);
    return remote(
      url ?? describeRef(ref),
      name,
      textOf(template['version'], `${at}.version`, obstacles) ?? '*',
    );
  }
  const path = repositoryPath(name);
  if (path === null) {
    obstacles.push(`${at}.chart, which leaves the repository`);
    return null;
  }
  const from = await originOf(reference, `${at}.sourceRef`, path, reading);
  if (from === null) return null;
  const files = valuesFiles(template, at, reading);
  const chart = { kind: 'folder', path } as const;
  // Flux packs a chart anew when its version changes; every commit counts only where it is told so.
  const sealed = template['reconcileStrategy'] !== 'Revision';
  return {
    from,
    chart,
    files: files ?? [],
    ...(files && { withoutOwnValues: true }),
    ...(sealed && { sealed }),
  };
}

/** Null where the chart's own values count: where no files are named, or only the one that every chart has. */
function valuesFiles(
  template: Readonly<Record<string, unknown>>,
  at: string,
  { context, obstacles }: FluxReading,
): readonly ValuesInput[] | null {
  const first = textOf(template['valuesFile'], `${at}.valuesFile`, obstacles);
  const named = [
    ...(first === null ? [] : [first]),
    ...textsOf(template['valuesFiles'], `${at}.valuesFiles`, obstacles),
  ];
  const [only] = named;
  if (only === undefined || (named.length === 1 && repositoryPath(only) === 'values.yaml')) return null;
  const files: ValuesInput[] = [];
  for (const file of named) {
    const path = repositoryPath(file);
    const isThere = path !== null && context.tree.entry(path) !== undefined;
    if (isThere) files.push({ kind: 'file', path });
    else if (template['ignoreMissingValuesFiles'] !== true)
      obstacles.push(`${at}.valuesFiles, of which ${file} is missing`);
  }
  return files;
}

async function valuesOf(
  spec: Readonly<Record<string, unknown>>,
  reading: FluxReading,
): Promise<{ readonly values: readonly ValuesInput[]; readonly unknownValues: readonly string[] }> {
  const { obstacles } = reading;
  const own = recordOf(spec['values'], 'spec.values', obstacles) as Readonly<Record<string, Json>>;
  const values: ValuesInput[] = [];
  const unknownValues: string[] = [];
  for (const [index, reference] of recordsOf(spec['valuesFrom'], 'spec.valuesFrom', obstacles).entries()) {
    const read = await valuesFrom(reference, `spec.valuesFrom[${index}]`, reading);
    if ('unknown' in read) unknownValues.push(read.unknown);
    else values.push(...read.values);
  }
  // Also where there are none: that is where some would be written.
  values.push({ kind: 'inline', values: own, at: ['spec', 'values'] });
  // Helm lets `--set` win over everything, Flux over what stands before it.
  for (const [index, input] of values.entries())
    if (input.kind === 'set' && values.slice(index + 1).some((later) => mayOverrule(later, input.name)))
      obstacles.push(`the targetPath ${input.name}, which is set again`);
  return { values, unknownValues };
}

function mayOverrule(later: ValuesInput, name: string): boolean {
  if (later.kind !== 'inline') return false;
  // What Helm's notation names in another way is not compared.
  if (!/^[\w-]+(\.[\w-]+)*$/.test(name)) return true;
  let here: unknown = later.values;
  for (const step of name.split('.')) here = isRecord(here) ? here[step] : undefined;
  return here !== undefined;
}

async function valuesFrom(
  reference: Readonly<Record<string, unknown>>,
  at: string,
  { object, context, obstacles }: FluxReading,
): Promise<{ readonly values: readonly ValuesInput[] } | { readonly unknown: string }> {
  const ref = { ...referred(reference, object), namespace: object.metadata.namespace ?? null };
  const key = textOf(reference['valuesKey'], `${at}.valuesKey`, obstacles) ?? 'values.yaml';
  const target = textOf(reference['targetPath'], `${at}.targetPath`, obstacles);
  // A Secret's values are not read, and what this repository does not have the cluster may.
  const found = ref.kind === 'ConfigMap' ? await context.lookUp(ref.kind, ref.namespace, ref.name) : null;
  if (!found) return { unknown: describeRef(ref) };
  const text = recordAt(found, 'data')[key];
  if (typeof text !== 'string') {
    if (reference['optional'] !== true) obstacles.push(`${at}, whose ${describeRef(ref)} has no ${key}`);
    return { values: [] };
  }
  const place = { at: ['data', key], of: refOf(found) } as const;
  if (target !== null) return { values: [setInput(target, text, reference['literal'] === true, place)] };
  const values = mappingIn(text);
  if (!values) obstacles.push(`${at}, whose ${key} is not a mapping`);
  return { values: values ? [{ kind: 'inline', values, ...place }] : [] };
}

/** As `helm --set` reads it; in quotes, or where it is taken literally, as `--set-string` does. */
function setInput(
  name: string,
  text: string,
  isLiteral: boolean,
  place: { readonly at: readonly string[]; readonly of: ReturnType<typeof refOf> },
): ValuesInput {
  if (isLiteral) return { kind: 'set', name, value: literally(text), asString: true, ...place };
  const isQuoted = /^(['"])[^]*\1$/.test(text) && text.length > 1;
  return isQuoted
    ? { kind: 'set', name, value: text.replace(/^['"]+|['"]+$/g, ''), asString: true, at: null }
    : { kind: 'set', name, value: text, asString: false, ...place };
}
