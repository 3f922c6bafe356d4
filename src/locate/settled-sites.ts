import { difference } from '../edits/edit.ts';
import { positionAt } from '../edits/positions.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { Chosen } from './attempts.ts';
import { sitesOfField } from './candidates.ts';
import type { DesiredField } from './desired-fields.ts';
import type { Replacement } from './replacements.ts';

/**
 * Where edits that were found one on top of the other stand: what is replaced or removed, in the tree as it is; what is added, in the tree
 * with all of them.
 */
export async function settledSites(
  revision: Revision,
  match: Match,
  desired: readonly DesiredField[],
  steps: readonly Chosen[],
): Promise<readonly Replacement['site'][]> {
  return Promise.all(
    steps.map(async ({ site }, index) => {
      if (site.kind === 'add') return { ...site, line: site.line + linesAbove(site, index, steps) };
      const before = index === 0 ? [] : await sitesOfField(revision, match, desired[index]!.field);
      return before.find(({ file, path }) => file === site.file && path === site.path) ?? site;
    }),
  );
}

/** The lines that later edits of the file add above the site, less those that they take away. */
function linesAbove({ file, line }: Replacement['site'], index: number, steps: readonly Chosen[]): number {
  let added = 0;
  for (const [at, { files }] of steps.entries()) {
    const [before, after] = [steps[at - 1]?.files.get(file), files.get(file)].map(String);
    if (at <= index || before === after) continue;
    const { start } = difference(file, before!, after!);
    if (positionAt(before!, start).line < line + added) added += linesIn(after!) - linesIn(before!);
  }
  return added;
}

function linesIn(text: string): number {
  return text.split('\n').length;
}
