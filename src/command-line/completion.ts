import { withAllBelow, type CommandDescription, type OptionDescription } from './description.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script for the shell that completes commands, options, their values, files and contexts of the kubeconfig. */
export function completionFor(shell: Shell, program: CommandDescription): string {
  const commands = withAllBelow(program);
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
  }
}

const HELP = ['-h', '--help'];
/** Asked of kubectl, where there is one. */
const CONTEXTS = 'kubectl config get-contexts -o name 2>/dev/null';

function words({ commands, options, path }: CommandDescription): readonly string[] {
  const shells = path === 'completion' ? SHELLS : [];
  return [...commands.map(nameOf), ...shells, ...options.flatMap(({ names }) => names), ...HELP];
}

function nameOf({ path }: CommandDescription): string {
  return path.split(' ').at(-1)!;
}

function isFile({ value }: OptionDescription): boolean {
  return value !== null && /^(?:path|file|dir|folder|root)$/.test(value);
}

function isContext({ names }: OptionDescription): boolean {
  return names.includes('--context');
}

/** What a shell does with a value: a list of words, files, or the words that a command prints. */
type Values = { readonly words: readonly string[] } | { readonly command: string } | 'files' | 'anything';

function valuesOf(option: OptionDescription): Values {
  if (option.choices !== null) return { words: option.choices };
  if (isContext(option)) return { command: CONTEXTS };
  return isFile(option) ? 'files' : 'anything';
}

/** ` diagnose --repo|" diagnose --snapshot"`: the patterns of a case. */
function patterns(path: string, names: readonly string[]): string {
  return names.map((name) => `"${path}:${name}"`).join('|');
}

function withValues(
  commands: readonly CommandDescription[],
): readonly (readonly [string, OptionDescription])[] {
  return commands.flatMap(({ path, options }) =>
    options.filter(({ value }) => value !== null).map((option) => [path, option] as const),
  );
}

/** The lines of a shell's case that walks the words to the command that they name. In zsh, `path` is where commands are found. */
function walk(commands: readonly CommandDescription[], variable = 'path'): readonly string[] {
  return commands
    .filter(({ path }) => path !== '')
    .map(({ path }) => {
      const above = path.split(' ').slice(0, -1).join(' ');
      return `      "${above}:${path.split(' ').at(-1)}") ${variable}="${path}" ;;`;
    });
}

function bash(commands: readonly CommandDescription[]): string {
  const values = withValues(commands).map(([path, option]) => {
    const found = valuesOf(option);
    const act =
      found === 'files'
        ? 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur"))'
        : found === 'anything'
          ? 'COMPREPLY=()'
          : 'words' in found
            ? `COMPREPLY=($(compgen -W "${found.words.join(' ')}" -- "$cur"))`
            : `COMPREPLY=($(compgen -W "$(${found.command})" -- "$cur"))`;
    return `    ${patterns(path, option.names)}) ${act}; return ;;`;
  });
  return `# bash completion of faultline: source <(faultline completion bash)
_faultline() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" path="" words="" i
  # bash takes --output=json apart.
  if [[ $cur == "=" ]]; then cur=""
  elif [[ $prev == "=" ]]; then prev="\${COMP_WORDS[COMP_CWORD - 2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path:\${COMP_WORDS[i]}" in
${walk(commands).join('\n')}
    esac
  done
  case "$path:$prev" in
${values.join('\n')}
  esac
  case "$path" in
${commands.map((one) => `    "${one.path}") words="${words(one).join(' ')}" ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _faultline faultline
`;
}

function zsh(commands: readonly CommandDescription[]): string {
  const values = withValues(commands).map(([path, option]) => {
    const found = valuesOf(option);
    const act =
      found === 'files'
        ? '_files'
        : found === 'anything'
          ? `_message ${quoted(option.value!)}`
          : 'words' in found
            ? `compadd -- ${found.words.join(' ')}`
            : `compadd -- \${(f)"$(${found.command})"}`;
    return `    ${patterns(path, option.names)}) ${act}; return ;;`;
  });
  const told = commands.map((one) => {
    const below = one.commands.map((command) =>
      quoted(`${nameOf(command)}:${escapedColons(command.description)}`),
    );
    const shells = one.path === 'completion' ? SHELLS.map((shell) => quoted(shell)) : [];
    const options = one.options.flatMap(({ names, description }) =>
      names.map((name) => quoted(`${name}:${escapedColons(description)}`)),
    );
    const help = HELP.map((name) => quoted(`${name}:print this help`));
    return `    "${one.path}") told=(${[...below, ...shells, ...options, ...help].join(' ')}) ;;`;
  });
  return `#compdef faultline
# zsh completion of faultline: faultline completion zsh > "\${fpath[1]}/_faultline"
_faultline() {
  local at="" prev="\${words[CURRENT - 1]}" i
  local -a told
  for ((i = 2; i < CURRENT; i++)); do
    case "$at:\${words[i]}" in
${walk(commands, 'at').join('\n')}
    esac
  done
  case "$at:$prev" in
${values.join('\n')}
  esac
  case "$at" in
${told.join('\n')}
  esac
  _describe faultline told
}
if [[ "\${funcstack[1]}" == "_faultline" ]]; then _faultline "$@"; else compdef _faultline faultline; fi
`;
}

function fish(commands: readonly CommandDescription[]): string {
  const [, ...named] = commands;
  const lines = commands.flatMap(({ path, commands: below, options }) => {
    const when = `-n ${quoted(`test (__faultline_path) = ${path === '' ? '""' : quoted(path).replaceAll("'", '"')}`)}`;
    const shells =
      path === 'completion' ? [`complete -c faultline -f ${when} -a ${quoted(SHELLS.join(' '))}`] : [];
    return [
      ...below.map(
        (one) => `complete -c faultline -f ${when} -a ${nameOf(one)} -d ${quoted(one.description)}`,
      ),
      ...shells,
      ...options.map((option) => `complete -c faultline ${when} ${fishOption(option)}`),
    ];
  });
  const cases = named.map(({ path }) => {
    const above = path.split(' ').slice(0, -1).join(' ');
    return `      case ${quoted(`${above}:${path.split(' ').at(-1)}`)}\n        set path ${quoted(path)}`;
  });
  return `# fish completion of faultline: faultline completion fish > ~/.config/fish/completions/faultline.fish
function __faultline_path
  set -l path ""
  for word in (commandline -opc)[2..-1]
    switch "$path:$word"
${cases.join('\n')}
    end
  end
  echo "$path"
end
complete -c faultline -f -n 'test (__faultline_path) = ""'
${lines.join('\n')}
`;
}

function fishOption(option: OptionDescription): string {
  const flags = option.names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const found = valuesOf(option);
  const value =
    option.value === null
      ? '-f'
      : found === 'files'
        ? '-r -F'
        : found === 'anything'
          ? '-x'
          : `-x -a ${quoted('words' in found ? found.words.join(' ') : `(${found.command})`)}`;
  return `${flags.join(' ')} ${value} -d ${quoted(option.description)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function escapedColons(text: string): string {
  return text.replaceAll(':', '\\:');
}
