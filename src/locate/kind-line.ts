/** A kind at the beginning of a line: only a document's own stands there, in block style and without an anchor or a tag. */
const KIND = /^(?:kind|"kind"|'kind')[ \t]*:[ \t]+["']?(\w+)["']?[ \t]*(?:#.*)?\r?$/m;

/** The kind of a document, read without parsing it; null where it is written in another way. */
export function kindLine(document: string): string | null {
  return KIND.exec(document)?.[1] ?? null;
}
