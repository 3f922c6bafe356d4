/** A line of a watch; null for one that is longer than it may be, which is passed over. */
export type WatchLine = string | null;

const NEWLINE = 0x0a;

/**
 * The complete lines of a body, together as they arrive. What stands after the last newline when the body ends is no line.
 *
 * @param most bytes of one line
 */
export async function* watchLines(
  body: AsyncIterable<Uint8Array>,
  most: number,
): AsyncGenerator<readonly WatchLine[]> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let isTooLong = false;
  const keep = (part: Uint8Array): void => {
    length += part.length;
    if (length > most) {
      isTooLong = true;
      parts = [];
    } else if (part.length > 0) parts.push(part);
  };
  const take = (): WatchLine => {
    const line = isTooLong ? null : Buffer.concat(parts, length).toString('utf8');
    [parts, length, isTooLong] = [[], 0, false];
    return line;
  };
  for await (const chunk of body) {
    const lines: WatchLine[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, end));
      lines.push(take());
      from = end + 1;
    }
    // A copy, so that a few bytes of the next line do not keep the whole chunk.
    if (from < chunk.length) keep(Uint8Array.from(chunk.subarray(from)));
    yield lines;
  }
}
