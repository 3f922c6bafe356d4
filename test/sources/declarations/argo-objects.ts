import type { Plan, Unplanned } from '../../../src/sources/declarations/plan.ts';
import { plansOf } from '../../../src/sources/declarations/plans.ts';
import { treeOf } from '../../../src/tree/tree.ts';
import { objectsIn } from './flux-objects.ts';

export const HERE = 'https://github.com/acme/infra.git';

/** An Application in argocd, with what is written below its spec. */
export function application(spec: string, name = 'cart'): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${name}, namespace: argocd}
spec:
  project: shop
  destination: {server: https://kubernetes.default.svc, namespace: shop}
${indented(spec, 2)}`;
}

/** An Application of one source, with what is written below it. */
export function applicationOf(source: string, name = 'cart'): string {
  const place = source.includes('repoURL') ? '' : `  repoURL: ${HERE}\n`;
  return application(`source:\n${place}${indented(source, 2)}`, name);
}

/** An ApplicationSet in argocd, with what is written below its spec. */
export function applicationSet(spec: string, name = 'shops'): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: ${name}, namespace: argocd}
spec:
${indented(spec, 2)}`;
}

export type Texts = Readonly<Record<string, string>>;

/** What the first object of a text plans in a tree. */
export async function plansIn(
  text: string,
  files: Texts = {},
  origin: string | null = null,
): Promise<readonly (Plan | Unplanned)[]> {
  const [object] = objectsIn(text);
  return plansOf(object!, { tree: treeOf(files), lookUp: async () => null, origin });
}

/** What stands in the way of each plan; null where nothing does. */
export async function obstaclesIn(text: string, files: Texts = {}, origin: string | null = null) {
  return (await plansIn(text, files, origin)).map((plan) => ('option' in plan ? plan.option : null));
}

export function indented(text: string, depth: number): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => (line === '' ? '\n' : `${' '.repeat(depth)}${line}\n`))
    .join('');
}
