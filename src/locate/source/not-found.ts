import type { FileProblem } from '../../renderers/rendering.ts';
import { isPublishedChart } from '../../sources/declarations/plan.ts';
import { findObject, type Unrendered } from '../../sources/find.ts';
import type { Revision } from '../../sources/revision.ts';
import type { Root } from '../../sources/roots.ts';
import type { Wanted } from '../../sources/wanted.ts';
import { containsText } from '../../tree/contains-text.ts';
import { declined, type Declined } from '../../model/declined.ts';
import { didYouMean } from '../did-you-mean.ts';
import { describeWanted, type Target } from '../target.ts';
import { pinnedTo } from './not-reached.ts';
import type { SentElsewhere } from './sent-to.ts';

/** Submodules that are named. */
const MOST_SUBMODULES = 3;

export async function notFound(
  revision: Revision,
  wanted: Wanted,
  { roots, live }: Target,
  failures: readonly Unrendered[],
  elsewhere: readonly SentElsewhere[],
): Promise<Declined> {
  const name = describeWanted(wanted);
  const [failed] = failures;
  if (failed)
    return declined(
      'render-failed',
      `${failed.root.id} may hold ${name} but could not be rendered: ${failed.failure.message}`,
      failures.map(({ root }) => root.id),
    );
  const pinned = roots === null ? await pinnedElsewhere(revision, wanted) : null;
  if (pinned) return pinned;
  const unreadable = unreadableMentions(revision, wanted, roots ?? (await revision.allRoots()));
  if (unreadable.length > 0) {
    const [{ file, line, message }] = unreadable as [FileProblem];
    return declined(
      'unreadable-file',
      `${file}${line === null ? '' : `:${line}`} may hold ${name}, and ${message}`,
      unreadable.map((problem) => problem.file),
    );
  }
  const { kind, namespace } = wanted;
  const what = `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind} ${wanted.name}${namespace ? ` in namespace ${namespace}` : ''}`;
  const [other] = elsewhere;
  if (other) {
    const to = other.to.map(({ namespace: its, by }) => `${its} by ${by}`);
    return declined(
      'object-not-found',
      `no root renders ${what}: ${other.root.id} is applied to ${to.join(' and to ')}`,
      elsewhere.map(({ root }) => root.id),
    );
  }
  const among = roots ?? (await revision.allRoots());
  return declined(
    'object-not-found',
    `no root${roots === null ? '' : ' that is meant here'} renders ${what}${live === null ? (await didYouMean(revision, wanted, among)) || submodules(revision) : ''}`,
  );
}

/** Where the object may be that a person asks for, since nobody looked there. */
function submodules({ tree }: Revision): string {
  const found = tree.paths().filter((path) => tree.entry(path)?.kind === 'submodule');
  if (found.length === 0) return '';
  const named = found.slice(0, MOST_SUBMODULES).join(', ');
  const rest = found.length > MOST_SUBMODULES ? ` and ${found.length - MOST_SUBMODULES} more` : '';
  return found.length === 1
    ? `; ${named} is a submodule, whose files were not read`
    : `; ${named}${rest} are submodules, whose files were not read`;
}

/** What is applied from a tag alone, as far as the same files still make it. */
async function pinnedElsewhere(revision: Revision, wanted: Wanted): Promise<Declined | null> {
  const pinned = (await revision.ownDeclarations()).filter(
    ({ plan }) => plan.from.revision.pin !== undefined,
  );
  for (const { plan, roots } of pinned) {
    if (isPublishedChart(plan)) continue;
    const { matches } = await findObject(revision, wanted, roots);
    if (matches.length > 0) return pinnedTo(plan);
  }
  return null;
}

/** Manifests that speak of the kind and the name, and cannot be read. */
function unreadableMentions(
  revision: Revision,
  { kind, name }: Wanted,
  roots: readonly Root[],
): readonly FileProblem[] {
  return roots
    .flatMap((root) => (root.kind === 'plain' ? root.files : []))
    .flatMap((file) => {
      const { problem } = revision.manifests(file);
      const content = problem && revision.tree.read(file);
      return problem && content && containsText(content, kind) && containsText(content, name ?? '')
        ? [problem]
        : [];
    });
}
