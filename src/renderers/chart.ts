import type { Tree } from '../tree/tree.ts';
import type { FileProblem } from './rendering.ts';

/** How a chart's file takes part in a render; it decides which of its scalars may be marked. */
export type ChartFileRole = 'chart' | 'values' | 'template' | 'other';

/** One chart of a render: the one that is installed, or a chart that it depends on and whose files lie in the repository. */
export interface ChartPart {
  /** Folder in the repository. */
  readonly folder: string;
  readonly name: string;
  /** Where its values stand in those of the installed chart: [] for that one itself, `['postgresql']` (the alias, else the name) for a subchart. */
  readonly prefix: readonly string[];
  readonly isLibrary: boolean;
}

/**
 * Every file that rendering a chart may read, found without rendering: the sandbox and, with contents, the cache key.
 * Charts that `dependencies` name by `file://` lie in the sandbox where `helm dependency build` would put them.
 */
export interface ChartClosure {
  /** Folder of the installed chart; `.` is the top of the repository. */
  readonly root: string;
  /** By path in the repository. */
  readonly files: ReadonlyMap<string, ChartFileRole>;
  /** Path in the sandbox → path in the repository; one file can be in several places (a library used by two subcharts). */
  readonly placed: ReadonlyMap<string, string>;
  /** The installed chart first. */
  readonly parts: readonly ChartPart[];
  /** Dependencies that are neither vendored in `charts/` (folder or archive) nor in the repository. */
  readonly remote: readonly string[];
  /** Subcharts that are vendored as archives: they render, their own files cannot be edited. By prefix. */
  readonly archives: readonly { readonly file: string; readonly prefix: readonly string[] }[];
  readonly problems: readonly FileProblem[];
}

/** The closure of the chart in a folder. All YAML files of the tree must be loaded. */
export function chartClosureOf(_tree: Tree, _folder: string): ChartClosure {
  throw new Error('not written yet');
}
