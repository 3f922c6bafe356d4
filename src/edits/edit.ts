/** The replacement of one range of a file's text. Offsets count UTF-16 units of the decoded file. */
export interface Edit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits to one text. Ranges must not overlap; their order does not matter. */
export function applyEdits(text: string, edits: readonly Pick<Edit, 'start' | 'end' | 'text'>[]): string {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  let result = '';
  let at = 0;
  for (const edit of sorted) {
    if (edit.start < at) throw new RangeError(`edits overlap at offset ${edit.start}`);
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The file as text, byte order mark included; null when it is not UTF-8, since it could not be written back byte for byte. */
export function decode(content: Buffer): string | null {
  try {
    return STRICT_UTF8.decode(content);
  } catch {
    return null;
  }
}

/** The one edit between two states of a file. */
export function difference(file: string, before: string, after: string): Edit {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let end = before.length;
  let newEnd = after.length;
  while (end > start && newEnd > start && before[end - 1] === after[newEnd - 1]) {
    end -= 1;
    newEnd -= 1;
  }
  return { file, start, end, text: after.slice(start, newEnd) };
}

/** The replacement of one range of a text: an edit before its file is named. */
export type Replacement = Omit<Edit, 'file'>;
