import type { TerminalOptions } from '../writers/terminal.ts';

/**
 * Whether a stream shows colours: a terminal that has some, and nobody has switched them off (https://no-color.org). `FORCE_COLOR` decides before
 * everything else, as in Node.js.
 */
export function useColour(
  { isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>,
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none, TERM: terminal } = environment;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTTY === true && !none && terminal !== 'dumb';
}

/** How to write on a stream: with colours where it has them, and as wide as it is where it is a terminal. */
export function terminalOptions(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>,
  environment: NodeJS.ProcessEnv = process.env,
): TerminalOptions {
  const colour = useColour(stream, environment);
  return stream.isTTY === true && stream.columns ? { colour, width: stream.columns } : { colour };
}
