import { basename, resolve } from 'node:path';
import { openRenderers } from '../src/renderers/open-renderers.ts';
import { openRepository } from '../src/git/open-repository.ts';
import { fieldOf } from '../src/kubernetes/field.ts';
import { printFieldPath, readablePath, type ConcretePath } from '../src/kubernetes/field-path.ts';
import { refOf, type KubernetesObject } from '../src/kubernetes/objects.ts';
import type { Match } from '../src/sources/find.ts';
import { History } from '../src/sources/history.ts';
import { Revision } from '../src/sources/revision.ts';
import { sampled, seeded } from './random.ts';
import { table } from './table.ts';

/*
 * Asks the past of real repositories: the values that a field has had in the rendered sense, and renames of an object.
 *
 *     node bench/history.ts [<git repository>…]
 */

const QUESTIONS = 6;

interface Question {
  readonly match: Match;
  readonly field: string;
}

/** Prints how long each repository's questions take, the first in a fresh process's state and the others after it. */
export async function benchHistory(folders: readonly string[]): Promise<void> {
  const rows: (readonly (string | number)[])[] = [];
  for (const folder of folders) {
    const repository = await openRepository(folder);
    if (!repository.head) continue;
    const started = performance.now();
    const renderers = openRenderers();
    const revision = await Revision.of(await repository.treeAt(repository.head.sha), renderers);
    const questions = await questionsIn(revision);
    const opened = performance.now() - started;
    const history = new History(repository, renderers);
    const times: number[] = [];
    let versions = 0;
    for (const { match, field } of questions) {
      const asked = performance.now();
      versions += (await history.fieldVersions(match, field))?.length ?? 0;
      times.push(performance.now() - asked);
    }
    const beforeRenames = performance.now();
    const [first] = questions;
    // Snapshots without all their large files cannot answer this.
    const renames = first
      ? await history.renames(refOf(first.match.rendered.object)).catch(() => null)
      : null;
    const sorted = times.toSorted((a, b) => a - b);
    rows.push([
      basename(resolve(folder)),
      `${(opened / 1000).toFixed(1)} s`,
      questions.length,
      versions,
      `${((sorted[sorted.length >> 1] ?? 0) / 1000).toFixed(2)} s`,
      `${((sorted.at(-1) ?? 0) / 1000).toFixed(2)} s`,
      `${((performance.now() - beforeRenames) / 1000).toFixed(2)} s`,
      renames?.length ?? '–',
    ]);
  }
  const head = ['repository', 'opened in', 'fields asked', 'values found', 'median', 'longest'];
  process.stdout.write(`${table([[...head, 'renames asked in', 'renames'], ...rows])}\n`);
}

async function questionsIn(revision: Revision): Promise<readonly Question[]> {
  const questions: Question[] = [];
  for (const root of revision.roots.all) {
    if (questions.length >= 200) break;
    const rendering = await revision.render(root);
    if (rendering.kind === 'failed') continue;
    for (const rendered of rendering.objects)
      for (const path of imagesIn(rendered.object))
        questions.push({
          match: { root, rendered },
          field: printFieldPath(readablePath(rendered.object, path)),
        });
  }
  return sampled(questions, QUESTIONS, ({ match }) => match.root.id, seeded(1));
}

/** Images of workloads, and the tags that releases give their charts. */
function imagesIn(object: KubernetesObject): readonly ConcretePath[] {
  const candidates: readonly ConcretePath[] = [
    ['spec', 'template', 'spec', 'containers', 0, 'image'],
    ['spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers', 0, 'image'],
    ['spec', 'values', 'image', 'tag'],
    ['spec', 'values', 'controllers', String(object.metadata.name), 'containers', 'app', 'image', 'tag'],
    ['spec', 'chart', 'spec', 'version'],
  ];
  return candidates.filter((path) => typeof fieldOf(object, printFieldPath(path))?.value === 'string');
}

if (process.argv[1] === import.meta.filename) await benchHistory(process.argv.slice(2));
