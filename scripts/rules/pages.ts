import type { Rule } from '../../src/rules/define-rule.ts';
import { bareKind } from '../../src/kubernetes/api-kinds.ts';

/** What stands between two marks of a file: Markdown, or YAML. */
export interface Part {
  readonly file: string;
  /** `causes` of `<!-- causes:begin -->` */
  readonly mark: string;
  readonly text: string;
}

/** What the docs say of the rules: the tables of their pages, and the lists. */
export function partsOfDocs(rules: readonly Rule[]): readonly Part[] {
  return [
    ...rules.flatMap(partsOfPage),
    { file: 'docs/rules/README.md', mark: 'rules', text: listOfRules(rules) },
    { file: 'README.md', mark: 'rules', text: shortListOfRules(rules) },
  ];
}

function partsOfPage({ id, causes, reads, semantics }: Rule): readonly Part[] {
  const file = `docs/rules/${id}.md`;
  const rows = Object.entries(causes).map(([cause, { means, outcome }]) => [`\`${cause}\``, means, outcome]);
  const kinds = reads.map((name) => `\`${bareKind(name)}\``).join(', ');
  const pages = semantics.map((address) => `- <${address}>`).join('\n');
  return [
    { file, mark: 'causes', text: table([['cause', 'meaning', 'what happens'], ...rows]) },
    { file, mark: 'relies-on', text: `It reads ${kinds}, and relies on what these pages say:\n\n${pages}` },
  ];
}

function listOfRules(rules: readonly Rule[]): string {
  const rows = rules.map(({ id, title, phase }) => [`[\`${id}\`](${id}.md)`, title, phase]);
  return table([['rule', 'fails', 'phase'], ...rows]);
}

function shortListOfRules(rules: readonly Rule[]): string {
  const rows = rules.map((rule) => [`[${rule.title}](docs/rules/${rule.id}.md)`, editsOf(rule)]);
  return table([['what fails', 'pull requests for'], ...rows]);
}

/** The causes that a pull request is opened for. */
function editsOf({ causes }: Rule): string {
  const edited = Object.entries(causes).filter(([, { fix }]) => fix !== 'none');
  return edited.length === 0
    ? 'none: it says what is wrong'
    : edited.map(([cause]) => `\`${cause}\``).join(', ');
}

function table([head, ...body]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head!), `|${' --- |'.repeat(head!.length)}`, ...body.map(line)].join('\n');
}
