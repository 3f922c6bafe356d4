import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Settable } from '../../src/model/finding.ts';
import type { Causes } from '../../src/rules/causes.ts';
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
    { file: 'docs/adding-a-rule.md', mark: 'example', text: exampleRule() },
  ];
}

/** A rule of the program as it is. */
function exampleRule(): string {
  return `\`\`\`ts\n${readFileSync(resolve('src/rules/readiness-gate.ts'), 'utf8').trimEnd()}\n\`\`\``;
}

function partsOfPage({ id, causes, reads, semantics }: Rule): readonly Part[] {
  const file = `docs/rules/${id}.md`;
  const rows = Object.entries(causes).map(([cause, { means, outcome }]) => [`\`${cause}\``, means, outcome]);
  const kinds = reads.map((name) => `\`${bareKind(name)}\``).join(', ');
  const pages = semantics.map((address) => `- <${address}>`).join('\n');
  return [
    {
      file,
      mark: 'causes',
      text: [table([['cause', 'meaning', 'what happens'], ...rows]), ...settableIn(causes)].join('\n\n'),
    },
    { file, mark: 'relies-on', text: `It reads ${kinds}, and relies on what these pages say:\n\n${pages}` },
  ];
}

/** What `/rca set` takes, by the causes for which it does. */
function settableIn(causes: Causes): readonly string[] {
  const all = Object.entries(causes).flatMap(([cause, { terms }]) =>
    terms?.settable ? [[cause, described(terms.settable)] as const] : [],
  );
  return [...Map.groupBy(all, ([, what]) => what)].map(
    ([what, own]) =>
      `[\`/rca set\`](../chatops.md#what-rca-set-takes) takes ${what} for ${own.map(([cause]) => `\`${cause}\``).join(', ')}.`,
  );
}

function described(settable: Settable): string {
  switch (settable.to) {
    case 'tag':
      return 'another tag or digest of the same image';
    case 'amount':
      return 'an amount from what it is now up to `limits.memoryFactor` times that';
    case 'number':
      return `a number from what it is now up to ${settable.times} times that`;
    case 'name':
      return 'another name';
    case 'text':
      return 'another text';
  }
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
  return edited.length === 0 ? 'none: diagnosis only' : edited.map(([cause]) => `\`${cause}\``).join(', ');
}

function table([head, ...body]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head!), `|${' --- |'.repeat(head!.length)}`, ...body.map(line)].join('\n');
}
