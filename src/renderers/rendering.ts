import type { KubernetesObject } from '../kubernetes/objects.ts';

/** What a root turns into. Failing is a value: one root that does not build stops nothing else. */
export type Rendering = Rendered | RenderFailure;

export interface Rendered {
  readonly kind: 'rendered';
  readonly root: string;
  readonly objects: readonly RenderedObject[];
  /** Files that were left out because they could not be read as manifests. */
  readonly problems: readonly FileProblem[];
}

export interface RenderedObject {
  readonly object: KubernetesObject;
  /** The object's own document text: equal texts need no comparison. */
  readonly text: string;
  /** Where the object is written, for roots that are not transformed. */
  readonly origin: Origin | null;
  /** The file of the repository that is the template of the object, for one that a chart renders. */
  readonly template?: string;
  /** The file of the repository that is the packaged chart of the object, for one that a subchart in an archive renders. */
  readonly archive?: string;
}

export interface Origin {
  readonly file: string;
  readonly document: number;
  /** Path of the object inside the document: empty, or `items[2]` of a List. */
  readonly within: readonly (string | number)[];
}

export interface RenderFailure {
  readonly kind: 'failed';
  readonly root: string;
  /**
   * `tool-missing`: nothing to render with. `remote`: needs the network. `unsupported`: a feature that is not rendered. `error`: the
   * tool refused. `over-budget`: it would cost more than a root or a scan may. `renderer-away`: the renderer in another place did
   * not answer. `unreadable`: a file of it cannot be read.
   */
  readonly code:
    'tool-missing' | 'remote' | 'unsupported' | 'error' | 'over-budget' | 'renderer-away' | 'unreadable';
  /** One line, the tool's own words shortened. */
  readonly message: string;
}

/** Whether the next scan may have another answer for the same files. */
export function isPassing(code: RenderFailure['code']): boolean {
  return code === 'over-budget' || code === 'renderer-away';
}

/** What stands in {@link RunResult} for a renderer in another place that did not answer. */
export const RENDERER_AWAY = 'renderer';

/** What a run that did not print is called. */
export function failureCode(stopped: string | undefined): RenderFailure['code'] {
  if (stopped === undefined) return 'error';
  return stopped === RENDERER_AWAY ? 'renderer-away' : 'over-budget';
}

export interface FileProblem {
  readonly file: string;
  /** From 1; null when the whole file is meant. */
  readonly line: number | null;
  readonly message: string;
}
