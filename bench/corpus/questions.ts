import { findHelm, findKustomize } from '../../src/renderers/tools.ts';
import { seeded } from '../random.ts';
import { fieldsOf } from './fields.ts';
import { Folders } from './folder-roots.ts';
import type { Task } from './judge.ts';
import { PlainTools } from './plain-tools.ts';
import { idOf } from './rendered.ts';
import { RepositoryCopy } from './repository-copy.ts';
import { evenly } from './sample.ts';
import { mappingOfPairs, valuesPairsIn, type ValuesPair } from './values-pairs.ts';
import { WorldReader, type BuiltRoot, type World } from './world.ts';

/** A copy of a repository, all that the plain tools build of it, and the fields that can be asked for. */
export interface Questions {
  readonly copy: RepositoryCopy;
  readonly tools: PlainTools;
  readonly reader: WorldReader;
  readonly world: World;
  /** In an order whose every beginning is an even sample. */
  readonly tasks: readonly Task[];
}

/**
 * The questions about one repository; whoever asks them removes the copy.
 *
 * @param only roots of this renderer alone
 */
export async function questionsAbout(folder: string, seed: number, only?: string): Promise<Questions> {
  const kustomize = await findKustomize();
  if (!kustomize) throw new Error('the corpus needs kustomize (`npm run tools`)');
  const tools = new PlainTools(kustomize, await findHelm());
  let pairs: readonly ValuesPair[] = [];
  const copy = new RepositoryCopy(folder, (files, read) => {
    if (files.includes('.github/faultline.yml')) return new Map();
    pairs = valuesPairsIn(files, read);
    return new Map(pairs.length > 0 ? [['.github/faultline.yml', mappingOfPairs(pairs)]] : []);
  });
  try {
    const reader = new WorldReader(copy, tools, new Folders(copy), pairs);
    const world = await reader.read();
    const tasks = [...world.built.values()]
      .filter(({ root, isAside }) => !isAside && (only === undefined || root.kind === only))
      .flatMap((one) => tasksOf(one))
      .filter((task) => !isOfSeveralReleases(task, world));
    return { copy, tools, reader, world, tasks: evenly(tasks, LEVELS, seeded(seed)) };
  } catch (error) {
    copy.remove();
    throw error;
  }
}

/** Turns are taken between renderers and what declares, then between roots, then between kinds of fields. */
const LEVELS: readonly ((task: Task) => string)[] = [
  ({ built: { root } }) => `${root.kind} ${root.by}`,
  ({ built: { key } }) => key,
  ({ field }) => field.class,
];

/** A chart that names a namespace itself makes one object for every environment that the mapping gives it, and `--root` names the chart. */
function isOfSeveralReleases({ built, thing }: Task, world: World): boolean {
  if (built.root.by !== 'mapping' || thing.namespace === undefined) return false;
  return [...world.built.values()].some(
    ({ key, root, things }) =>
      key !== built.key &&
      root.by === 'mapping' &&
      root.path === built.root.path &&
      things.some((one) => idOf(one) === idOf(thing)),
  );
}

function tasksOf(built: BuiltRoot): readonly Task[] {
  const counts = new Map<string, number>();
  for (const thing of built.things) counts.set(idOf(thing), (counts.get(idOf(thing)) ?? 0) + 1);
  // An object that is written twice in one folder is nobody's to choose between.
  return built.things
    .filter((thing) => counts.get(idOf(thing)) === 1)
    .flatMap((thing) =>
      fieldsOf(thing, built.root.kind === 'helm').map((field) => ({ built, thing, field })),
    );
}
