/** More is not read at 3 am. */
export const MOST_OPEN_LINES = 45;

/** Lines of a description in the open, before the first folded section. */
export function openLines(body: string): number {
  return body
    .split(/^<details>/m, 1)[0]!
    .trimEnd()
    .split('\n').length;
}
