import { CommanderError } from 'commander';
import { DONE, FAILED, UNUSABLE } from './command-line/exit-status.ts';
import { program } from './command-line/program.ts';
import { refuseUnknownOption } from './command-line/unknown-option.ts';
import { messageOf } from './errors/error-message.ts';
import { InputError } from './errors/input-error.ts';
import { plainText, untrusted } from './untrusted/prose.ts';

/** Runs one command line; the answer is printed and the exit status set. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    const faultline = program();
    refuseUnknownOption(faultline, argv.slice(2));
    await faultline.parseAsync(argv);
  } catch (error) {
    // Commander has printed its own message by now, or the help that was asked for.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? DONE : UNUSABLE;
    else if (error instanceof InputError) fail(UNUSABLE, error);
    else fail(FAILED, error);
  }
}

function fail(status: number, error: unknown): void {
  process.stderr.write(`faultline: ${forTerminal(messageOf(error))}\n`);
  if (process.env['FAULTLINE_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = status;
}

/** Names of files, branches and objects, and words of a server: they keep their lines, and drive no terminal. */
function forTerminal(message: string): string {
  return message
    .split('\n')
    .map((line) => plainText(untrusted(line)))
    .join('\n');
}
