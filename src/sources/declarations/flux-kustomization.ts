/**
 * Reads Flux Kustomizations.
 *
 * The folder at `spec.path` is built with what the object says written into its kustomization, then variables are filled in,
 * then every object gets the common labels and annotations. Variables of `substitute` win over those of `substituteFrom`, of which later
 * ones win (https://fluxcd.io/flux/components/kustomize/kustomizations/).
 */
import { posix } from 'node:path';
import { recordAt, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { isFolder } from '../../renderers/tree-paths.ts';
import type { SubstituteStep } from '../../renderers/steps.ts';
import { recordOf, recordsOf, repositoryPath, textOf, textsByName, textsOf } from './fields.ts';
import { behindArtifact } from './flux-artifacts.ts';
import { clusterOf, customizing, metadataSteps, nameOf, originOf, type FluxReading } from './flux-sources.ts';
import type { Plan, PlanContext, Unplanned, WrittenFields } from './plan.ts';

export async function fluxKustomizationPlans(
  object: KubernetesObject,
  context: PlanContext,
): Promise<readonly (Plan | Unplanned)[]> {
  const reading: FluxReading = { object, context, obstacles: [] };
  const { obstacles } = reading;
  const [by, ref, spec] = [nameOf(object), refOf(object), recordAt(object, 'spec')];
  const folder = textOf(spec['path'], 'spec.path', obstacles) ?? './';
  const named = repositoryPath(folder);
  if (named === null) return [{ by, ref, option: 'spec.path, which leaves the repository', path: null }];
  const source = await behindArtifact(recordAt(spec, 'sourceRef'), named, reading);
  const { path, reading: sourceReading } = source;
  const from = await originOf(source.reference, 'spec.sourceRef', path, sourceReading);
  const written = writtenFields(spec, path, reading);
  const steps = [...(await substitution(spec, reading)), ...metadataSteps(spec, obstacles)];
  const namespace = textOf(spec['targetNamespace'], 'spec.targetNamespace', obstacles);
  const [option] = obstacles;
  if (from === null || option !== undefined)
    return [{ by, ref, option: option ?? 'no spec.sourceRef', path }];
  const content = { kind: 'folder', path, recurse: true, include: [], exclude: [], written } as const;
  return [{ by, ref, namespace, cluster: clusterOf(spec), from, content, steps }];
}

function writtenFields(
  spec: Readonly<Record<string, unknown>>,
  path: string,
  { context, obstacles }: FluxReading,
): WrittenFields {
  const text = (field: string): string | null => textOf(spec[field], `spec.${field}`, obstacles);
  const { images, ...patches } = customizing(spec, 'spec', obstacles);
  const [namespace, namePrefix, nameSuffix] = ['targetNamespace', 'namePrefix', 'nameSuffix'].map(text);
  const buildMetadata = textsOf(spec['buildMetadata'], 'spec.buildMetadata', obstacles);
  const instead = {
    ...(namespace && { namespace }),
    ...(namePrefix && { namePrefix }),
    ...(nameSuffix && { nameSuffix }),
    ...(buildMetadata.length > 0 && { buildMetadata }),
  };
  const components = textsOf(spec['components'], 'spec.components', obstacles).filter((each) => {
    if (/^[a-z+]+:|^git@|^\/|^github\.com\//i.test(each))
      obstacles.push(`spec.components, of which ${each} is not a folder`);
    return (
      spec['ignoreMissingComponents'] !== true ||
      isFolder(context.tree, posix.join(path, each).replace(/\/$/, ''))
    );
  });
  return { instead, after: { ...patches, components }, images };
}

async function substitution(
  spec: Readonly<Record<string, unknown>>,
  { object, context, obstacles }: FluxReading,
): Promise<readonly SubstituteStep[]> {
  const build = recordOf(spec['postBuild'], 'spec.postBuild', obstacles);
  const at = 'spec.postBuild.substituteFrom';
  const known = new Map<string, string>();
  const take = (texts: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(texts)) known.set(name, text);
  };
  let complete = true;
  for (const { kind, name } of recordsOf(build['substituteFrom'], at, obstacles)) {
    // A Secret's values are not read, and what this repository does not have the cluster may.
    const found =
      kind === 'ConfigMap'
        ? await context.lookUp(kind, object.metadata.namespace ?? null, String(name))
        : null;
    if (found) take(textsByName(found['data'], `data of ${kind} ${name}`, obstacles));
    else complete = false;
  }
  take(textsByName(build['substitute'], 'spec.postBuild.substitute', obstacles));
  const variables = Object.fromEntries(known);
  const always = build['substituteStrategy'] === 'Always';
  if (complete && !always && Object.keys(variables).length === 0) return [];
  return [{ kind: 'substitute', variables, complete, ...(always && { always }) }];
}
