/** Letters that a terminal shows two columns wide: East Asian scripts in full width, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Letters that stand on the one before, and characters that no terminal shows. */
const WITHOUT_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

const SEGMENTS = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many columns of a terminal a text takes. */
export function displayWidth(text: string): number {
  // Most texts have one column for each character.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of SEGMENTS.segment(text)) width += widthOf(segment);
  return width;
}

function widthOf(segment: string): number {
  const [first = ''] = segment;
  if (WIDE.test(first) || segment.includes('\ufe0f')) return 2;
  return WITHOUT_WIDTH.test(first) ? 0 : 1;
}

/** `padEnd` by columns. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

/** Lines of at most so many columns, broken between words; a longer word has a line of its own. */
export function wrappedWords(text: string, columns: number): readonly string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last === '' || displayWidth(last) + 1 + displayWidth(word) <= columns)
      lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
