/** One YAML document of a file: `text.slice(start, end)`, its directives and leading comments included. */
export interface DocumentRange {
  /** From 0. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/** `---` and `...` count only at the start of a line and before white space; nothing, not even a quoted string, hides them. */
const MARKER = /(?<=\n|^\uFEFF|^)(?:---|\.\.\.)(?=[ \t\r\n]|$)/g;

/** White space, comments and directives: what may stand before a document without being one. */
const NO_CONTENT = /^(?:\uFEFF?(?:[ \t]*(?:#[^\r\n]*)?|%[^\r\n]*)\r?(?:\n|$))*$/;

/**
 * The documents of a file, found without parsing it. Counted as `yaml` counts them: an empty document between two `---`
 * is one, comments and directives before a `---` belong to the document that it opens, and a text of nothing but
 * comments has none.
 */
export function splitDocuments(text: string): readonly DocumentRange[] {
  const documents: DocumentRange[] = [];
  let start = 0;
  let open = false;
  const close = (end: number): void => {
    if (open || !NO_CONTENT.test(text.slice(start, end))) {
      documents.push({ index: documents.length, start, end });
      start = end;
    }
    open = false;
  };
  for (const { 0: marker, index } of text.matchAll(MARKER)) {
    if (marker === '---') {
      close(index);
      open = true;
    } else {
      open = true;
      close(index + marker.length);
    }
  }
  close(text.length);
  return documents;
}
