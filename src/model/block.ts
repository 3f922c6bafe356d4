import { ownText, type Prose, type Untrusted } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import type { Chart } from './finding.ts';

/**
 * A text for people as values: made once, written by one writer for each medium (`writers/`). A writer escapes, shortens
 * and decides what its medium can show; whoever makes a block thinks of none of that.
 */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 3; readonly text: Prose }
  | { readonly kind: 'paragraph'; readonly line: Line }
  /** What a reader must not overlook. */
  | { readonly kind: 'warning'; readonly line: Line }
  /** `left`: how many items more there would be. */
  | { readonly kind: 'list'; readonly items: readonly Item[]; readonly left: number }
  /** The names of the columns are ours. `left`: how many rows more there would be. */
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Prose[])[];
      readonly left: number;
    }
  /** A unified diff, unmasked as it is in git; at most that many of its lines where others follow. */
  | { readonly kind: 'diff'; readonly text: string; readonly most: number }
  | { readonly kind: 'code'; readonly language: 'yaml' | 'text'; readonly text: Untrusted }
  | { readonly kind: 'chart'; readonly chart: Chart }
  /** Shown when a reader asks for it; its summary is ours alone, since GitHub reads it as HTML. */
  | { readonly kind: 'folded'; readonly summary: string; readonly blocks: readonly Block[] }
  | { readonly kind: 'divider' }
  /** What can be asked for by ticking it, all together, behind a mark. */
  | { readonly kind: 'ticks'; readonly mark: string; readonly ticks: readonly Tick[] }
  /** `<!-- faultline:… -->`: for programs alone. */
  | { readonly kind: 'mark'; readonly comment: string };

/** A lead in bold, and the sentence that follows it. */
export interface Line {
  readonly lead: Prose | null;
  readonly text: Prose;
}

export interface Item extends Line {
  /** Further lines of the item. */
  readonly more: readonly Prose[];
  /** What somebody or something said, line by line. */
  readonly quote: Untrusted | null;
  /** What can be asked for by ticking it. */
  readonly ticks: readonly Tick[];
}

export interface Tick {
  /** `<!-- faultline:… -->`, which says what the tick means. */
  readonly mark: string;
  readonly label: Prose;
}

export function heading(text: Prose | string, level: 1 | 3 = 3): Block {
  return { kind: 'heading', level, text: typeof text === 'string' ? ownText(text) : text };
}

/** Made a whole sentence, whatever fragment it is. */
export function paragraph(text: Prose, lead: Prose | string | null = null): Block {
  return { kind: 'paragraph', line: lineOf(text, lead) };
}

export function warning(text: Prose, lead: Prose | string | null = null): Block {
  return { kind: 'warning', line: lineOf(text, lead) };
}

/** Nothing where there are no items, so that sections can be joined without looking. */
export function list(items: readonly Item[], most = Infinity): readonly Block[] {
  return listed(items, (one) => one, most);
}

/** Items of the first values alone: of thousands, making all would take a while. */
export function listed<T>(values: readonly T[], make: (value: T) => Item, most: number): readonly Block[] {
  if (values.length === 0) return [];
  const items = values.slice(0, most).map(make);
  return [{ kind: 'list', items, left: values.length - items.length }];
}

/** Nothing where there are no rows. */
export function table(
  columns: readonly string[],
  rows: readonly (readonly Prose[])[],
  most = Infinity,
): readonly Block[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, most);
  return [{ kind: 'table', columns, rows: shown, left: rows.length - shown.length }];
}

export function item(text: Prose, details: Partial<Omit<Item, 'text'>> = {}): Item {
  return { lead: null, more: [], quote: null, ticks: [], ...details, text };
}

export function diffBlock(text: string, most = Infinity): Block {
  return { kind: 'diff', text, most };
}

/** Nothing where there is nothing to fold. */
export function folded(summary: string, blocks: readonly Block[]): readonly Block[] {
  return blocks.length === 0 ? [] : [{ kind: 'folded', summary, blocks }];
}

function lineOf(text: Prose, lead: Prose | string | null): Line {
  return { lead: typeof lead === 'string' ? ownText(lead) : lead, text: sentence(text) };
}
