/** What betrays a sentence that was put together from parts of which one was missing, or that says a thing twice. */
const PATTERNS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['an empty value', /(?<![=:(,[{\\\w])`?""`?(?!["\w])/],
  ['an empty code span', /(?<=[^`\s] |\()``(?!`)/],
  ['empty parentheses', /\(\s*[,;:]?\s*\)(?!`|\w|"|\s*=>)/],
  [
    'a value that is not there',
    /(?<![\w"'`:=-])(?:undefined|NaN|\[object Object\])(?![\w"'`])|\b(?:of|to|from|in|is|named|by|at|with) null\b/,
  ],
  ['a count of nothing', /\b(?:the|in|all|of|and) 0 (?!of\b|and\b|to\b|or\b)[a-z]+s\b/],
  [
    'a plural of one',
    /(?<![\d.,:/-]|\bof )\b1 (?:times|pods|roots|fields|lines|minutes|hours|days|seconds|replicas|incidents|commits|files|containers|nodes|keys|problems|more lines|others)\b/,
  ],
  [
    'a singular of many',
    /(?<![\d.,:/-])\b(?:[2-9]|\d{2,}) (?:time|root|field|line|minute|hour|day|second|incident|commit|file|container|key|problem|pod)\b(?![-/])/,
  ],
  [
    'two stops',
    /[^.][,;:]\s*[.;,](?!\.)|(?<!\.)\.\.(?![./\w])(?!\.)|[!?]\.(?=\s|$)|\.\s*;|;\s*\.|:\s*(?:;|\.(?=\s|$))/,
  ],
  ['a space before a stop', /(?<=[a-z`)]) [,;.](?=\s|$)/],
  ['a doubled word', /(?<![\w-])(?!that\b|had\b)([a-z]{2,}) \1(?![\w-])/i],
  ['why, not recorded', /\bwhy is not recorded\b|shows why: (?:it|why)\b/],
  ['a colon before nothing', /:\s*$/],
  [
    'words that only this project used',
    /\bmend(?:s|ed|ing)?\b|\b(?:merge[sd]?|merging) by (?:itself|themselves)\b|\bnot seen any more\b|\blook(?:s|ed|ing)? (?:after|again)\b|\bcomes? to be\b|\bobey(?:s|ed)?\b|\b(?:only watched|watched only)\b|\bwritten anew\b/i,
  ],
];

/** Parts of a text that people did not write as sentences: quotes, diffs, code and tables. */
function withoutQuotes(text: string): string {
  return text
    .replace(/^```[^]*?^```/gm, '')
    .replace(/<details>[^]*?<\/details>/g, '')
    .replace(/^<!--[^]*?-->$/gm, '')
    .replace(/^\|.*\|$/gm, '')
    .replace(/(`+)(?!`)[^]*?[^`]\1(?!`)/g, '`value`');
}

/** Everything odd in a text, in words; empty for one that reads well. */
export function oddSentences(text: string): readonly string[] {
  const paragraphs = withoutQuotes(text).split(/\n+/);
  const odd = paragraphs.flatMap((paragraph) =>
    PATTERNS.flatMap(([what, pattern]) => {
      const found = pattern.exec(paragraph);
      return found && !isHeading(paragraph)
        ? [`${what}: …${paragraph.slice(Math.max(0, found.index - 60), found.index + 60)}…`]
        : [];
    }),
  );
  return [...new Set([...odd, ...doubledSentences(paragraphs)])];
}

/** A line that leads to a list or block ends with a colon, rightly. */
function isHeading(paragraph: string): boolean {
  return paragraph.endsWith(':') && !/:\s*[;.]/.test(paragraph) && paragraph.length < 400;
}

function doubledSentences(paragraphs: readonly string[]): readonly string[] {
  // Entries of a list may say the same of different things, and so may the blocks of a terminal.
  const prosaic = paragraphs.filter((paragraph) => /^[A-Z*`>]/.test(paragraph));
  const sentences = prosaic.flatMap((paragraph) =>
    paragraph
      .split(/(?<=[.!?])\s+/)
      .map((sentence) => sentence.replace(/^[-*>\s]+/, '').trim())
      .filter((sentence) => sentence.split(' ').length > 6),
  );
  const seen = new Set<string>();
  return sentences.flatMap((sentence) => {
    if (!seen.has(sentence)) {
      seen.add(sentence);
      return [];
    }
    return [`said twice: ${sentence}`];
  });
}
