import { Argument, Command, Help, type HelpConfiguration, type Option } from 'commander';

/** What of commander's help is said otherwise: a sentence for a command, and the values of an option as people write them. */
export const helpStyle: HelpConfiguration = {
  commandDescription: (command) => sentence(command.description()),
  optionDescription,
  argumentDescription: ({ description, argChoices }: Argument) =>
    withRemarks(description, argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
  subcommandTerm: (command) =>
    [command.name(), ...command.registeredArguments.map((one) => `<${one.name()}>`)].join(' '),
  // Groups of commands have nothing of their own to list.
  visibleCommands(command: Command) {
    const shown = Help.prototype.visibleCommands.call(this, command);
    return command.parent === null ? shown : shown.filter((one) => one.name() !== 'help');
  },
};

function optionDescription({ description, argChoices, defaultValue, mandatory }: Option): string {
  const isTold = typeof defaultValue === 'string' || typeof defaultValue === 'number';
  return withRemarks(description, [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
    ...(isTold ? [`default: ${defaultValue}`] : []),
    ...(mandatory ? ['required'] : []),
  ]);
}

function withRemarks(description: string, remarks: readonly string[]): string {
  return remarks.length === 0 ? description : `${description} (${remarks.join('; ')})`;
}

export function sentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
}
