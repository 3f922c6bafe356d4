/** The objects that declare something, and who reads them. */
import { groupOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { applicationSetPlans } from './application-sets.ts';
import { applicationPlans } from './argo.ts';
import { fluxKustomizationPlans } from './flux-kustomization.ts';
import { helmReleasePlans } from './flux-release.ts';
import type { Plan, PlanContext, Unplanned } from './plan.ts';
import { applicationsForAnyCluster } from './solved-applications.ts';

type Reader = (object: KubernetesObject, context: PlanContext) => Promise<readonly (Plan | Unplanned)[]>;

const READERS: ReadonlyMap<string, Reader> = new Map([
  ['argoproj.io/Application', applicationPlans],
  ['argoproj.io/ApplicationSet', setPlans],
  ['kustomize.toolkit.fluxcd.io/Kustomization', fluxKustomizationPlans],
  ['helm.toolkit.fluxcd.io/HelmRelease', helmReleasePlans],
]);

/** Where only Argo CD knows the clusters, it may not matter which they are. */
async function setPlans(set: KubernetesObject, context: PlanContext): Promise<readonly (Plan | Unplanned)[]> {
  const plans = await applicationSetPlans(set, context);
  const others = plans.filter((plan) => !('option' in plan && plan.option.endsWith('.clusters')));
  const forAny = others.length < plans.length ? applicationsForAnyCluster(set, context) : null;
  return forAny ? [...others, ...forAny] : plans;
}

/** Every object that declares something, or that one refers to, beside ConfigMaps and Secrets. */
export function isOfController({ apiVersion }: KubernetesObject): boolean {
  return /^argoproj\.io\/|\.toolkit\.fluxcd\.io\//.test(apiVersion);
}

export function isDeclaration(object: KubernetesObject): boolean {
  return readerOf(object) !== undefined;
}

/** What the object applies; nothing for one that declares nothing. */
export async function plansOf(
  object: KubernetesObject,
  context: PlanContext,
): Promise<readonly (Plan | Unplanned)[]> {
  return (await readerOf(object)?.(object, context)) ?? [];
}

function readerOf({ apiVersion, kind }: KubernetesObject): Reader | undefined {
  return READERS.get(`${groupOf(apiVersion)}/${kind}`);
}
