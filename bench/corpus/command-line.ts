import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { LocateResult } from '../../src/model/located.ts';
import type { Task } from './judge.ts';
import type { RepositoryCopy } from './repository-copy.ts';

/** Answers of the command line that differ from the answer in the process. */
export interface CommandLine {
  readonly asked: number;
  readonly different: readonly string[];
}

export const MAIN = resolve(import.meta.dirname, '../../src/main.ts');

/** Asks the real command line some of the same questions, with `--write`: the files must become the same bytes. */
export async function askCommandLine(
  copy: RepositoryCopy,
  answers: readonly { readonly task: Task; readonly result: LocateResult }[],
  count: number,
): Promise<CommandLine> {
  const asked = answers
    .filter((_, index) => index % Math.ceil(answers.length / count || 1) === 0)
    .slice(0, count);
  const different: string[] = [];
  for (const { task, result } of asked) {
    const { thing, field, built } = task;
    const files = result.kind === 'located' ? result.files : new Map<string, Buffer>();
    const before = new Map([...files.keys()].map((file) => [file, Buffer.from(copy.read(file))]));
    const args = [MAIN, ...argumentsOf(copy.path, task), '--write', '--output', 'json'];
    await copy.whileWritten(before, async () => {
      const answer = await promisify(execFile)(process.execPath, args, {
        maxBuffer: 2 ** 28,
      }).then(
        ({ stdout }) => JSON.parse(stdout) as { declined?: { reason: string } },
        (error: unknown) => ({ declined: { reason: String(error) } }),
      );
      const same =
        result.kind === 'declined'
          ? answer.declined !== undefined
          : answer.declined === undefined &&
            [...files].every(([file, content]) => copy.read(file) === String(content));
      if (!same) different.push(`${thing.kind}/${thing.name} ${field.text} in ${built.root.id}`);
    });
  }
  return { asked: asked.length, different };
}

/** What the command line is given to ask for one field. */
export function argumentsOf(repository: string, { thing, field, built }: Task): readonly string[] {
  const { namespace } = thing.namespace === undefined ? built.root : thing;
  const args = ['locate', '--repo', repository, '--object', `${thing.kind}/${thing.name}`];
  args.push('--api-version', thing.apiVersion, '--root', built.root.asked, '--field', field.text);
  args.push(...(namespace === undefined ? [] : ['-n', namespace]));
  return [...args, '--set', String(field.after)];
}
