/** `*` stands for any run of characters, `?` for one; everything else for itself. Takes time in proportion to both lengths, at most. */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let retry: { readonly pattern: number; readonly text: number } | null = null;
  for (let position = 0; position < text.length;) {
    const wanted = pattern[at];
    if (wanted === '*') {
      // At first the star takes nothing; whenever the rest fails, it takes one character more.
      retry = { pattern: ++at, text: position };
    } else if (wanted === '?' || wanted === text[position]) {
      at++;
      position++;
    } else if (retry) {
      retry = { pattern: retry.pattern, text: retry.text + 1 };
      at = retry.pattern;
      position = retry.text;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

export function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, text));
}
