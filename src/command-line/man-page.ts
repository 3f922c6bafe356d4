import { callLines, examplesOf } from './examples.ts';
import { exitStatusesOf, UNUSABLE_MEANS } from './exit-status.ts';
import { sentence } from './help-style.ts';
import { withAllBelow, type CommandDescription, type OptionDescription } from './description.ts';

/** The manual in roff: `man faultline`. */
export function manPage(program: CommandDescription, version: string): string {
  const [, ...commands] = withAllBelow(program);
  const leaves = commands.filter((one) => one.commands.length === 0);
  return `${[
    `.TH FAULTLINE 1 "" ${quoted(`faultline ${version}`)} "Faultline"`,
    '.SH NAME',
    `faultline \\- ${text(program.description)}`,
    '.SH SYNOPSIS',
    ...leaves.flatMap((one) => ['.br', `.B faultline ${text(one.path)}`, text(synopsis(one))]),
    '.SH DESCRIPTION',
    'Faultline watches Kubernetes clusters, which it only reads, works out why a workload fails, finds the line in git that is responsible, and',
    'proposes a change of that line with a proof.',
    '.SH COMMANDS',
    ...leaves.flatMap(commandLines),
    '.SH EXIT STATUS',
    `Each command exits with 2 where ${text(UNUSABLE_MEANS)}.`,
    ...leaves.flatMap(({ path }) => {
      const statuses = exitStatusesOf(path);
      if (statuses === null) return [];
      const { done, failed, asked } = statuses;
      return [
        '.TP',
        `.B faultline ${text(path)}`,
        `0: ${text(done)}.${failed === null ? '' : ` 1: ${text(failed)}.`}${asked === null ? '' : ` 3, with \\-\\-exit\\-code: ${text(asked)}.`}`,
      ];
    }),
    '.SH ENVIRONMENT',
    ...[
      ['KUBECONFIG', 'the kubeconfig, instead of ~/.kube/config'],
      ['GITHUB_TOKEN, GH_TOKEN', 'for diagnose --open-pull-requests'],
      ['FAULTLINE_STORE', 'file or postgres:// address of the store'],
      ['NO_COLOR, FORCE_COLOR', 'no colours; colours where the output is not a terminal'],
      ['FAULTLINE_DEBUG', 'print where in the program an error came from'],
    ].flatMap(([name, means]) => ['.TP', `.B ${text(name!)}`, text(means!)]),
    '.SH FILES',
    '.TP',
    '.I .github/faultline.yml',
    'what Faultline may do in the clusters that a repository is deployed to',
    '.TP',
    '.I faultline\\-service.yml',
    'settings of faultline serve',
  ].join('\n')}\n`;
}

function synopsis({ arguments: given, options }: CommandDescription): string {
  const required = options
    .filter(({ isRequired }) => isRequired)
    .map(({ names, value }) => `${names.at(-1)} <${value}>`);
  return [...given, ...required, '[options]'].join(' ');
}

function commandLines(command: CommandDescription): readonly string[] {
  const examples = examplesOf(command.path);
  return [
    `.SS ${quoted(`faultline ${command.path} ${command.arguments.join(' ')}`.trim())}`,
    `${text(sentence(command.description))}`,
    ...command.options.flatMap(optionLines),
    ...examples.flatMap(({ what, call }) => [
      '.PP',
      `${text(what)}:`,
      '.PP',
      '.nf',
      '.RS',
      ...callLines(call).map(text),
      '.RE',
      '.fi',
    ]),
  ];
}

function optionLines({
  flags,
  description,
  choices,
  fallback,
  isRequired,
}: OptionDescription): readonly string[] {
  const more = [
    ...(choices === null ? [] : [`one of ${choices.join(', ')}`]),
    ...(fallback === null ? [] : [`default: ${fallback}`]),
    ...(isRequired ? ['required'] : []),
  ];
  return [
    '.TP',
    `.B ${text(flags)}`,
    text(more.length === 0 ? description : `${description} (${more.join('; ')})`),
  ];
}

/** Nothing in a text is a request of roff, and a hyphen stays one when it is copied. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&');
}

function quoted(words: string): string {
  return `"${text(words).replaceAll('"', '\\(dq')}"`;
}
