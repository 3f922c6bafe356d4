import { posix } from 'node:path';
import type { Tree } from '../tree/tree.ts';
import { type ChartEntry } from './chart-entries.ts';
import { type ChartStep } from './chart-steps.ts';
import { parseKustomization, type ParsedKustomization } from './kustomization-text.ts';
import type { FileProblem } from './rendering.ts';
import { readStrictly, type StrictReading } from './strict-yaml.ts';
import { joinPath, realPath } from './tree-paths.ts';

/** Kustomize takes the first of these that a folder has; having two is an error of its own. */
export const KUSTOMIZATION_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

export function isKustomizationPath(path: string): boolean {
  return (KUSTOMIZATION_NAMES as readonly string[]).includes(posix.basename(path));
}

/** The kustomization file of a folder (`.` is the top), or undefined. One that is a symlink is the file it leads to. */
export function kustomizationIn(tree: Tree, folder: string): string | undefined {
  return KUSTOMIZATION_NAMES.map((name) => realPath(tree, joinPath(folder, name))).find(
    (path): path is string => path !== null && tree.entry(path)?.kind === 'file',
  );
}

/** How a file takes part in a build; it decides which of its scalars may be marked. */
export type FileRole = 'kustomization' | 'objects' | 'configuration' | 'content' | 'env' | 'values' | 'chart';

/**
 * Every file that `kustomize build` of a root may read, found without rendering. It is the sandbox (only these files are
 * written out to render) and the cache key (with their contents).
 */
export interface Closure {
  readonly root: string;
  readonly files: ReadonlyMap<string, FileRole>;
  /** Symlinks on the way to them, each with the path inside the repository that it leads to in the end. */
  readonly links: ReadonlyMap<string, string>;
  /** Folders of kustomizations that take part, the root's own first. */
  readonly folders: readonly string[];
  /** Folder → the folders it includes, in order of mention. */
  readonly includes: ReadonlyMap<string, readonly string[]>;
  /** Things that need the network: remote bases and charts. */
  readonly remote: readonly string[];
  /** Parts left out of the build, for people: things that need the network, and generators that run a program. Empty for the whole. */
  readonly leftOut: readonly string[];
  /** What stands in the way of a faithful build, in words: a missing file, a path that leaves the repository. */
  readonly problems: readonly FileProblem[];
  /** Features that are recognised and not rendered, such as `helmCharts`. */
  readonly unsupported: readonly string[];
  /** Some kustomization reads a file that lies outside its own folder. */
  readonly crossesFolders: boolean;
  /** Charts of the repository that kustomizations install, by where they join the build. */
  readonly charts: readonly ChartStep[];
  /** Files that steer Kustomize, printed anew from what was read: Kustomize sees these texts and not the files'. */
  readonly rewritten: ReadonlyMap<string, string>;
  /** Of the files, those that only helm reads. */
  readonly ofCharts: ReadonlySet<string>;
  /** Files and folders that it may read besides, because a part of it is not understood. */
  readonly unread: readonly string[];
  /** Folder → the files, and the addresses, that its kustomization names. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  /** Folder → the namespace that its kustomization sets, or null. */
  readonly namespaces: ReadonlyMap<string, string | null>;
  /** Charts that kustomizations install, and that are not in the repository. */
  readonly absentCharts: readonly AbsentChart[];
}

export interface AbsentChart {
  /** Of the kustomization. */
  readonly folder: string;
  readonly entry: ChartEntry;
}

/** A kustomization, and where and why it is refused. */
export type ReadKustomization = Omit<ParsedKustomization, 'problem'> & {
  readonly problem: FileProblem | null;
};

/** Files that steer Kustomize as values, each content read once. */
export class KustomizationReader {
  readonly #byHash = new Map<string, ParsedKustomization>();
  readonly #strictly = new Map<string, StrictReading>();

  read(tree: Tree, path: string): ReadKustomization {
    const entry = tree.entry(path);
    if (entry?.kind !== 'file')
      return {
        value: {},
        document: null,
        problem: { file: path, line: null, message: 'is not a regular file' },
      };
    let known = this.#byHash.get(entry.hash);
    if (!known) {
      known = parseKustomization(tree.read(path));
      this.#byHash.set(entry.hash, known);
    }
    return { ...known, problem: known.problem && { file: path, ...known.problem } };
  }

  /** The documents of another file that steers Kustomize. */
  documents(tree: Tree, path: string): StrictReading {
    const entry = tree.entry(path);
    const content = tree.read(path);
    if (entry?.kind !== 'file' || content === undefined)
      return { documents: [], problem: { line: null, message: 'cannot be read' } };
    let known = this.#strictly.get(entry.hash);
    if (!known) {
      known = readStrictly(content);
      this.#strictly.set(entry.hash, known);
    }
    return known;
  }
}
