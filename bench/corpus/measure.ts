import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { locate } from '../../src/locate/locate.ts';
import type { LocateResult } from '../../src/locate/located.ts';
import { RenderCache } from '../../src/renderers/cache.ts';
import { HelmRenderer } from '../../src/renderers/helm.ts';
import { KustomizationReader } from '../../src/renderers/kustomization.ts';
import { KustomizeRenderer } from '../../src/renderers/kustomize.ts';
import { ManifestReader } from '../../src/renderers/manifests.ts';
import { findHelm, findKustomize, type KustomizeTool } from '../../src/renderers/tools.ts';
import { Revision } from '../../src/sources/revision.ts';
import { folderTree } from '../../src/tree/folder.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { sampled, seeded } from '../random.ts';
import { fieldsOf, type CorpusField } from './fields.ts';
import { idOf, strayBeside, strayIn, thingsIn, type RenderedThing } from './rendered.ts';
import { RepositoryCopy, rootsOf, type CorpusRoot } from './repository-copy.ts';

export interface CorpusOptions {
  /** Fields tried in each repository. */
  readonly limit: number;
  /** After so many seconds no further field is tried: some roots take the tool many seconds each. */
  readonly seconds: number;
  readonly seed: number;
  /** Of the located fields, how many are also asked of the command line. */
  readonly commandLine: number;
  /** Roots of this renderer alone. */
  readonly only?: string | undefined;
  readonly onProgress?: (line: string) => void;
}

export type Verdict =
  | { readonly kind: 'right' }
  | { readonly kind: 'declined'; readonly code: string; readonly reason: string }
  | { readonly kind: 'wrong'; readonly reason: string };

export interface CorpusCase {
  readonly repository: string;
  readonly renderer: CorpusRoot['kind'];
  readonly root: string;
  readonly object: string;
  readonly field: CorpusField;
  readonly verdict: Verdict;
  /** Null where the value is nowhere in the root's files. */
  readonly naive: 'right' | 'wrong' | null;
  readonly diff: string;
  readonly milliseconds: number;
}

export interface CorpusResult {
  readonly repository: string;
  readonly roots: number;
  /** Of these, how many the plain tool builds without a network. */
  readonly built: number;
  readonly fields: number;
  readonly cases: readonly CorpusCase[];
  /** Answers of the command line that differ from the answer in the process. */
  readonly commandLine: { readonly asked: number; readonly different: readonly string[] };
}

interface Built {
  readonly root: CorpusRoot;
  readonly text: string;
}

interface Task {
  readonly built: Built;
  readonly thing: RenderedThing;
  readonly field: CorpusField;
}

/** Tries a sample of the fields of one repository, and judges each answer by rendering with the plain tool. */
export async function measure(folder: string, options: CorpusOptions): Promise<CorpusResult> {
  const tool = await findKustomize();
  if (!tool) throw new Error('the corpus needs kustomize (`npm run tools`)');
  const helm = await findHelm();
  const copy = new RepositoryCopy(folder, tool, helm?.command ?? null);
  const cache = mkdtempSync(join(tmpdir(), 'faultline-corpus-cache-'));
  try {
    const repository = basename(resolve(folder));
    const roots = rootsOf(copy).filter(({ kind }) => options.only === undefined || kind === options.only);
    const built = await build(copy, roots);
    const tasks = built.flatMap((one) => tasksOf(one));
    const random = seeded(options.seed);
    // Root by root, since one marked render answers for all fields of a root; roots in any order, since time may run out.
    const sample = Map.groupBy(
      sampled(tasks, options.limit, ({ field }) => field.class, random),
      ({ built: { root } }) => root.path,
    );
    const chosen = [...sample.values()].flat();
    options.onProgress?.(
      `${repository}: ${built.length} of ${roots.length} roots build, ${tasks.length} fields`,
    );
    const judge = new Judge(copy, built);
    const cases: CorpusCase[] = [];
    const answers: { task: Task; result: LocateResult }[] = [];
    const tree = await folderTree(copy.path);
    let asking: Asking | undefined;
    const end = performance.now() + options.seconds * 1000;
    for (const [index, task] of chosen.entries()) {
      if (performance.now() > end) break;
      if (asking?.root !== task.built.root.path) asking = await Asking.of(tree, task.built.root, tool, cache);
      const started = performance.now();
      const result = await asking.locate(task);
      const milliseconds = performance.now() - started;
      answers.push({ task, result });
      cases.push({
        repository,
        renderer: task.built.root.kind,
        root: task.built.root.path,
        object: `${task.thing.kind}/${task.thing.name}`,
        field: task.field,
        verdict: await judge.verdict(task, result),
        naive: await judge.naive(task),
        diff: result.kind === 'located' ? result.diff : '',
        milliseconds,
      });
      if (index % 25 === 24) options.onProgress?.(`${repository}: ${index + 1} of ${chosen.length}`);
    }
    const commandLine = await askCommandLine(copy, answers, options.commandLine);
    return { repository, roots: roots.length, built: built.length, fields: tasks.length, cases, commandLine };
  } finally {
    copy.remove();
    rmSync(cache, { recursive: true, force: true });
  }
}

async function build(copy: RepositoryCopy, roots: readonly CorpusRoot[]): Promise<readonly Built[]> {
  const built: Built[] = [];
  await inPairs(roots, async (root) => {
    const text = await copy.render(root);
    if (text === null || thingsIn(text) === null) return;
    // A chart that makes up values renders otherwise each time: what changed cannot be told by comparing.
    if (root.kind !== 'helm' || (await copy.render(root)) === text) built.push({ root, text });
  });
  return built.sort((a, b) => (a.root.path < b.root.path ? -1 : 1));
}

async function inPairs<T>(list: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = list.values();
  await Promise.all(
    [0, 1].map(async () => {
      for (const item of left) await act(item);
    }),
  );
}

function tasksOf(built: Built): readonly Task[] {
  const things = thingsIn(built.text)!;
  const counts = new Map<string, number>();
  for (const thing of things) counts.set(idOf(thing), (counts.get(idOf(thing)) ?? 0) + 1);
  // An object that is written twice in one folder is nobody's to choose between.
  return things
    .filter((thing) => counts.get(idOf(thing)) === 1)
    .flatMap((thing) => fieldsOf(thing).map((field) => ({ built, thing, field })));
}

/** The product, opened for questions about one root. Its renders are kept on disk, as they are between two runs of the program. */
class Asking {
  readonly root: string;
  readonly #revision: Revision;

  private constructor(root: string, revision: Revision) {
    this.root = root;
    this.#revision = revision;
  }

  static async of(tree: Tree, root: CorpusRoot, tool: KustomizeTool, cache: string): Promise<Asking> {
    const revision = await Revision.of(tree, {
      kustomize: new KustomizeRenderer(async () => tool, new RenderCache({ folder: cache, parallel: 2 })),
      helm: new HelmRenderer(findHelm, new RenderCache({ folder: cache, parallel: 2 })),
      kustomizations: new KustomizationReader(),
      manifests: new ManifestReader(),
    });
    return new Asking(root.path, revision);
  }

  async locate({ thing, field }: Task): Promise<LocateResult> {
    const { apiVersion, kind, namespace, name } = thing;
    const roots = this.#revision.roots.allAt(this.root);
    if (roots.length === 0) throw new Error(`${this.root} is no root`);
    const wanted = { apiVersion, kind, namespace, name };
    return locate(this.#revision, {
      target: { wanted, live: null, roots },
      fields: [{ field: field.text, after: field.after }],
    });
  }
}

/** Renders with the plain tool whatever could have changed, and says whether it changed as it should. */
class Judge {
  readonly #copy: RepositoryCopy;
  readonly #built: readonly Built[];

  constructor(copy: RepositoryCopy, built: readonly Built[]) {
    this.#copy = copy;
    this.#built = built;
  }

  async verdict(task: Task, result: LocateResult): Promise<Verdict> {
    if (result.kind === 'declined') return { kind: 'declined', code: result.code, reason: result.reason };
    const reason = await this.#whatIsWrong(task, result.files);
    return reason === null ? { kind: 'right' } : { kind: 'wrong', reason };
  }

  /** What a search for the value would have done: the first place in the root's files that shows it. */
  async naive(task: Task): Promise<'right' | 'wrong' | null> {
    const { before, after } = task.field;
    if (before === undefined || before === '') return null;
    const file = task.built.root.files.find((one) => this.#copy.read(one).includes(String(before)));
    if (file === undefined) return null;
    const text = this.#copy.read(file).replace(String(before), () => String(after));
    return (await this.#whatIsWrong(task, new Map([[file, Buffer.from(text)]]))) === null ? 'right' : 'wrong';
  }

  async #whatIsWrong(
    { built, thing, field }: Task,
    files: ReadonlyMap<string, Buffer>,
  ): Promise<string | null> {
    const asked = built.root;
    const touched = this.#built.filter(
      ({ root }) => root === asked || root.files.some((file) => files.has(file)),
    );
    return this.#copy.whileWritten(files, async () => {
      const wrong: string[] = [];
      await inPairs(touched, async ({ root, text: before }) => {
        const after = await this.#copy.render(root);
        const isAsked = root === asked;
        // What the root is built from is part of it, and what is built from it shows its change.
        const related = root.folders.includes(asked.path) || asked.folders.includes(root.path);
        const stray =
          after === null
            ? 'does not build any more'
            : isAsked
              ? strayIn(before, after, { thing, path: field.path, after: field.after })
              : related
                ? strayBeside(before, after, field.path)
                : strayIn(before, after, null);
        if (stray !== null) wrong.push(`${root.path}: ${stray}`);
      });
      return wrong.length === 0 ? null : wrong.join('; ');
    });
  }
}

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');

/** Asks the real command line some of the same questions, with `--write`: the files must become the same bytes. */
async function askCommandLine(
  copy: RepositoryCopy,
  answers: readonly { task: Task; result: LocateResult }[],
  count: number,
): Promise<CorpusResult['commandLine']> {
  const asked = answers
    .filter((_, index) => index % Math.ceil(answers.length / count || 1) === 0)
    .slice(0, count);
  const different: string[] = [];
  for (const { task, result } of asked) {
    const { thing, field, built } = task;
    const files = result.kind === 'located' ? result.files : new Map<string, Buffer>();
    const before = new Map([...files.keys()].map((file) => [file, Buffer.from(copy.read(file))]));
    const args = ['locate', '--repo', copy.path, '--object', `${thing.kind}/${thing.name}`];
    args.push('--api-version', thing.apiVersion, '--root', built.root.path, '--field', field.text);
    args.push(...(thing.namespace === undefined ? [] : ['-n', thing.namespace]));
    args.push('--set', String(field.after), '--write', '--output', 'json');
    await copy.whileWritten(before, async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], { maxBuffer: 2 ** 28 });
      const { declined } = JSON.parse(stdout) as { declined?: { code?: string; reason: string } };
      const same =
        result.kind === 'declined'
          ? declined !== undefined
          : declined === undefined &&
            [...files].every(([file, content]) => copy.read(file) === String(content));
      if (!same) different.push(`${thing.kind}/${thing.name} ${field.text} in ${built.root.path}`);
    });
  }
  return { asked: asked.length, different };
}
