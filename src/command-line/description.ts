/** A command as its help, its completion and its manual tell it. */
export interface CommandDescription {
  /** Without the program's own name: `audit verify`; empty for the program. */
  readonly path: string;
  readonly description: string;
  /** As written: `<file>`. */
  readonly arguments: readonly string[];
  readonly options: readonly OptionDescription[];
  readonly commands: readonly CommandDescription[];
}

export interface OptionDescription {
  /** `-n, --namespace <namespace>` */
  readonly flags: string;
  readonly names: readonly string[];
  /** `namespace`; null for an option without a value. */
  readonly value: string | null;
  /** The only values that it may have; null for any. */
  readonly choices: readonly string[] | null;
  readonly description: string;
  readonly isRequired: boolean;
  /** Null where there is none. */
  readonly fallback: string | null;
}

/** As much of commander's command as a description takes. */
interface Described {
  name(): string;
  description(): string;
  readonly registeredArguments: readonly { name(): string; readonly required: boolean }[];
  readonly options: readonly DescribedOption[];
  readonly commands: readonly Described[];
}

interface DescribedOption {
  readonly flags: string;
  readonly short?: string | undefined;
  readonly long?: string | undefined;
  readonly description: string;
  readonly mandatory: boolean;
  readonly argChoices?: readonly string[] | undefined;
  readonly defaultValue?: unknown;
  readonly hidden: boolean;
}

/** @param hidden names of commands that are left out */
export function describeCommand(
  command: Described,
  hidden: readonly string[] = [],
  above: readonly string[] | null = null,
): CommandDescription {
  const path = above === null ? [] : [...above, command.name()];
  return {
    path: path.join(' '),
    description: command.description(),
    arguments: command.registeredArguments.map((one) =>
      one.required ? `<${one.name()}>` : `[${one.name()}]`,
    ),
    options: command.options.filter((one) => !one.hidden).map(optionOf),
    commands: command.commands
      .filter((one) => !hidden.includes(one.name()))
      .map((one) => describeCommand(one, hidden, path)),
  };
}

function optionOf(option: DescribedOption): OptionDescription {
  const { flags, short, long, description, mandatory, argChoices, defaultValue } = option;
  const isTold = typeof defaultValue === 'string' || typeof defaultValue === 'number';
  return {
    flags,
    names: [short, long].filter((name) => name !== undefined),
    value: /[<[]([^\]>]+)[\]>]/.exec(flags)?.[1] ?? null,
    choices: argChoices ?? null,
    description,
    isRequired: mandatory,
    fallback: isTold ? String(defaultValue) : null,
  };
}

/** The command and all below it. */
export function withAllBelow(command: CommandDescription): readonly CommandDescription[] {
  return [command, ...command.commands.flatMap(withAllBelow)];
}
