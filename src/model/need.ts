import type { KubernetesObject, ObjectRef, Scalar } from '../kubernetes/objects.ts';
import type { MaskedText } from '../untrusted/masked.ts';
import type { Prose } from '../untrusted/prose.ts';
import type { ContainerUsage, LogRequest, MetricRequest, MetricSeries, Purpose } from './cluster-state.ts';
import type { Commit } from './commit.ts';
import type { RegistryImage } from './registry-image.ts';
import type { Evidence } from './evidence.ts';

/** What a rule may ask for beyond the cluster state. The edge that fetches an answer masks it; the runner passes it on. */
export type Need =
  | ({ readonly kind: 'log' } & LogRequest)
  | ({ readonly kind: 'metric' } & MetricRequest)
  | { readonly kind: 'candidates'; readonly purpose: Purpose }
  | { readonly kind: 'usage'; readonly namespace: string; readonly pod: string }
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'field-history'; readonly object: ObjectRef; readonly field: string }
  | { readonly kind: 'template-history'; readonly object: ObjectRef; readonly most: number }
  | { readonly kind: 'rename'; readonly object: ObjectRef }
  | { readonly kind: 'removal'; readonly object: ObjectRef }
  | { readonly kind: 'rendered-object'; readonly object: ObjectRef }
  | { readonly kind: 'difference'; readonly object: ObjectRef; readonly field: string }
  | { readonly kind: 'rendered'; readonly objectKind: string; readonly namespace: string | null }
  | ({ readonly kind: 'written-lines'; readonly folder: string; readonly text: string } & Fetched)
  | ({ readonly kind: 'paths'; readonly folder: string } & Fetched)
  | ({ readonly kind: 'path-past'; readonly path: string } & Fetched);

/** Where a controller fetches the files from: unknown where that is not this repository. */
interface Fetched {
  /** The address that its source names; null for this repository. */
  readonly url: string | null;
}

/** What each need is answered with. `null` means: could not be found out (not recorded, forbidden, no history). */
export interface Answers {
  /** The log's last lines, masked as a whole by the edge that read them. */
  readonly log: MaskedText;
  readonly metric: readonly MetricSeries[];
  /** Of the whole cluster: what may be worth a closer look. A recorded cluster has all that was recorded, a live one what its query lets through. */
  readonly candidates: readonly MetricSeries[];
  /** What the containers of a pod use now: one sample of each, which is no percentile. */
  readonly usage: readonly ContainerUsage[];
  /** What the registry has. */
  readonly image: RegistryImage;
  /** The rendered value of the field after each commit that changed it, newest first. */
  readonly 'field-history': readonly FieldVersion[];
  /** The rendered pod template of a workload after each commit that changed it, newest first, `most` at most. */
  readonly 'template-history': readonly TemplateVersion[];
  /** Commits in which an object of this kind and namespace disappeared under this name while another appeared, newest first: all that appeared. */
  readonly rename: readonly Rename[];
  /** The newest commit that took an object out of the manifests; null also where it is there. */
  readonly removal: Removal;
  /** The object as the one root that has it renders it now. */
  readonly 'rendered-object': KubernetesObject;
  /** Why the cluster has another value than git renders. */
  readonly difference: Difference;
  /** Objects of the kind that the repository renders now for the cluster. */
  readonly rendered: readonly RenderedKeys[];
  /** The lines of the text files in a folder, or of one file, that hold the text: twenty at most, in the order of the files. */
  readonly 'written-lines': readonly WrittenLine[];
  /** All files below a folder. */
  readonly paths: readonly string[];
  /** The commit that removed a file or folder; `null` where it is there, or never was. */
  readonly 'path-past': PathPast;
}

/**
 * Why a live value is not what git renders: `lag`, the commit has not been applied yet; `drift`, it was, and something else
 * changed the value in the cluster; `unknown`, nothing on record tells.
 */
export interface Difference {
  readonly kind: 'lag' | 'drift' | 'unknown';
  /** What shows it, in a sentence: since when and by whom, as far as that is known. */
  readonly because: Prose;
  readonly evidence: readonly Evidence[];
}

export interface FieldVersion {
  /** Undefined where the object did not have the field. */
  readonly value: Scalar | undefined;
  readonly commit: Commit;
}

export interface TemplateVersion {
  /** Undefined where there was no such workload, or what it was is not known. */
  readonly template: Readonly<Record<string, unknown>> | undefined;
  /** The data of the ConfigMaps that the template names, by their names then. */
  readonly configMaps: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly commit: Commit;
}

export interface Rename {
  readonly from: string;
  readonly to: string;
  /** Share of equal content, 0 to 1. */
  readonly similarity: number;
  /** Keys of `data`, `stringData` and `binaryData` of the old object; null or left out where they cannot be told. */
  readonly fromKeys?: readonly string[] | null;
  /** Other objects whose content went into the new one in the same commit. */
  readonly mergedWith?: readonly string[];
  readonly commit: Commit;
}

export interface Removal {
  readonly commit: Commit;
  /** Where the object stood before. */
  readonly file: string;
}

export interface WrittenLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Without its indentation. */
  readonly text: MaskedText;
  /** The commit that last changed it; null where git does not tell. */
  readonly commit: Commit | null;
}

/** A file or folder that is no longer there. */
export interface PathPast {
  readonly removedBy: Commit;
  /** Where the same commit put the same content; null where it did not, or in several places. */
  readonly movedTo: string | null;
}

export interface RenderedKeys {
  readonly ref: ObjectRef;
  /** Keys of `data`, `stringData` and `binaryData`. */
  readonly keys: readonly string[];
  readonly root: string;
}

/** A stable text for a need: equal needs have equal keys. */
export function needKey(need: Need): string {
  return JSON.stringify(need, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Answers what rules ask for about the repository's content and past. */
export interface RepositoryAnswers {
  answer(
    need: Exclude<Need, { kind: 'log' | 'metric' | 'candidates' | 'usage' | 'image' }>,
  ): Promise<Answers[Need['kind']] | null>;
}
