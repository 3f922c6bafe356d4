import type { ClusterVersions } from '../../kubernetes/cluster-versions.ts';
import type { ConcretePath } from '../../kubernetes/field-path.ts';
import type { Json, KubernetesObject, ObjectRef } from '../../kubernetes/objects.ts';
import type { Step } from '../../renderers/steps.ts';
import type { Tree } from '../../tree/tree.ts';

/**
 * What an Argo CD or Flux object says: take this content from there, render it so, and apply the result. A plan is read from
 * the object as it is rendered, so that an edit of the object's own manifest changes the plan, and with it the result.
 */
export interface Plan {
  /** For people: `Argo CD Application argocd/cart`, `Flux HelmRelease shop/cart`. */
  readonly by: string;
  /** The object that says so. For an Application that an ApplicationSet makes, the Application. */
  readonly ref: ObjectRef;
  /** Where objects go that name no namespace themselves; null where the plan does not say. */
  readonly namespace: string | null;
  /** The cluster as the plan names it (`destination.name`, else `destination.server`); null for the one it lives in. */
  readonly cluster: string | null;
  /** Where the content comes from. */
  readonly from: Origin;
  readonly content: FolderContent | ChartContent;
  /** What is done with the rendered content, in this order. */
  readonly steps: readonly Step[];
  /** What the stand-ins in the content stand for, for people: `{{ requiredEnv "TAG" }} at deploy/helmfile.yaml:4`. */
  readonly unknowns?: readonly string[];
}

export interface Origin {
  /** As the object writes it; null where it cannot be told (no GitRepository object was found): taken for this repository. */
  readonly repository: string | null;
  readonly revision: Followed;
}

/** What is followed: a branch, the default branch (neither), or something that a pull request cannot move. */
export interface Followed {
  readonly branch?: string;
  /** A tag, SHA or semver range. */
  readonly pin?: string;
}

/** A folder with a kustomization, or with manifests. */
export interface FolderContent {
  readonly kind: 'folder';
  /** Relative to the repository; `.` is its top. */
  readonly path: string;
  /** Without a kustomization: manifests of subfolders too. */
  readonly recurse: boolean;
  /** Argo CD's `directory.include` and `directory.exclude`: globs, already taken apart. Empty: all, and none. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** What Argo CD or Flux writes into the folder's kustomization before it builds it; into a new one where there is none. */
  readonly written?: WrittenFields;
  /** What the object says of the cluster, for the charts of a kustomization. */
  readonly versions?: ClusterVersions;
}

/** Fields of a kustomization.yaml that come from somewhere else than the file. */
export interface WrittenFields {
  /** In place of the file's own: `namespace`, `namePrefix`, … */
  readonly instead: Readonly<Record<string, Json>>;
  /** After the file's own: items of `patches`, `components`, … */
  readonly after: Readonly<Record<string, readonly Json[]>>;
  /** Into the file's own entry for the same image, if it has one. */
  readonly images: readonly WrittenImage[];
  /** In place of the file's own entries of the same name, then sorted: `images`, `replicas`. */
  readonly entries?: Readonly<Record<string, readonly WrittenEntry[]>>;
  /** Into the file's own mapping: `commonLabels`, `commonAnnotations`. */
  readonly pairs?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export type WrittenEntry = { readonly name: string } & Readonly<Record<string, Json>>;

export interface WrittenImage {
  readonly name: string;
  readonly newName?: string;
  readonly newTag?: string;
  readonly digest?: string;
}

/** A chart and the values that it gets; later values win. */
export interface ChartContent {
  readonly kind: 'chart';
  readonly chart:
    | { readonly kind: 'folder'; readonly path: string }
    | {
        readonly kind: 'remote';
        readonly repository: string;
        readonly name: string;
        readonly version: string;
      };
  readonly release: { readonly name: string; readonly namespace: string };
  readonly values: readonly ValuesInput[];
  /** The chart's own values.yaml counts only where `values` name it: Flux's `valuesFiles` take its place. */
  readonly withoutOwnValues?: boolean;
  /** The files of the chart, and those values that take the place of its own, reach the cluster only with another version of the chart. */
  readonly sealed?: boolean;
  /** What the object says of the cluster, in place of what the cluster is. */
  readonly versions?: ClusterVersions;
  /** Sources of values that could not be read, for people: `Secret shop/cart-values`. What they say may override the rest. */
  readonly unknownValues?: readonly string[];
}

/** One `--values` or `--set` of a helm call, lowest precedence first. */
export type ValuesInput =
  | { readonly kind: 'file'; readonly path: string }
  | {
      /** Written in the declaring object, or in an object that it names. */
      readonly kind: 'inline';
      readonly values: Readonly<Record<string, Json>>;
      /** Where in the declaring object, e.g. ['spec', 'values']; null for a place that is not known. */
      readonly at: ConcretePath | null;
      /** The object that `at` is a path of, where it is another one: the ConfigMap that the declaring object names. */
      readonly of?: ObjectRef;
    }
  | {
      /** `--set name=value`, or `--set-string`. */
      readonly kind: 'set';
      readonly name: string;
      readonly value: string;
      readonly asString: boolean;
      /** Where in the declaring object; null where another file overrides it. */
      readonly at: ConcretePath | null;
      readonly of?: ObjectRef;
      /** Whose text the value is: Argo CD's `fileParameters`. */
      readonly file?: string;
    };

/** An object that deploys something in a way that is not rendered; a result, never an exception. */
export interface Unplanned {
  readonly by: string;
  readonly ref: ObjectRef;
  /** `spec.source.plugin`: what stands in the way, for people. */
  readonly option: string;
  /** The folder it deploys, where it says one. */
  readonly path: string | null;
  /** Files and folders that it may read besides. */
  readonly reads?: readonly string[];
}

export interface PlanContext {
  readonly tree: Tree;
  /** An object of the repository as it is rendered (a GitRepository, a ConfigMap of values, a HelmRepository); null when it is not there. */
  readonly lookUp: (kind: string, namespace: string | null, name: string) => Promise<KubernetesObject | null>;
  /** `acme/infra`, where it is known which repository the tree is from. */
  readonly origin?: string | null;
}

/** A release of a chart that is no part of any Git repository that is known here: `from` says where the chart is published. */
export function isPublishedChart({ content }: Plan): boolean {
  return content.kind === 'chart' && content.chart.kind === 'remote';
}

/** Stands for the part of an Application's name that a cluster decides about, where nothing else of the plan depends on it. */
export const ANY_CLUSTER = '*';

/** A plan that an ApplicationSet makes for each of its clusters alike, and that only Argo CD knows the number of. */
export function isForAnyCluster({ ref }: Plan): boolean {
  return ref.kind === 'Application' && ref.name.includes(ANY_CLUSTER);
}
