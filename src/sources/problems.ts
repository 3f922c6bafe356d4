import type { FileProblem } from '../renderers/rendering.ts';
import type { Revision } from './revision.ts';
import { filesOf } from './roots.ts';

/**
 * What could not be read in the repository: entries whose names lead outside, what exceeds a budget, unreadable manifests, links that lead nowhere, kustomizations that name files
 * which are not there. Nothing is rendered for it.
 */
export function repositoryProblems(revision: Revision): readonly FileProblem[] {
  const problems = new Map<string, FileProblem>();
  for (const { path, message } of revision.tree.problems ?? [])
    problems.set(path, { file: path, line: null, message: `${message}, and is set aside` });
  for (const problem of revision.overBudget()) problems.set(JSON.stringify(problem), problem);
  for (const root of revision.roots.all) {
    const found =
      root.kind === 'plain'
        ? [...filesOf(root)].flatMap((file) => revision.manifests(file).problem ?? [])
        : root.closure.problems;
    for (const problem of found) problems.set(JSON.stringify(problem), problem);
  }
  return [...problems.values()];
}
