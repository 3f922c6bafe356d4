import { Ask, type Answer, type Asking } from '../model/ask.ts';
import type { Foreseen, Foresight, Outlook } from '../model/foresight.ts';
import type { Need } from '../model/need.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import type { NamedForesight } from './foresights.ts';
import { outlookOf, type RootSides } from './outlook.ts';
import type { Side } from './side.ts';

/** What one check foresees in one root. */
export interface ForeseenBy extends Foreseen {
  readonly rule: string;
}

export interface Foreseeing {
  readonly foresights: readonly NamedForesight[];
  readonly before: Side;
  readonly after: Side;
  /** The ids of the roots that the change may render differently. */
  readonly touched: ReadonlySet<string>;
  readonly answer: (need: Need) => Promise<Answer>;
  readonly memoryFactor: number;
  /** Told of a check that broke: the others go on. */
  readonly onProblem: (rule: string, error: unknown) => void;
}

/** Questions that answers give rise to; more rounds are a bug of a check. */
const MOST_ROUNDS = 12;

/** What a change makes fail in one root: what was so before it is left out. */
export async function foreseeIn(root: RootSides, context: Foreseeing): Promise<readonly ForeseenBy[]> {
  const { before, after, touched } = context;
  const now = await settled(() => outlookOf(root, after, { side: before, touched }), context);
  if (now.length === 0) return [];
  const then = { ...root, objects: root.before, before: [] };
  const known = new Set((await wrongIn(then, context)).map(keyOf));
  return now.filter((one) => !known.has(keyOf(one)));
}

/** What was wrong in a root of the base all along. */
export async function wrongIn(root: RootSides, context: Foreseeing): Promise<readonly ForeseenBy[]> {
  return settled(() => outlookOf(root, context.before, null), context);
}

/** Runs the checks until they know all that can be known. */
async function settled(look: () => Outlook, context: Foreseeing): Promise<readonly ForeseenBy[]> {
  for (let round = 0; ; round += 1) {
    const found = await runAll(look(), context);
    const sides = await Promise.all([context.after.settle(), context.before.settle()]);
    if (!sides.includes(true) || round === MOST_ROUNDS) return found;
  }
}

async function runAll(outlook: Outlook, context: Foreseeing): Promise<readonly ForeseenBy[]> {
  const found = await Promise.all(
    context.foresights.map(async ({ id, foresight }) => {
      try {
        return (await run(foresight, outlook, context)).map((one) => {
          if (!(one.cause in foresight.causes)) throw new Error(`${id} does not list the cause ${one.cause}`);
          return { ...one, rule: id };
        });
      } catch (error) {
        context.onProblem(id, error);
        return [];
      }
    }),
  );
  return found.flat();
}

async function run(
  foresight: Foresight,
  outlook: Outlook,
  { answer, memoryFactor }: Foreseeing,
): Promise<readonly Foreseen[]> {
  const given = foresight.foresee(outlook, new Ask({ memoryFactor }));
  if (Array.isArray(given)) return given as readonly Foreseen[];
  const asking = given as Asking<readonly Foreseen[]>;
  let step = asking.next([]);
  for (let round = 0; !step.done; round += 1) {
    if (round === MOST_ROUNDS) throw new Error(`asked ${MOST_ROUNDS} times and came to no end`);
    step = asking.next(await Promise.all(step.value.map(answer)));
  }
  return step.value;
}

/** Equal for what is wrong in the same place, in whatever words. */
function keyOf({ rule, cause, object, field }: ForeseenBy): string {
  return JSON.stringify([rule, cause, object.kind, object.namespace, withoutHash(object.name), field]);
}
