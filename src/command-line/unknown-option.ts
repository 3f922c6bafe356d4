import type { Command, Option } from 'commander';
import { nearest } from '../errors/nearest.ts';

/**
 * Refuses an option that its command does not have, before anything else is said of the call: who writes `--feild` has not forgotten `--field`.
 *
 * @param words what follows the name of the program
 */
export function refuseUnknownOption(program: Command, words: readonly string[]): void {
  let command = program;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (word === '--') return;
    if (!word.startsWith('-') || word === '-') {
      command = command.commands.find((one) => one.name() === word) ?? command;
      continue;
    }
    const [name = word] = word.split('=');
    const option = command.options.find(({ long, short }) => long === name || short === name);
    if (option && takesNext(option, word)) at += 1;
    if (option || !word.startsWith('--') || name === '--help') continue;
    const known = command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
    const near = nearest(name, known);
    command.error(`error: unknown option '${name}'${near === null ? '' : `\n(Did you mean ${near}?)`}`, {
      code: 'commander.unknownOption',
    });
  }
}

function takesNext(option: Option, word: string): boolean {
  return option.required && !word.includes('=');
}
