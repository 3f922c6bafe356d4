import type { PlacedChange } from '../model/change.ts';
import { wordingOf } from '../model/change-wording.ts';
import type { Proposal } from '../model/proposal.ts';
import type { Site } from '../model/site.ts';
import { urlPath } from '../untrusted/markdown.ts';
import { linked, ownText, type Prose, type Untrusted } from '../untrusted/prose.ts';

/**
 * The changes with the one in front that title and first lines speak of: a limit that is raised before its request. A variable that comes or goes is told
 * by its value.
 */
export function orderedChanges({ located }: Pick<Proposal, 'located'>): readonly PlacedChange[] {
  const fields = new Set(located.changes.map(({ field }) => field.text));
  const changes = located.changes.filter(({ field }) => {
    const [, variable] = /^(.*\.env\[name=[^\]]+\])\.name$/.exec(field.text) ?? [];
    return variable === undefined || !fields.has(`${variable}.value`);
  });
  const leading =
    changes.find((one) => one.field.text.includes('.limits.') && wordingOf(one).verb === 'raise') ??
    changes[0]!;
  return [leading, ...changes.filter((change) => change !== leading)];
}

/** `apps/cart/deployment.yaml:21` */
export function fileLine({ file, line }: Pick<Site, 'file' | 'line'>): string {
  return `${file}:${line}`;
}

/** The same for readers, who are told where it is no more than likely: `apps/cart/values.yaml:21 (likely)`. */
export function placeText(site: Pick<Site, 'file' | 'line' | 'likely'>): string {
  return site.likely === undefined ? fileLine(site) : `${fileLine(site)} (likely)`;
}

/**
 * The site as a permalink, so that it shows the same line for ever; as text where the repository has no web pages. What is added has no
 * line in the commit before, so that its file is meant.
 */
export function siteLink(
  site: Site,
  { remote, commit }: Pick<Proposal, 'remote' | 'commit'>,
  naming: 'file' | 'line' = 'file',
): Untrusted | Prose {
  const isAdded = site.kind === 'add';
  if (remote === null && naming === 'line' && !isAdded) return ownText(`line ${site.line}`);
  const label = isAdded ? site.file : naming === 'file' ? fileLine(site) : `line ${site.line}`;
  if (remote === null) return linked(label, null);
  const file = `${remote.url}/blob/${urlPath(commit)}/${urlPath(site.file)}`;
  return linked(label, isAdded ? file : `${file}#L${site.line}`);
}

/** A commit by its first eight digits, linked where there is something to link to. */
export function commitLink(sha: string, { remote }: Pick<Proposal, 'remote'>): Untrusted {
  return linked(sha.slice(0, 8), remote === null ? null : `${remote.url}/commit/${urlPath(sha)}`);
}
