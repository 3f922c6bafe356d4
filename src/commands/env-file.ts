import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Names of variables with their values; null and undefined are left out. */
export type Variables = Readonly<Record<string, string | null | undefined>>;

/**
 * Writes variables into an env file for this user alone. Lines of other variables stay as they are; one that is there already is
 * replaced. Of a value with several lines, each end of a line becomes `\n`, which means the same in double quotes.
 */
export function writeEnvFile(file: string, variables: Variables): void {
  const known = Object.entries(variables).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
  );
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const kept = known.reduce((text, [name]) => without(text, name), before);
  const separator = kept === '' || kept.endsWith('\n') ? '' : '\n';
  const text = `${kept}${separator}${known.map(([name, value]) => `${name}=${value.replace(/\r?\n/g, '\\n')}\n`).join('')}`;
  const fresh = `${file}.${process.pid}`;
  try {
    writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
    chmodSync(fresh, 0o600);
    renameSync(fresh, file);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** The text without a variable, of which a quoted value may have several lines. */
function without(text: string, name: string): string {
  return text.replace(
    new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=(?:[ \\t]*"[^"]*"[^\\n]*|[^\\n]*)(?:\\n|$)`, 'gm'),
    '',
  );
}
