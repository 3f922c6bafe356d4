import { markup, NO_HTML, type Html } from '../untrusted/html.ts';

export interface Column {
  readonly title: string;
  readonly width?: 'half' | 'third' | 'small';
}

export interface Row {
  /** `red`, `grey`: the edge of the row; its cells say the same in words. */
  readonly tone?: string;
  readonly cells: readonly Html[];
}

/**
 * A table whose rows are cards on a phone. The roles say that it is one also where a browser forgets it over the style. The first cell of
 * each row names it.
 */
export function tableOf(caption: string, columns: readonly Column[], rows: readonly Row[]): Html {
  if (rows.length === 0) return NO_HTML;
  const heads = columns.map(({ title, width }) =>
    width === undefined
      ? markup`<th scope="col" role="columnheader">${title}</th>`
      : markup`<th scope="col" role="columnheader" class="w-${width}">${title}</th>`,
  );
  return markup`<table class="rows" role="table"><caption class="hidden">${caption}</caption>
<thead role="rowgroup"><tr role="row">${heads}</tr></thead>
<tbody role="rowgroup">
${rows.map((row) => rowOf(columns, row))}</tbody></table>
`;
}

function rowOf(columns: readonly Column[], { tone = '', cells }: Row): Html {
  const [first = NO_HTML, ...others] = cells;
  const rest = others.map((cell, index) =>
    cell.toString() === ''
      ? markup`<td role="cell"></td>`
      : markup`<td role="cell"><span class="cell" aria-hidden="true">${columns[index + 1]!.title}</span>${cell}</td>`,
  );
  return markup`<tr role="row" class="${tone}"><th scope="row" role="rowheader">${first}</th>${rest}</tr>
`;
}
