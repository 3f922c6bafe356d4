import { posix } from 'node:path';
import { createHash } from 'node:crypto';
import { parseQuantity } from '../kubernetes/quantities.ts';
import type { Located } from '../model/located.ts';
import type { Repository } from '../git/repository.ts';

/** Repository, file, YAML path of what is edited and value before (of an addition, the field), hashed: 16 hexadecimal digits. An open pull request with it is *the* pull request. */
export function proposalKey(repository: string, located: Pick<Located, 'changes'>): string {
  const sites = located.changes.map(({ site, before, object, field }) => [
    site.file,
    site.document,
    site.path,
    before,
    ...(site.kind === 'add' ? [object.kind, object.namespace, object.name, field.text] : []),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([repository, sites]))
    .digest('hex')
    .slice(0, 16);
}

/**
 * Those that edit a common place, together: two pull requests for one line would undo each other. The first of a group is the
 * one whose edit serves the others best: with most changes, then with the largest amount.
 */
export function groupedBySite<
  T extends { readonly located: Pick<Located, 'changes'>; readonly repository: object },
>(proposed: readonly T[]): readonly (readonly T[])[] {
  const groups: (readonly T[])[] = [];
  for (const one of proposed) {
    const near = groups.filter((group) => group.some((other) => editsSame(one, other)));
    const rest = groups.filter((group) => !near.includes(group));
    const joined = [...near.flat(), one].toSorted(byReach);
    // In place of the first of those that it joins, so that the order of the incidents stays.
    const at = near.length === 0 ? rest.length : groups.indexOf(near[0]!);
    groups.splice(0, groups.length, ...rest.slice(0, at), joined, ...rest.slice(at));
  }
  return groups;
}

type Edits = { readonly located: Pick<Located, 'changes'>; readonly repository: object };

function editsSame(a: Edits, b: Edits): boolean {
  if (a.repository !== b.repository) return false;
  const places = new Set(a.located.changes.map(placeOf));
  return b.located.changes.some((change) => places.has(placeOf(change)));
}

/** Of an addition, what is added counts too: several values are added at one place. */
function placeOf({ site, field, object }: Located['changes'][number]): string {
  const added = site.kind === 'add' ? [field.text, object.kind, object.name] : [];
  return JSON.stringify([site.file, site.document, site.path, ...added]);
}

function byReach(a: Edits, b: Edits): number {
  const more = b.located.changes.length - a.located.changes.length;
  return more === 0 ? amountOf(b) - amountOf(a) : more;
}

function amountOf({ located: { changes } }: Edits): number {
  return parseQuantity(changes[0]?.after) ?? 0;
}

export function keyOf(located: Located, repository: Repository): string {
  const { remote, path } = repository;
  // Under another name it is the same repository, with the same open pull requests.
  return proposalKey(remote?.formerly?.[0] ?? remote?.slug ?? posix.basename(path), located);
}

export function baseOf(repository: Repository): string {
  return repository.branch ?? repository.defaultBranch ?? 'main';
}
