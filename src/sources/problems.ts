import { repeatedKeysIn } from '../renderers/helm-values.ts';
import type { FileProblem } from '../renderers/rendering.ts';
import type { Revision } from './revision.ts';
import { filesOf, type HelmRoot, type Root } from './roots.ts';

/**
 * What could not be read in the repository: entries whose names lead outside, what exceeds a budget, unreadable manifests, links that lead nowhere, kustomizations that name files
 * which are not there; and keys of Helm values that stand twice, of which only the last counts. Nothing is rendered for it but what declares roots.
 */
export async function repositoryProblems(revision: Revision): Promise<readonly FileProblem[]> {
  const problems = new Map<string, FileProblem>();
  for (const { path, message } of revision.tree.problems ?? [])
    problems.set(path, { file: path, line: null, message: `${message}, and is set aside` });
  for (const problem of revision.overBudget()) problems.set(JSON.stringify(problem), problem);
  const repeated = repeatedKeys(revision, [...revision.roots.all, ...(await revision.allRoots())]);
  for (const root of revision.roots.all) {
    const found =
      root.kind === 'plain'
        ? [...filesOf(root)]
            .filter((file) => !repeated.has(file))
            .flatMap((file) => revision.manifests(file).problem ?? [])
        : root.closure.problems;
    for (const problem of found) problems.set(JSON.stringify(problem), problem);
  }
  for (const problem of [...repeated.values()].flat()) problems.set(JSON.stringify(problem), problem);
  return [...problems.values()];
}

/** Values files with a key twice: Helm reads them, so that they are no unreadable manifests. */
function repeatedKeys(
  revision: Revision,
  roots: readonly Root[],
): ReadonlyMap<string, readonly FileProblem[]> {
  const files = new Set(roots.flatMap((root) => (root.kind === 'helm' ? valuesFiles(root) : [])));
  const found = [...files].flatMap((file) => {
    const content = revision.tree.read(file);
    const repeated = content ? repeatedKeysIn(content) : [];
    if (repeated.length === 0) return [];
    const problems = repeated.map(({ key, lines }): FileProblem => {
      const others = lines.slice(0, -1).map((line) => `${file}:${line}`);
      return {
        file,
        line: lines.at(-1)!,
        message: `sets ${key} again: Helm takes only this one, and ${others.join(' and ')} ${others.length > 1 ? 'have' : 'has'} no effect`,
      };
    });
    return [[file, problems] as const];
  });
  return new Map(found);
}

function valuesFiles({ closure, values }: HelmRoot): readonly string[] {
  const own = [...closure.files].flatMap(([file, role]) => (role === 'values' ? [file] : []));
  return [...own, ...values.flatMap((input) => (input.kind === 'file' ? [input.path] : []))];
}
