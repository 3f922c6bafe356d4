import { isRecord, type Json } from '../kubernetes/objects.ts';
import {
  kustomizationIn,
  type FileRole,
  type Closure,
  KustomizationReader,
  type AbsentChart,
} from './kustomization.ts';
import { stringsIn, isFolder, realPath, namedPaths, resolvePath } from './tree-paths.ts';
import { isRemote, isInlinePatch, looksRemote, isDownload } from './references.ts';
import { isDisguised } from './kustomization-fields.ts';
import type { FileProblem } from './rendering.ts';
import { ChartSteps } from './chart-steps.ts';
import type { Tree } from '../tree/tree.ts';
import { jsonText } from './as-json.ts';

/** How Kustomize finds what a string names: as a file or an address, or else as a folder or something to clone. */
type Reach = 'file' | 'any';

export type Extent = 'all' | 'what is here';

/** Reads the kustomization of a folder into the record, and all that it names. */
type Visit = (record: ClosureRecord, folder: string, from: string) => void;

/** What is known of one closure while its kustomizations are read. */
export class ClosureRecord {
  readonly tree: Tree;
  readonly root: string;
  readonly kustomizations: KustomizationReader;
  readonly files = new Map<string, FileRole>();
  readonly links = new Map<string, string>();
  readonly folders: string[] = [];
  readonly includes = new Map<string, string[]>();
  readonly remote: string[] = [];
  readonly problems: FileProblem[] = [];
  readonly unsupported: string[] = [];
  readonly rewritten = new Map<string, string>();
  readonly unread = new Set<string>();
  /** What Kustomize reads itself, and of that what it takes as bytes. */
  readonly read = new Set<string>();
  readonly contents = new Set<string>();
  readonly pluginFolders = new Set<string>();
  readonly namespaces = new Map<string, string | null>();
  readonly named = new Map<string, string[]>();
  readonly absentCharts: AbsentChart[] = [];
  readonly steps = new ChartSteps();
  readonly extent: Extent;
  readonly visit: Visit;
  readonly leftOut: string[] = [];
  crossesFolders = false;

  constructor(tree: Tree, root: string, kustomizations: KustomizationReader, extent: Extent, visit: Visit) {
    this.tree = tree;
    this.root = root;
    this.kustomizations = kustomizations;
    this.extent = extent;
    this.visit = visit;
  }

  /** The closure of the root, once everything that it includes was visited. */
  result(top: string): Closure {
    const root = this.root;
    const { steps, ambiguous } = this.steps.inNamespaces(top, this.includes, this.namespaces);
    if (ambiguous !== null)
      this.unsupported.push(`a chart of ${ambiguous}, which is included under several namespaces,`);
    const origins = this.folders.find((folder) => this.tellsOrigins(folder));
    if (steps.length > 0 && origins !== undefined)
      this.unsupported.push(`buildMetadata in ${origins}, which would tell of a chart where it is from,`);
    const taken = steps.find(({ at }) => isFolder(this.tree, at));
    if (taken) this.unsupported.push(`${taken.at}, whose name is that of a chart that is built in,`);
    const both = [...this.contents].find((path) => this.rewritten.has(path));
    if (both !== undefined)
      this.unsupported.push(`${both}, which steers the build and is content of a generator too,`);
    return {
      root,
      files: this.files,
      links: this.links,
      folders: this.folders,
      includes: this.includes,
      remote: this.remote,
      leftOut: this.leftOut,
      problems: this.problems,
      unsupported: this.unsupported,
      crossesFolders: this.crossesFolders || steps.some(({ generators }) => generators.length > 0),
      charts: steps,
      rewritten: this.rewritten,
      ofCharts: new Set([...this.files.keys()].filter((path) => !this.read.has(path))),
      unread: [...this.unread],
      named: this.named,
      namespaces: this.namespaces,
      absentCharts: this.absentCharts,
    };
  }

  tellsOrigins(folder: string): boolean {
    const file = kustomizationIn(this.tree, folder);
    const value = file === undefined ? {} : this.kustomizations.read(this.tree, file).value;
    return listOf(value['buildMetadata']).some((option) => option !== 'managedByLabel');
  }

  add(path: string, role: FileRole): void {
    if (!this.files.has(path)) this.files.set(path, role);
  }

  names(folder: string, path: string): void {
    this.named.get(folder)!.push(path);
  }

  report(file: string, message: string, line: number | null = null): void {
    this.problems.push({ file, line, message });
  }

  /** From here on, what lies below the folder and what these texts name counts as read. */
  isNotUnderstood(folder: string, texts: Iterable<string>): void {
    this.unread.add(folder);
    for (const path of namedPaths(this.tree, folder, texts)) this.unread.add(path);
  }

  /** The path that is read, or null for anything else than a file. */
  follow(
    folder: string,
    from: string,
    reference: unknown,
    role: FileRole,
    reach: Reach = 'file',
  ): string | null {
    if (typeof reference !== 'string' || reference === '') return null;
    if (
      isDownload(reference) ||
      (reach === 'any' && isRemote(reference)) ||
      /^[a-z][a-z0-9+.-]*:\/\//i.test(reference)
    ) {
      this.remote.push(reference);
      this.names(folder, reference);
      return null;
    }
    const named = resolvePath(folder, reference);
    const path = named === null ? null : realPath(this.tree, named, this.links);
    if (path !== null && this.tree.entry(path)?.kind === 'file') {
      this.add(path, role);
      this.names(folder, path);
      if (role !== 'values') this.read.add(path);
      if (role === 'content' || role === 'env') this.contents.add(path);
      if (folder !== '.' && !path.startsWith(`${folder}/`)) this.crossesFolders = true;
      return path;
    }
    if (path !== null && isFolder(this.tree, path)) {
      if (reach === 'any' && role === 'objects') {
        this.includes.get(folder)!.push(path);
        this.visit(this, path, from);
      } else this.report(from, `${reference} is a folder`);
    } else if (looksRemote(reference)) {
      this.remote.push(reference);
      this.names(folder, reference);
    } else {
      const reason =
        named === null
          ? 'lies outside the repository'
          : path === null
            ? 'is behind a symlink that leads out of the repository, or nowhere'
            : 'does not exist';
      this.report(from, `${reference} ${reason}`);
    }
    return null;
  }

  /** Moves what was found to be remote since there were so many of it; false where there is none, or all is built. */
  leaveOut(folder: string, known: number): boolean {
    if (this.extent === 'all' || this.remote.length === known) return false;
    const taken = this.remote.splice(known);
    this.leftOut.push(...taken);
    const named = this.named.get(folder);
    if (named)
      this.named.set(
        folder,
        named.filter((path) => !taken.includes(path)),
      );
    return true;
  }

  /** Go reads keys in any case. What is written so that only Go sees a file in it is refused. */
  refuseDisguised(folder: string, value: unknown, file: string): void {
    const disguised = isRecord(value) && Object.keys(value).find((key) => isDisguised(key));
    if (!disguised) return;
    this.report(file, `${disguised} is not how this field is written`);
    this.isNotUnderstood(folder, stringsIn(value));
  }

  /** A file that Kustomize reads as one value. */
  followConfiguration(folder: string, from: string, reference: unknown, isOfMany = false): void {
    const path = this.follow(folder, from, reference, 'configuration');
    if (path === null) return;
    const { documents, problem } = this.kustomizations.documents(this.tree, path);
    const [first, second] = documents;
    if (problem) this.report(path, problem.message, problem.line);
    else if (second && !isOfMany) this.report(path, 'has more than one document', second.lineOf([]));
    else this.rewritten.set(path, first === undefined ? '' : jsonText(first.value));
  }

  followGenerator(folder: string, file: string, generator: unknown): void {
    for (const item of listOf(fieldOf(generator, 'files'))) {
      const text = String(item);
      this.follow(folder, file, text.slice(text.indexOf('=') + 1), 'content');
    }
    for (const item of [...listOf(fieldOf(generator, 'envs')), ...listOf(fieldOf(generator, 'env'))])
      this.follow(folder, file, item, 'env');
  }

  followPatch(folder: string, from: string, entry: unknown, line: number | null): void {
    if (typeof entry !== 'string') return;
    const inline = isInlinePatch(entry);
    if (inline === false) this.follow(folder, from, entry, 'objects');
    else if (inline !== true) {
      this.report(from, `an entry of patchesStrategicMerge ${inline.why}`, line);
      this.isNotUnderstood(folder, [entry]);
    }
  }
}

export function listOf(value: unknown): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  return value === undefined || value === null ? [] : [value as Json];
}

export function fieldOf(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}
