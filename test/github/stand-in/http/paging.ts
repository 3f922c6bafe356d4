import { ok, Refusal, type Answer, type Call } from './route.ts';

/** The page that was asked for, as a list, with links to the others. */
export function page<Item>(call: Call, items: readonly Item[], json: (item: Item) => unknown): Answer {
  const { shown, headers } = cut(call, items);
  return ok(shown.map(json), headers);
}

/** The same for answers that hold their list under a name, beside a count. */
export function countedPage<Item>(
  call: Call,
  name: string,
  items: readonly Item[],
  json: (item: Item) => unknown,
  more: Readonly<Record<string, unknown>> = {},
): Answer {
  const { shown, headers } = cut(call, items);
  return ok({ total_count: items.length, [name]: shown.map(json), ...more }, headers);
}

export function cut<Item>(
  { query, url, github }: Call,
  items: readonly Item[],
): { readonly shown: readonly Item[]; readonly headers: Readonly<Record<string, string>> } {
  const size = Math.min(100, Math.max(1, Number(query['per_page'] ?? 30)));
  const number = Math.max(1, Number(query['page'] ?? 1));
  if (number > 1 && (number - 1) * size >= github.listLimit)
    throw new Refusal(
      422,
      'Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)',
    );
  const last = Math.max(1, Math.ceil(items.length / size));
  const to = (page: number, rel: string): string => {
    const address = new URL(url);
    address.searchParams.set('page', String(page));
    return `<${address.href}>; rel="${rel}"`;
  };
  const links = [
    ...(number > 1 ? [to(number - 1, 'prev')] : []),
    ...(number < last ? [to(number + 1, 'next'), to(last, 'last')] : []),
    ...(number > 1 ? [to(1, 'first')] : []),
  ];
  return {
    shown: items.slice((number - 1) * size, number * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}
