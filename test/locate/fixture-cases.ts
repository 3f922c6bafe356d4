import type { KubernetesObject, Scalar } from '../../src/kubernetes/objects.ts';
import type { Target } from '../../src/locate/target.ts';
import type { Revision } from '../../src/sources/revision.ts';

/** What a case of fixtures/locate asks for. */
export interface Request {
  readonly object: string;
  readonly namespace?: string;
  readonly root?: string;
  /** The object as a cluster has it. */
  readonly live?: KubernetesObject;
  /** `set` is what a person types for `--set`. */
  readonly fields: readonly {
    readonly field: string;
    readonly before?: Scalar;
    readonly after?: Scalar;
    readonly set?: string;
  }[];
}

/** The object that a request is about, and the root that it names. */
export function targetOf({ object, namespace, root, live }: Request, revision: Revision): Target {
  const [kind, name] = object.split('/');
  const only = root === undefined ? null : revision.roots.at(root);
  return {
    wanted: { kind: kind!, name: name!, namespace },
    live: live ?? null,
    roots: only && [only],
    areNamed: only !== null,
  };
}

/** Charts need helm; kustomizations, and what Flux writes one for, need kustomize. */
export function toolsFor(files: Readonly<Record<string, Buffer>>): readonly ('helm' | 'kustomize')[] {
  const isKustomized = ([path, content]: readonly [string, Buffer]): boolean =>
    /kustomization/i.test(path) || /kustomize\.toolkit|postRenderers/.test(String(content));
  return [
    ...(Object.keys(files).some((path) => path.endsWith('Chart.yaml')) ? (['helm'] as const) : []),
    ...(Object.entries(files).some(isKustomized) ? (['kustomize'] as const) : []),
  ];
}
