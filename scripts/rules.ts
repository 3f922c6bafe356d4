/**
 * Writes what the rules state of themselves into the docs: the table of causes of each page, and the list of rules.
 * A test says when it is due.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { rules } from '../src/rules/index.ts';
import type { Rule } from '../src/rules/define-rule.ts';

const LIST = 'docs/rules/README.md';

/** The files with their tables as they should be, by path. */
export async function documented(): Promise<ReadonlyMap<string, string>> {
  const pages = await Promise.all(
    rules.map(async (rule) => {
      const file = pageOf(rule);
      return [file, await withTable(file, 'causes', causesOf(rule))] as const;
    }),
  );
  return new Map([...pages, [LIST, await withTable(LIST, 'rules', listOfRules())]]);
}

function pageOf({ id }: Rule): string {
  return `docs/rules/${id}.md`;
}

function causesOf({ causes }: Rule): readonly (readonly string[])[] {
  const rows = Object.entries(causes).map(([cause, { means, outcome }]) => [`\`${cause}\``, means, outcome]);
  return [['cause', 'meaning', 'what happens'], ...rows];
}

function listOfRules(): readonly (readonly string[])[] {
  return [
    ['rule', 'fails', 'phase'],
    ...rules.map(({ id, title, phase }) => [`[\`${id}\`](${id}.md)`, title, phase]),
  ];
}

/** @throws {Error} when the file has no marks for the table */
async function withTable(file: string, name: string, rows: readonly (readonly string[])[]): Promise<string> {
  const path = resolve(file);
  const text = readFileSync(path, 'utf8');
  const marks = new RegExp(`(<!-- ${name}:begin -->\n)[^]*(<!-- ${name}:end -->)`);
  if (!marks.test(text)) throw new Error(`${file} has no <!-- ${name}:begin --> … <!-- ${name}:end -->`);
  const [head, ...body] = rows.map((cells) => `| ${cells.join(' | ')} |`);
  const table = [head, `|${' --- |'.repeat(rows[0]!.length)}`, ...body].join('\n');
  const filled = text.replace(marks, (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
  return format(filled, { ...(await resolveConfig(path)), filepath: path });
}

if (import.meta.main) for (const [file, text] of await documented()) writeFileSync(resolve(file), text);
