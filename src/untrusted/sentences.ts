import { plainText, sentenceOf, type Prose } from './prose.ts';

const NOTHING: Prose = { parts: [''], values: [] };

/** Starts upper-case and ends with a full stop, whatever fragment it was made of. */
export function sentence(fragment: Prose): Prose {
  const isOneValue = fragment.values.length === 1 && fragment.parts.every((part) => part.trim() === '');
  const { parts, values } = isOneValue ? sentenceOf(plainText(fragment)) : fragment;
  if (parts.length === 1 && parts[0]!.trim() === '') return NOTHING;
  const written = [...parts];
  written[0] = written[0]!.replace(/^\s*[a-z]/, (start) => start.toUpperCase());
  const end = written.at(-1)!.trimEnd();
  written[written.length - 1] = /[.!?…:]$/.test(end) ? end : `${end}.`;
  return { parts: written, values };
}

/** The end of a sentence within words of ours: `e.g.` is none. */
const SENTENCE_END = /(?<!\b(?:e\.g|i\.e|cf|vs))[.!?](?=\s|$)/;

function sentenceEnd(text: Prose): readonly [part: number, offset: number] | null {
  for (const [part, words] of text.parts.entries()) {
    const match = SENTENCE_END.exec(words);
    const endsText = part === text.parts.length - 1 || (match !== null && match.index + 1 < words.length);
    if (match !== null && endsText) return [part, match.index + 1];
  }
  return null;
}

export function firstSentence(text: Prose): Prose {
  const end = sentenceEnd(text);
  if (end === null) return text;
  const [part, offset] = end;
  return {
    parts: [...text.parts.slice(0, part), text.parts[part]!.slice(0, offset)],
    values: text.values.slice(0, part),
  };
}

export function afterFirstSentence(text: Prose): Prose {
  const end = sentenceEnd(text);
  if (end === null) return NOTHING;
  const [part, offset] = end;
  return {
    parts: [text.parts[part]!.slice(offset).trimStart(), ...text.parts.slice(part + 1)],
    values: text.values.slice(part),
  };
}

export function isBlank(text: Prose): boolean {
  return plainText(text).trim() === '';
}

/** A text without the one that it begins with; whole where the two were not made of the same parts. */
export function withoutStart(text: Prose, start: Prose): Prose {
  const said = plainText(start).trim();
  if (!plainText(text).trim().startsWith(said)) return text;
  if (plainText(text).trim() === said) return NOTHING;
  const at = start.parts.length - 1;
  const isStart =
    start.parts.every((part, index) =>
      index < at ? part === text.parts[index] : text.parts[index]!.startsWith(part),
    ) && start.values.every((value, index) => plainText(value) === plainText(text.values[index]!));
  if (!isStart) return text;
  return {
    parts: [text.parts[at]!.slice(start.parts[at]!.length).trimStart(), ...text.parts.slice(at + 1)],
    values: text.values.slice(at),
  };
}
