import type { FieldWriter } from '../kubernetes/managed-fields.ts';
import type { ObjectRef, Scalar } from '../kubernetes/objects.ts';
import type { Prose } from '../untrusted/prose.ts';
import type { Commit } from './commit.ts';
import type { Declined } from './declined.ts';
import type { Located } from './located.ts';
import type { Remote } from './remote.ts';
import type { Site } from './site.ts';

/** What a layer is, in the words of the tool that reads it. */
export type LayerKind =
  /** A manifest that is applied as it is. */
  | 'manifest'
  /** A resource of a kustomization. */
  | 'resource'
  | 'strategic-merge-patch'
  | 'json-patch'
  /** Entries of the kustomization's own lists, or of the same lists in an Application or a Flux Kustomization. */
  | 'images'
  | 'replicas'
  | 'labels'
  | 'annotations'
  /** `namespace`; `namePrefix` and `nameSuffix`. */
  | 'namespace'
  | 'name'
  | 'replacement'
  | 'generator'
  /** Another transformer or generator of Kustomize, configured in a file of its own. */
  | 'transformer'
  | 'values-file'
  | 'inline-values'
  /** `helm.parameters` of an Application, `set` of a helmfile. */
  | 'parameter'
  /** The chart's own `values.yaml`, or a subchart's. */
  | 'chart-default'
  | 'template'
  /** A variable of a Flux Kustomization's `postBuild`. */
  | 'substitution'
  /** What a generator of an ApplicationSet hands to its template. */
  | 'application-set'
  /** Anything else. */
  | 'file';

/** Which kustomization a layer belongs to. */
export type LayerOrigin = 'base' | 'component' | 'overlay';

/** Who wrote a line. */
export interface LineAuthor {
  /** Null where git does not tell: no repository, a shallow clone, or a line that is not committed. */
  readonly commit: Commit | null;
  readonly pullRequest: number | null;
  /** The line in the newest commit, which differs from the site's in a work tree with edits; null where it is not committed. */
  readonly line: number | null;
  /** What the same place of the file had before that commit; undefined where it had nothing, or that is not known. */
  readonly before: Scalar | undefined;
}

/** A place that sets a field, or would if those before it in the list were gone. */
export interface FieldLayer extends LineAuthor {
  readonly site: Site;
  readonly kind: LayerKind;
  readonly origin: LayerOrigin | null;
  /** What the field renders as where this layer wins. */
  readonly value: Scalar;
  /** What stands at the site: `2.15.1` of `shop/cart:2.15.1`; undefined where it is no single value of YAML. */
  readonly written: Scalar | undefined;
  readonly wins: boolean;
  /** A render showed it: with another value here, and the layers above taken out, the field renders otherwise. */
  readonly isConfirmed: boolean;
}

/** A value that the field had in the rendered sense, and the commit that set it. */
export interface PastValue {
  /** Undefined where the object did not have the field. */
  readonly value: Scalar | undefined;
  readonly commit: Commit;
  readonly pullRequest: number | null;
}

/** A field of an object: what sets it, what would otherwise, and what it was. */
export interface Blame {
  readonly kind: 'blame';
  readonly object: ObjectRef;
  readonly field: string;
  /** The repository's newest commit, which permalinks lead to; null without one. */
  readonly head: string | null;
  readonly remote: Remote | null;
  /** As git renders it; undefined where git does not set it and the cluster has it. */
  readonly value: Scalar | undefined;
  /** The winning one first; several win where the value is put together from several places. */
  readonly layers: readonly FieldLayer[];
  /** Newest first; it ends where git does not tell. */
  readonly history: readonly PastValue[];
  /** Null where no cluster was asked. */
  readonly live: LiveValue | null;
  /** Why git has no layers, where the cluster has the field all the same; left out where there are some. */
  readonly unset?: Declined;
}

/** The field in the cluster. */
export interface LiveValue {
  /** Null where the cluster does not have the object. */
  readonly object: ObjectRef | null;
  /** Undefined where the object lacks the field. */
  readonly value: Scalar | undefined;
  /** Compared as Kubernetes compares it: `1Gi` is `1024Mi`. */
  readonly differs: boolean;
  /** Who last wrote it, from `metadata.managedFields`; null where they are not recorded. */
  readonly writer: FieldWriter | null;
  /** False where the object was recorded without managed fields, so that nobody knows who wrote what. */
  readonly areWritersRecorded: boolean;
  /** What can be done about a difference; null where there is none. */
  readonly waysOut: WaysOut | null;
}

export interface WaysOut {
  /** The edit that makes git say what the cluster has, with its proof; or why there is none. */
  readonly adopt: Located | Declined;
  /**
   * What happens without an edit. `lag`: the commit has not been applied yet. `drift`: it was, and something changed the cluster since.
   * `unset`: git does not set the field at all.
   */
  readonly wait: { readonly kind: 'lag' | 'drift' | 'unknown' | 'unset'; readonly because: Prose };
}
