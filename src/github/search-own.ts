import type { Octokit } from '@octokit/rest';
import { firstPages, isSameLogin, PAGE, type Context, type Pages } from './context.ts';
import { isRefused } from './errors.ts';

export type ListedIssue = Awaited<ReturnType<Octokit['rest']['issues']['listForRepo']>>['data'][number];

/** Every issue and pull request of ours has it. */
export const OWN_LABEL = 'faultline';

/** As many pages as GitHub gives of any list. */
const MOST = 10;

interface Filter {
  readonly state: 'open' | 'closed' | 'all';
  /** Those that changed since; ISO 8601. */
  readonly since?: string;
}

/**
 * Issues and pull requests of ours, by GitHub's filters. Not every GitHub finds an App's login with the one by creator, and people take
 * labels off: what either of them finds counts, and what one of them gives to its end is whole.
 */
export async function searchOwn(context: Context, filter: Filter): Promise<Pages<ListedIssue>> {
  const { login } = context;
  const isOurs = ({ user }: ListedIssue): boolean => isSameLogin(user?.login, login);
  const hasLabel = ({ labels }: ListedIssue): boolean =>
    labels.some((label) => isSameLogin(typeof label === 'string' ? label : label.name, OWN_LABEL));
  const lists = [
    await filtered(context, { ...filter, creator: login }, isOurs),
    await filtered(context, { ...filter, labels: OWN_LABEL }, hasLabel),
  ];
  const items = new Map<number, ListedIssue>();
  for (const list of lists)
    for (const item of list?.items ?? []) if (isOurs(item)) items.set(item.number, item);
  if (lists[0]?.isWhole === false) {
    // What was made first is asked for from the other end.
    const oldest = await page(context, { ...filter, creator: login }, 'asc', 1);
    for (const item of oldest) if (isOurs(item)) items.set(item.number, item);
  }
  return { items: [...items.values()], isWhole: lists.some((list) => list?.isWhole === true) };
}

type Asked = Filter & { readonly creator?: string; readonly labels?: string };

/** Null where GitHub does not know the filter, or who is asked for. */
async function filtered(
  context: Context,
  asked: Asked,
  fits: (item: ListedIssue) => boolean,
): Promise<Pages<ListedIssue> | null> {
  let isIgnored = false;
  try {
    const found = await firstPages(async (number) => {
      const items = await page(context, asked, 'desc', number);
      isIgnored ||= !items.every(fits);
      return isIgnored ? [] : items;
    }, MOST);
    return isIgnored ? null : found;
  } catch (error) {
    if (isRefused(error, 422)) return null;
    throw error;
  }
}

function page(
  { rest, calls, at }: Context,
  asked: Asked,
  direction: 'asc' | 'desc',
  number: number,
): Promise<readonly ListedIssue[]> {
  const sort = direction === 'asc' ? 'created' : 'updated';
  return calls.read(() =>
    rest.issues.listForRepo({ ...at, ...asked, sort, direction, per_page: PAGE, page: number }),
  );
}

/** Numbers that were kept under a name. */
export async function keptNumbers({ memory }: Context, name: string): Promise<readonly number[]> {
  const text = await memory.get(name);
  return text === null ? [] : text.split(' ').map(Number).filter(Number.isSafeInteger);
}

/** Keeps the newest of these numbers. */
export async function keepNumbers(
  { memory }: Context,
  name: string,
  numbers: readonly number[],
): Promise<void> {
  const text = [...numbers]
    .sort((one, other) => other - one)
    .slice(0, 50)
    .join(' ');
  if (text !== '' && (await memory.get(name)) !== text) await memory.set(name, text);
}
