/**
 * Writes what follows from the rules: their index, the tables of the docs, the shipped RBAC and the schema of the configuration;
 * also files of `deploy/` that repeat others. A test says when it is due.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { clusterRole } from './rules/cluster-role.ts';
import { FAILURES, failuresFile } from './rules/failures-file.ts';
import { INDEX, indexFile } from './rules/index-file.ts';
import { partsOfDocs, type Part } from './rules/pages.ts';

/** The files as they should be, by path. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  const { rules } = await import('../src/rules/index.ts');
  const { CAUSES_WITHOUT_A_CASE, causesWithoutACase } = await import('./rules/causes-without-a-case.ts');
  const { configJsonSchema, SCHEMA_FILE } = await import('../src/config/json-schema.ts');
  const { settingsJsonSchema, SETTINGS_SCHEMA } = await import('./rules/settings-schema.ts');
  const { deployFiles } = await import('./deploy/chart-files.ts');
  const { partOfReasons } = await import('./rules/reasons.ts');
  const { foresights } = await import('../src/guard/foresights.ts');
  const { partOfGuard } = await import('./rules/foresights.ts');
  const parts = Map.groupBy(
    [...partsOfDocs(rules), partOfReasons(), partOfGuard(foresights), clusterRole(rules)],
    ({ file }) => file,
  );
  const filled = [...parts].map(async ([file, own]) => {
    const text = own.reduce(withPart, readFileSync(resolve(file), 'utf8'));
    return [file, await formatted(file, text)] as const;
  });
  const written = new Map(await Promise.all(filled));
  const deployed = [...deployFiles(written.get('deploy/rbac.yaml')!)].map(
    async ([file, text]) => [file, await formatted(file, text)] as const,
  );
  return new Map([
    [INDEX, await formatted(INDEX, await indexFile())],
    [FAILURES, await formatted(FAILURES, failuresFile(rules))],
    [SCHEMA_FILE, configJsonSchema()],
    [SETTINGS_SCHEMA, settingsJsonSchema()],
    [CAUSES_WITHOUT_A_CASE, causesWithoutACase(rules)],
    ...written,
    ...(await Promise.all(deployed)),
  ]);
}

/** Writes all of them: first the index, then the failures that the configuration knows; the others follow from these. */
export async function generate(): Promise<void> {
  writeFileSync(resolve(INDEX), await formatted(INDEX, await indexFile()));
  const { rules } = await import('../src/rules/index.ts');
  writeFileSync(resolve(FAILURES), await formatted(FAILURES, failuresFile(rules)));
  for (const [file, text] of await generated()) writeFileSync(resolve(file), text);
}

/** @throws {Error} when the file has no marks for the part */
function withPart(text: string, { file, mark, text: part }: Part): string {
  const [open, close] = file.endsWith('.md') ? ['<!-- ', ' -->\n'] : ['# ', '\n'];
  const marks = new RegExp(`(${open}${mark}:begin${close})[^]*?( *${open}${mark}:end)`);
  if (!marks.test(text)) throw new Error(`${file} has no ${open}${mark}:begin … ${open}${mark}:end`);
  return text.replace(marks, (_all, begin: string, end: string) =>
    file.endsWith('.md') ? `${begin}\n${part}\n\n${end}` : `${begin}${part}\n${end}`,
  );
}

async function formatted(file: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(resolve(file))), filepath: resolve(file) });
}

if (import.meta.main) await generate();
