import { ownersOf, reviewersOf, type Owners } from '../github/codeowners.ts';
import type { Proposal } from '../model/proposal.ts';

/**
 * Who is asked to review: the owners of the files that are changed, then the author of the guilty line. Never the bot.
 *
 * @param codeowners the file's text; null where there is none
 * @param author login of the author of the guilty line; null where GitHub knows none
 */
export function reviewersFor(
  { located }: Pick<Proposal, 'located'>,
  codeowners: string | null,
  author: string | null,
  bot: string,
): Owners {
  const files = [...new Set([...located.files.keys(), ...located.changes.map(({ site }) => site.file)])];
  const owners = codeowners === null ? { logins: [], teams: [] } : ownersOf(codeowners, files);
  return reviewersOf({ ...owners, author, bot });
}
