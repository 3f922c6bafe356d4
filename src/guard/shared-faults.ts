import type { GuardFinding } from '../model/guard-report.ts';
import { wrongIn, type Foreseeing } from './foresee.ts';

/** Roots of the base that are asked whether a line was at fault in them already. */
const MOST_ASKED = 3;

/**
 * Findings of a new root without those at lines that the change leaves alone, and that are at fault in another root already: an overlay for
 * one more cluster is not to blame for the base that all of them share.
 *
 * @param files that the change touches
 */
export async function newFaults(
  findings: readonly GuardFinding[],
  files: readonly string[],
  context: Foreseeing,
): Promise<readonly GuardFinding[]> {
  const kept = await Promise.all(
    findings.map(
      async (one) =>
        one.site === null || files.includes(one.site.file) || !(await isOld(one, one.site.file, context)),
    ),
  );
  return findings.filter((_one, index) => kept[index]);
}

async function isOld(finding: GuardFinding, file: string, context: Foreseeing): Promise<boolean> {
  const { before } = context;
  const among = new Set(before.roots.map(({ id }) => id));
  const readers = (await before.revision.readersOf(file)).filter(({ id }) => among.has(id));
  for (const root of readers.slice(0, MOST_ASKED)) {
    const objects = await before.planned(root);
    if (objects === null) continue;
    const sides = { id: root.id, objects, before: [], cluster: null };
    if ((await wrongIn(sides, context)).some((one) => isSame(one, finding))) return true;
  }
  return false;
}

/** The same fault, under whichever name and in whichever namespace the root puts it. */
function isSame(
  one: Pick<GuardFinding, 'rule' | 'cause' | 'object' | 'field'>,
  other: Pick<GuardFinding, 'rule' | 'cause' | 'object' | 'field'>,
): boolean {
  return (
    one.rule === other.rule &&
    one.cause === other.cause &&
    one.field === other.field &&
    one.object?.kind === other.object?.kind
  );
}
