import { markup, link, NO_HTML, type Html } from '../untrusted/html.ts';

/** One page of a list. */
export interface Paged<T> {
  readonly shown: readonly T[];
  /** Counts from 1. */
  readonly page: number;
  readonly pages: number;
  readonly total: number;
}

/** The page with this number, or the nearest that there is. */
export function pageOf<T>(values: readonly T[], asked: number, perPage: number): Paged<T> {
  const pages = Math.max(1, Math.ceil(values.length / perPage));
  const page = Math.min(Math.max(1, asked), pages);
  return { shown: values.slice((page - 1) * perPage, page * perPage), page, pages, total: values.length };
}

/** Links to the pages beside; nothing where there is only one. @param address of a page by its number */
export function pagesNav({ page, pages, total }: Paged<unknown>, address: (page: number) => string): Html {
  if (pages === 1) return NO_HTML;
  return markup`<nav aria-label="Parts of the list">
    <ul class="pages">
      ${page > 1 ? markup`<li>${link(address(page - 1), 'Previous')}</li>` : null}
      <li>Page ${page} of ${pages}, ${total} in all</li>
      ${page < pages ? markup`<li>${link(address(page + 1), 'Next')}</li>` : null}
    </ul>
  </nav>`;
}
