/** A line that is written over itself while work goes on; nothing at all where standard error is no terminal. */
export function progressLine(stream: NodeJS.WriteStream): {
  show(stage: string, done: number, of: number): void;
  clear(): void;
} {
  const shown = stream.isTTY === true;
  return {
    show: (stage, done, of) => {
      if (shown) stream.write(`\r\u001b[2K${stage} ${done}/${of}`);
    },
    clear: () => {
      if (shown) stream.write('\r\u001b[2K');
    },
  };
}
