export interface ProgressLine {
  /** Without numbers: a stage whose end is not known. */
  show(stage: string, done?: number, of?: number): void;
  clear(): void;
}

/** Columns of a terminal that does not say how many it has. */
const COLUMNS = 80;

/** A line that is written over itself while work goes on; nothing at all where the stream is no terminal, or where nobody wants it. */
export function progressLine(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>,
  { isQuiet = false, environment = process.env }: { isQuiet?: boolean; environment?: NodeJS.ProcessEnv } = {},
): ProgressLine {
  const isShown = stream.isTTY === true && !isQuiet && environment['TERM'] !== 'dumb';
  let isThere = false;
  return {
    show: (stage, done, of) => {
      if (!isShown) return;
      const text = done === undefined || of === undefined ? `${stage}…` : `${stage} ${done}/${of}`;
      // A line that is wrapped cannot be written over.
      stream.write(`\r\u001b[2K${text.slice(0, Math.max(1, (stream.columns || COLUMNS) - 1))}`);
      isThere = true;
    },
    clear: () => {
      if (isThere) stream.write('\r\u001b[2K');
      isThere = false;
    },
  };
}
