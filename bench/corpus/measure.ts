import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { LocateResult } from '../../src/model/located.ts';
import { Asking } from './asking.ts';
import { askCommandLine, type CommandLine } from './command-line.ts';
import type { CorpusField } from './fields.ts';
import type { Declarer } from './folder-roots.ts';
import { Judge, type Task, type Verdict } from './judge.ts';
import { questionsAbout } from './questions.ts';
import type { ApiSchema } from './schema.ts';
import type { BuiltRoot, LeftOut } from './world.ts';

export interface CorpusOptions {
  /** Fields tried in each repository. */
  readonly limit: number;
  /** After so many seconds no further field is tried: some roots take the tool many seconds each. */
  readonly seconds: number;
  readonly seed: number;
  /** Of the located fields, how many are also asked of the command line. */
  readonly commandLine: number;
  /** Of the fields, how many are also asked without `--root`. */
  readonly anywhere: number;
  /** Whether a search for the value is judged too, which takes as long as the rest. */
  readonly naive: boolean;
  /** Roots of this renderer alone. */
  readonly only?: string | undefined;
  /** What the API server takes; null where nobody can ask it. */
  readonly schema: ApiSchema | null;
  readonly onProgress?: (line: string) => void;
}

export interface Anywhere {
  readonly verdict: Verdict;
  /** Another root has an object of the same name. */
  readonly isAmbiguous: boolean;
}

export interface CorpusCase {
  readonly repository: string;
  readonly renderer: BuiltRoot['root']['kind'];
  readonly by: Declarer;
  readonly root: string;
  readonly object: string;
  readonly field: CorpusField;
  readonly verdict: Verdict;
  /** Without `--root`; undefined where it was not asked. */
  readonly anywhere?: Anywhere;
  /** Null where the value is nowhere in the root's files; undefined where it was not tried. */
  readonly naive?: 'right' | 'wrong' | null;
  readonly diff: string;
  readonly milliseconds: number;
}

export interface CorpusResult {
  readonly repository: string;
  /** Roots that the plain tools build without a network. */
  readonly built: readonly { readonly by: Declarer; readonly kind: string }[];
  readonly leftOut: readonly LeftOut[];
  readonly fields: number;
  readonly cases: readonly CorpusCase[];
  readonly commandLine: CommandLine;
}

/** Tries a sample of the fields of one repository, and judges each answer by rendering with the plain tools. */
export async function measure(folder: string, options: CorpusOptions): Promise<CorpusResult> {
  const { copy, reader, world, tasks } = await questionsAbout(folder, options.seed, options.only);
  const cache = mkdtempSync(join(tmpdir(), 'faultline-corpus-cache-'));
  try {
    const repository = basename(resolve(folder));
    const sample = tasks.slice(0, options.limit);
    options.onProgress?.(
      `${repository}: ${world.built.size} roots, ${world.leftOut.length} left out, ${tasks.length} fields`,
    );
    const judge = new Judge(copy, reader, world, options.schema);
    const asking = await Asking.of(copy.path, cache);
    const cases: CorpusCase[] = [];
    const answers: { task: Task; result: LocateResult }[] = [];
    const end = performance.now() + options.seconds * 1000;
    const every = Math.max(1, Math.ceil(sample.length / Math.max(1, options.anywhere)));
    for (const [index, task] of sample.entries()) {
      if (performance.now() > end) break;
      const started = performance.now();
      const result = await asking.locate(task);
      const milliseconds = performance.now() - started;
      const verdict = await judge.verdict(task, result);
      answers.push({ task, result });
      cases.push({
        repository,
        renderer: task.built.root.kind,
        by: task.built.root.by,
        root: task.built.root.id,
        object: `${task.thing.kind}/${task.thing.namespace ?? task.built.root.namespace ?? ''}/${task.thing.name}`,
        field: task.field,
        verdict,
        ...(options.anywhere > 0 && index % every === 0
          ? { anywhere: await anywhere(asking, judge, task, { result, verdict }) }
          : {}),
        ...(options.naive ? { naive: await judge.naive(task) } : {}),
        diff: result.kind === 'located' ? result.diff : '',
        milliseconds,
      });
      if (index % 25 === 24) options.onProgress?.(`${repository}: ${index + 1} of ${sample.length}`);
    }
    return {
      repository,
      built: [...world.built.values()].map(({ root: { by, kind } }) => ({ by, kind })),
      leftOut: world.leftOut,
      fields: tasks.length,
      cases,
      commandLine: await askCommandLine(copy, answers, options.commandLine),
    };
  } finally {
    copy.remove();
    rmSync(cache, { recursive: true, force: true });
  }
}

async function anywhere(
  asking: Asking,
  judge: Judge,
  task: Task,
  rooted: { readonly result: LocateResult; readonly verdict: Verdict },
): Promise<Anywhere> {
  const result = await asking.locateAnywhere(task);
  const verdict = await judge.verdictAnywhere(task, result, rooted);
  return { verdict, isAmbiguous: judge.isAmbiguous(task) };
}
