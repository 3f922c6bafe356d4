import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';

/** A program that builds kustomizations, as people call it. */
export interface PlainTool {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * A copy of a repository that edits are tried in, with what its roots render to. Written without anything of the product:
 * the whole copy is there for the tool, nothing is cached, nothing is worked out in advance.
 */
export class RepositoryCopy {
  readonly path: string;
  /** `helm`; null where there is none, and charts build nowhere. */
  readonly #helm: string | null;
  /** Regular files, sorted. */
  readonly files: readonly string[];
  readonly #tool: PlainTool;

  constructor(folder: string, tool: PlainTool, helm: string | null) {
    this.#helm = helm;
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'faultline-corpus-')));
    this.#tool = tool;
    const filter = (source: string): boolean => basename(source) !== '.git';
    cpSync(folder, this.path, { recursive: true, verbatimSymlinks: true, filter });
    // What lies behind a symlink to a folder is another name for files that are listed anyway.
    this.files = readdirSync(this.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && realpathSync(entry.parentPath) === entry.parentPath)
      .map((entry) => relative(this.path, join(entry.parentPath, entry.name)))
      .sort();
  }

  read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8');
  }

  /** Does something while some files have other contents. */
  async whileWritten<T>(files: ReadonlyMap<string, Buffer>, act: () => Promise<T>): Promise<T> {
    const before = [...files.keys()].map((file) => [file, readFileSync(join(this.path, file))] as const);
    for (const [file, content] of files) writeFileSync(join(this.path, file), content);
    try {
      return await act();
    } finally {
      for (const [file, content] of before) writeFileSync(join(this.path, file), content);
    }
  }

  /** YAML text of all that a root applies, or null when it does not build offline. */
  async render(root: CorpusRoot): Promise<string | null> {
    if (root.kind === 'plain') return root.files.map((file) => this.read(file)).join('\n---\n');
    if (root.kind === 'helm') return this.#template(root);
    try {
      const { stdout } = await promisify(execFile)(
        this.#tool.command,
        [...this.#tool.args, root.path, '--load-restrictor', 'LoadRestrictionsNone'],
        { cwd: this.path, timeout: 60_000, maxBuffer: 2 ** 28, env: OFFLINE },
      );
      return stdout;
    } catch {
      return null;
    }
  }

  /** `helm template` of the chart, with what its `file://` dependencies name put where Helm looks for them. */
  async #template({ path, release }: CorpusRoot): Promise<string | null> {
    if (this.#helm === null || release === undefined) return null;
    const added: string[] = [];
    try {
      for (const [, reference] of this.read(join(path, 'Chart.yaml')).matchAll(
        /repository:\s*"?file:\/\/([^\s"]+)/g,
      )) {
        const [from, to] = [
          join(this.path, path, reference!),
          join(this.path, path, 'charts', basename(reference!)),
        ];
        if (existsSync(to) || !existsSync(from)) continue;
        cpSync(from, to, { recursive: true });
        added.push(to);
      }
      const args = [
        'template',
        release,
        join(this.path, path),
        '--namespace',
        'default',
        '--kube-version',
        'v1.34.0',
      ];
      const options = { cwd: this.path, timeout: 60_000, maxBuffer: 2 ** 28, env: OFFLINE };
      const { stdout } = await promisify(execFile)(this.#helm, args, options);
      return stdout;
    } catch {
      return null;
    } finally {
      for (const folder of added) rmSync(folder, { recursive: true, force: true });
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

const OFFLINE = {
  PATH: '/nonexistent',
  HOME: '/nonexistent',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
};

export interface CorpusRoot {
  readonly kind: 'kustomize' | 'plain' | 'helm';
  readonly path: string;
  /** The name that a chart is rendered under. */
  readonly release?: string;
  /** What the root may read: every file that any text in its kustomizations could name. More than it does read, never less. */
  readonly files: readonly string[];
  /** The folders of kustomizations among them, its own included. */
  readonly folders: readonly string[];
}

const KUSTOMIZATION = /(^|\/)(kustomization\.ya?ml|Kustomization)$/;
const MANIFEST = /\.(ya?ml|json)$/;

/** Every kustomization that is no component, and every folder of manifests that no kustomization could name. */
export function rootsOf(copy: RepositoryCopy): readonly CorpusRoot[] {
  const known = new Set(copy.files);
  const kustomizations = new Map(
    copy.files
      .filter((file) => KUSTOMIZATION.test(file))
      .map((file) => [dirname(file), { file, text: copy.read(file) }] as const)
      .filter(
        ([, { text }]) =>
          !/^kind:\s*Component/m.test(text) && !/^apiVersion:\s*kustomize\.toolkit/m.test(text),
      ),
  );
  const components = new Map(
    copy.files
      .filter((file) => KUSTOMIZATION.test(file))
      .map((file) => [dirname(file), { file, text: copy.read(file) }] as const),
  );
  const kustomize = [...kustomizations.keys()].map((path): CorpusRoot => {
    const files = new Set<string>();
    const folders = new Set<string>();
    const visit = (folder: string): void => {
      const kustomization = components.get(folder);
      if (!kustomization || folders.has(folder)) return;
      folders.add(folder);
      files.add(kustomization.file);
      follow(folder, kustomization.text);
    };
    const follow = (folder: string, text: string): void => {
      for (const word of text.match(/[^\s"'=,{}[\]]+/g) ?? []) {
        const target = join(folder, word).replace(/\/$/, '');
        if (known.has(target) && !files.has(target)) {
          files.add(target);
          // The configuration of a transformer or generator may name files too.
          if (MANIFEST.test(target)) follow(folder, copy.read(target));
        } else if (target !== folder) visit(target);
      }
    };
    visit(path);
    return { kind: 'kustomize', path, files: [...files], folders: [...folders] };
  });
  const named = new Set(kustomize.flatMap(({ files }) => files));
  const charts = copy.files
    .filter((file) => basename(file) === 'Chart.yaml')
    .map((file) => `${dirname(file)}/`);
  const plain = new Map<string, string[]>();
  for (const file of copy.files) {
    const folder = dirname(file);
    if (!MANIFEST.test(file) || named.has(file) || components.has(folder)) continue;
    if (/(^|\/)\.|(^|\/)(testdata|vendor|node_modules)\//.test(file)) continue;
    if (charts.some((chart) => file.startsWith(chart)) || !/^"?\s*"?kind"?:/m.test(copy.read(file))) continue;
    plain.set(folder, [...(plain.get(folder) ?? []), file]);
  }
  return [
    ...kustomize,
    ...[...plain].map(([path, files]): CorpusRoot => ({ kind: 'plain', path, files, folders: [] })),
    ...chartsOf(copy),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Charts that are not part of another and no library: every second one under the name that helm gives, the others under their folder's. */
function chartsOf(copy: RepositoryCopy): readonly CorpusRoot[] {
  return copy.files
    .filter(
      (file) =>
        basename(file) === 'Chart.yaml' && !/(^|\/)(charts\/[^/]+\/charts|testdata|vendor)\//.test(file),
    )
    .filter((file) => !/^type:\s*library/m.test(copy.read(file)))
    .map((file, index): CorpusRoot => {
      const path = dirname(file);
      const named = [...copy.read(file).matchAll(/repository:\s*"?file:\/\/([^\s"]+)/g)].map(
        ([, reference]) => join(path, reference!),
      );
      const folders = [path, ...named];
      const files = copy.files.filter((one) =>
        folders.some((folder) => folder === '.' || one.startsWith(`${folder}/`)),
      );
      const own = basename(path === '.' ? copy.path : path).toLowerCase();
      return {
        kind: 'helm',
        path,
        files: valuesFirst(files),
        folders,
        release: index % 2 === 0 ? 'release-name' : own,
      };
    });
}

/** As somebody looks for a value: in the values, then in the templates. */
function valuesFirst(files: readonly string[]): readonly string[] {
  const rank = (file: string): number =>
    basename(file) === 'values.yaml' ? 0 : /\/templates\//.test(file) ? 1 : 2;
  return [...files].sort((a, b) => rank(a) - rank(b));
}
