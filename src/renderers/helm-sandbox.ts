import { createHash } from 'node:crypto';
import type { ClusterVersions } from '../kubernetes/cluster-versions.ts';
import { isRecord, type Json, recordsOf } from '../kubernetes/objects.ts';
import { contentHash, type Tree } from '../tree/tree.ts';
import { jsonText } from './as-json.ts';
import { isPackage, repacked } from './chart-archive.ts';
import { handedIn } from './chart-files.ts';
import type { ChartClosure } from './chart.ts';
import { disputedBytes, type TextProblem } from './disputed.ts';
import type { HelmTool } from './tools.ts';

export interface HelmCall {
  /** What the rendering is called: a chart can be installed several times. */
  readonly id: string;
  readonly closure: ChartClosure;
  readonly release: { readonly name: string; readonly namespace: string };
  /** Lowest precedence first. Helm lets every `set` win over every file and inline value, wherever it stands. */
  readonly values: readonly HelmValues[];
  /** To see what values do: without the charts' values.schema.json, and not for long. */
  readonly isTrial?: boolean;
  /** What else `helm template` is told. */
  readonly flags?: HelmFlags;
  /** The cluster that the chart is installed in, as far as it is known; `flags` win. */
  readonly cluster?: ClusterVersions;
}

/** Versions in the form that helm takes them, checked by whoever read them. */
export interface HelmFlags {
  readonly includeCRDs: boolean;
  readonly skipHooks: boolean;
  readonly skipTests: boolean;
  /** Null: the cluster's, or the one that charts are rendered for otherwise. */
  readonly kubeVersion: string | null;
  /** None: the cluster's. */
  readonly apiVersions: readonly string[];
}

export type HelmValues =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'inline'; readonly values: Readonly<Record<string, Json>> }
  | {
      /** `--set name=value`, or `--set-string`, in Helm's own notation. */
      readonly kind: 'set';
      readonly name: string;
      readonly value: string;
      readonly asString: boolean;
    };

/** The repository's files in the sandbox; values lie beside them, so that no chart can read those it is not given. */
export const REPOSITORY = 'repository';

/** Values by their place in the call. */
export const VALUES = /\bvalues\/(\d+)\.yaml\b/g;

/** What charts are rendered for where no cluster is known: every build of helm claims another version, and old ones refuse charts. */
const KUBERNETES = 'v1.34.0';

export interface Content {
  readonly bytes: Buffer;
  readonly hash: string;
}

/** Everything that Helm gets to see, and how it is called there. */
export async function sandboxOf(
  tree: Tree,
  call: HelmCall,
  pulled: ReadonlyMap<string, Buffer>,
): Promise<
  | { readonly files: ReadonlyMap<string, Content>; readonly args: readonly string[] }
  | { readonly unreadable: string }
> {
  const { closure, values, isTrial } = call;
  const valuesFiles = values.flatMap((each) => (each.kind === 'file' ? [each.path] : []));
  const sources = new Map(valuesFiles.map((path) => [path, regularFile(tree, path)]));
  await tree.load([...closure.files.keys(), ...[...sources.values()].filter((path) => path !== null)]);
  const files = new Map<string, Content>();

  /** Null, or why the file is refused. */
  const add = (at: string, path: string, handed: (bytes: Buffer) => Buffer | TextProblem): string | null => {
    const entry = tree.entry(path);
    const bytes = tree.read(path);
    if (entry?.kind !== 'file' || bytes === undefined) return `${path} cannot be read`;
    const content = handed(bytes);
    if ('message' in content)
      return `${path}${content.line === null ? '' : `:${content.line}`}: ${content.message}`;
    files.set(at, { bytes: content, hash: content === bytes ? entry.hash : contentHash(content) });
    return null;
  };

  for (const [at, path] of closure.placed) {
    if (isTrial && /(^|\/)values\.schema\.json$/.test(at)) continue;
    const within = closure.root === '.' ? at : at.slice(closure.root.length + 1);
    const refused = add(`${REPOSITORY}/${at}`, path, (bytes) =>
      isPackage(within) ? packageOf(bytes) : withoutLeftOut(closure, within, handedIn(within, bytes)),
    );
    if (refused !== null) return { unreadable: refused };
  }
  for (const [at, archive] of pulled) {
    const bytes = repacked(archive);
    if (typeof bytes === 'string') return { unreadable: `${at}: ${bytes}` };
    files.set(`${REPOSITORY}/${at}`, { bytes, hash: contentHash(archive) });
  }
  const options: string[] = [];
  for (const [index, each] of values.entries()) {
    if (each.kind === 'set') {
      options.push(`${each.asString ? '--set-string' : '--set'}=${each.name}=${each.value}`);
      continue;
    }
    // Helm takes a list of files apart at commas, and what it calls a file may be an address: none of its names are a repository's.
    const at = `values/${index}.yaml`;
    if (each.kind === 'inline') {
      const bytes = Buffer.from(jsonText(each.values));
      files.set(at, { bytes, hash: bytes.toString() });
    } else {
      const path = sources.get(each.path);
      if (path === null || path === undefined)
        return { unreadable: `${each.path} is not a file of the repository` };
      const refused = add(at, path, (bytes) => disputedBytes(bytes) ?? bytes);
      if (refused !== null) return { unreadable: refused };
    }
    options.push(`--values=${at}`);
  }
  return { files, args: argumentsOf(call, options) };
}

/** How `helm template` is called, with `options` for the values. */
function argumentsOf(
  { closure, release, flags, cluster }: HelmCall,
  options: readonly string[],
): readonly string[] {
  const apiVersions = flags && flags.apiVersions.length > 0 ? flags.apiVersions : (cluster?.api ?? []);
  return [
    'template',
    `--kube-version=${flags?.kubeVersion ?? cluster?.kubernetes ?? KUBERNETES}`,
    `--namespace=${release.namespace}`,
    ...apiVersions.map((version) => `--api-versions=${version}`),
    ...(flags?.includeCRDs ? ['--include-crds'] : []),
    ...(flags?.skipTests ? ['--skip-tests'] : []),
    ...(flags?.skipHooks ? ['--no-hooks'] : []),
    ...options,
    '--',
    release.name,
    `${REPOSITORY}/${closure.root}`,
  ];
}

/** Helm renders no chart that lacks a dependency which it names. */
function withoutLeftOut(
  { leftOut }: ChartClosure,
  within: string,
  handed: Buffer | TextProblem,
): Buffer | TextProblem {
  if (leftOut.length === 0 || 'message' in handed || !/(^|\/)(Chart|requirements)\.yaml$/.test(within))
    return handed;
  const value: unknown = JSON.parse(handed.toString());
  if (!isRecord(value) || !Array.isArray(value['dependencies'])) return handed;
  const dependencies = recordsOf(value['dependencies']).filter(
    ({ name, repository = '' }) =>
      !leftOut.some((chart) => chart.name === name && chart.repository === repository),
  );
  return Buffer.from(JSON.stringify({ ...value, dependencies }));
}

function packageOf(bytes: Buffer): Buffer | TextProblem {
  const packed = repacked(bytes);
  return typeof packed === 'string' ? { line: null, message: packed } : packed;
}

/** Where a path of the repository ends, symlinks followed within it. */
function regularFile(tree: Tree, path: string): string | null {
  const entry = tree.entry(path);
  if (entry?.kind === 'symlink')
    return entry.target !== null && tree.entry(entry.target)?.kind === 'file' ? entry.target : null;
  return entry?.kind === 'file' ? path : null;
}

export function keyOf(tool: HelmTool, files: ReadonlyMap<string, Content>, args: readonly string[]): string {
  const key = createHash('sha256').update(JSON.stringify(['helm', tool.version, args]));
  for (const [at, { hash }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    key.update(JSON.stringify([at, hash]));
  return key.digest('hex');
}

/** The packaged subchart whose template that is, or whose own subchart's. */
export function archiveOf(source: string, { parts: [top], archives }: ChartClosure): string | undefined {
  const isBelow = (prefix: readonly string[]): boolean =>
    source.startsWith(`${[top?.name, ...prefix].join('/charts/')}/`);
  return archives.find(({ prefix }) => isBelow(prefix))?.file;
}
