import type { FileProblem } from './rendering.ts';

/** How a chart's file takes part in a render; it decides which of its scalars may be marked. */
export type ChartFileRole = 'chart' | 'values' | 'template' | 'other';

/** One chart of a render: the one that is installed, or a chart that it depends on and whose files lie in the repository. */
export interface ChartPart {
  /** Folder in the repository. */
  readonly folder: string;
  /** Folder in the sandbox. */
  readonly placedAt: string;
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
  /** Charts that are neither vendored in `charts/` (folder or archive) nor in the repository. */
  readonly remote: readonly RemoteChart[];
  /** Such charts that are left out of the render. Empty for the whole. */
  readonly leftOut: readonly RemoteChart[];
  /** Subcharts that are vendored as archives: they render, their own files cannot be edited. By prefix. */
  readonly archives: readonly { readonly file: string; readonly prefix: readonly string[] }[];
  readonly problems: readonly FileProblem[];
  /** Folders that it names and that are not followed: it may read what is below them. */
  readonly unread: readonly string[];
}

/** A chart that is published somewhere. */
export interface RemoteChart {
  readonly name: string;
  /** Or a range of versions; empty for the newest. */
  readonly version: string;
  /** `https://…` or `oci://…`; empty where a dependency names none. */
  readonly repository: string;
  /** Where in the sandbox it is put. */
  readonly placedAt: string;
  /** Where its values stand in those of the installed chart. */
  readonly prefixes: readonly (readonly string[])[];
}

/** `chart redis 18.x from https://charts.example`, for people. */
export function describeChart({ name, version, repository }: RemoteChart): string {
  return ['chart', name, version, repository && `from ${repository}`].filter(Boolean).join(' ');
}

/** The closure of a release whose chart is published somewhere, and no part of the repository. */
export function remoteClosure(chart: Pick<RemoteChart, 'name' | 'version' | 'repository'>): ChartClosure {
  const { name, version, repository } = chart;
  const placedAt = `${name}.tgz`;
  return {
    root: placedAt,
    files: new Map(),
    placed: new Map(),
    parts: [],
    remote: [{ name, version, repository, placedAt, prefixes: [[]] }],
    leftOut: [],
    archives: [],
    problems: [],
    unread: [],
  };
}

/** The same chart without those of its dependencies that are published elsewhere. */
export function withoutRemote(closure: ChartClosure): ChartClosure {
  return { ...closure, remote: [], leftOut: [...closure.leftOut, ...closure.remote] };
}
