/**
 * True when a file's bytes contain the text. `Buffer#includes` makes Node.js abort for a text with half a surrogate pair, which no
 * file in UTF-8 can contain.
 */
export function containsText(content: Buffer, text: string): boolean {
  return text.isWellFormed() && content.includes(text);
}
