import { posix } from 'node:path';
import yaml from 'js-yaml';
import { UNKNOWN_VERSIONS, type ClusterVersions } from '../kubernetes/cluster-versions.ts';
import { isKubernetesObject, isRecord, recordAt } from '../kubernetes/objects.ts';
import { withOverlay, type Tree } from '../tree/tree.ts';
import { jsonText } from './as-json.ts';
import { closureOf } from './closure.ts';
import { KustomizationReader } from './kustomization.ts';
import type { KustomizeRenderer } from './kustomize.ts';
import { KUBECTL_SCHEMA } from './manifests.ts';
import type { RenderedObject, RenderFailure, Rendering } from './rendering.ts';
import type { KustomizeStep, MetadataStep, Step, SubstituteStep } from './steps.ts';
import { substitute } from './substitute.ts';

export interface StepContext {
  readonly tree: Tree;
  readonly kustomize: KustomizeRenderer;
  /** The cluster that charts of components are rendered for. */
  readonly cluster?: ClusterVersions;
}

/** What is applied in the end: the rendered objects after every step. A failure stays what it is. */
export async function applySteps(
  steps: readonly Step[],
  rendering: Rendering,
  context: StepContext,
): Promise<Rendering> {
  let result = rendering;
  for (const step of steps) {
    if (result.kind === 'failed') return result;
    switch (step.kind) {
      case 'kustomize':
        result = await kustomized(step, result.objects, result, context);
        break;
      case 'substitute':
        result = substituted(step, result.objects, result);
        break;
      case 'metadata':
        result = { ...result, objects: result.objects.map((each) => labelled(step, each)) };
    }
  }
  return result;
}

function labelled({ labels, annotations }: MetadataStep, each: RenderedObject): RenderedObject {
  const common = Object.entries({ labels, annotations }).filter(([, texts]) => Object.keys(texts).length > 0);
  const metadata = { ...each.object.metadata };
  for (const [field, texts] of common)
    Object.assign(metadata, { [field]: { ...recordAt(metadata, field), ...texts } });
  const object = { ...each.object, metadata };
  return { ...withoutOrigin(each), object, text: JSON.stringify(object) };
}

/** Where the kustomization of a step lies in the sandbox: beside everything, so that components are reached as they are by name. */
const FOLDER = '.faultline-step';

async function kustomized(
  { fields, components }: KustomizeStep,
  objects: readonly RenderedObject[],
  { root, problems }: Extract<Rendering, { kind: 'rendered' }>,
  { tree, kustomize, cluster = UNKNOWN_VERSIONS }: StepContext,
): Promise<Rendering> {
  if (objects.length === 0 && components.length === 0) return { kind: 'rendered', root, objects, problems };
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    ...fields,
    resources: objects.length > 0 ? ['all.yaml'] : [],
    ...(components.length > 0
      ? { components: components.map((folder) => posix.relative(FOLDER, folder)) }
      : {}),
  };
  const all = objects.map((each) => (isBuilt(each) ? each.text : jsonText(each.object)));
  const files = new Map([
    [`${FOLDER}/kustomization.yaml`, Buffer.from(jsonText(kustomization))],
    [`${FOLDER}/all.yaml`, Buffer.from(all.join('---\n'))],
  ]);
  const around = withOverlay(tree, files);
  const closure = closureOf(around, FOLDER, new KustomizationReader());
  const built = await kustomize.render(around, closure, { versions: cluster, told: UNKNOWN_VERSIONS });
  if (built.kind === 'rendered') return { ...built, root, problems };
  const message = built.message
    .replaceAll(`${FOLDER}/`, '')
    .replaceAll(FOLDER, 'the kustomization around it');
  return { ...built, root, message };
}

const SWITCH = 'kustomize.toolkit.fluxcd.io/substitute';

function substituted(
  step: SubstituteStep,
  objects: readonly RenderedObject[],
  { root, problems }: Extract<Rendering, { kind: 'rendered' }>,
): Rendering {
  // Flux looks for nothing to substitute where it was given nothing.
  const isIdle = step.complete && step.always !== true && Object.keys(step.variables).length === 0;
  const result: RenderedObject[] = [];
  for (const each of objects) {
    if (isIdle || !each.text.includes('$') || isSwitchedOff(each)) {
      result.push(withoutOrigin(each));
      continue;
    }
    const filled = substitutedObject(step, each);
    if ('code' in filled) return { kind: 'failed', root, ...filled };
    result.push(filled);
  }
  return { kind: 'rendered', root, objects: result, problems };
}

function isSwitchedOff({ object: { metadata } }: RenderedObject): boolean {
  return metadata.labels?.[SWITCH] === 'disabled' || metadata.annotations?.[SWITCH] === 'disabled';
}

/** The text decides, not the value: `"${port}"` has lost its quotes by now and becomes a number. */
function substitutedObject(
  step: SubstituteStep,
  each: RenderedObject,
): RenderedObject | Pick<RenderFailure, 'code' | 'message'> {
  const { kind, metadata } = each.object;
  const text = isBuilt(each) ? each.text : yaml.dump(each.object, { lineWidth: -1, noRefs: true });
  const filled = substitute(text, step);
  const place = `${kind} ${metadata.name ?? ''}`;
  if (!filled.ok) return { code: filled.code, message: `${place}: ${filled.message}` };
  try {
    const object = yaml.load(filled.text, { schema: KUBECTL_SCHEMA, json: true });
    if (isRecord(object) && isKubernetesObject(object))
      return { ...withoutOrigin(each), object, text: filled.text };
  } catch (error) {
    const reason = error instanceof yaml.YAMLException ? error.reason : String(error);
    return { code: 'error', message: `${place}: with its variables filled in it is not YAML: ${reason}` };
  }
  return { code: 'error', message: `${place}: with its variables filled in it is not an object` };
}

/** Kustomize prints every object in one way, and so do the controllers; a template's author and JSON do not. */
function isBuilt({ origin, template, text }: RenderedObject): boolean {
  return origin === null && template === undefined && !text.startsWith('{');
}

/** What never had an origin stays unparsed. */
function withoutOrigin(each: RenderedObject): RenderedObject {
  if (each.origin === null) return each;
  const { object, text, template } = each;
  return { object, text, origin: null, ...(template === undefined ? {} : { template }) };
}
