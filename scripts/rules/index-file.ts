import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PHASES } from '../../src/model/phase.ts';
import type { Rule } from '../../src/rules/define-rule.ts';

export const INDEX = 'src/rules/index.ts';

interface Exported {
  /** `oom-killed.ts` */
  readonly file: string;
  readonly name: string;
  readonly rule: Rule;
}

/** `src/rules/index.ts`: every file of the folder that exports a rule, in the order of the phases, and last what gives way to any other. */
export async function indexFile(): Promise<string> {
  const folder = resolve('src/rules');
  const exported: Exported[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    const name = /^export const (\w+) = defineRule\(/m.exec(readFileSync(join(folder, file), 'utf8'))?.[1];
    if (name === undefined) continue;
    const module = (await import(join(folder, file))) as Readonly<Record<string, Rule>>;
    exported.push({ file, name, rule: module[name]! });
  }
  const ordered = exported.toSorted(
    ({ rule: a }, { rule: b }) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1),
  );
  return `import type { Rule } from './define-rule.ts';
${exported.map(({ file, name }) => `import { ${name} } from './${file}';`).join('\n')}

/** All rules, in the order of their phases, and last what gives way to any other. Written by \`npm run rules\`. */
export const rules: readonly Rule[] = [${ordered.map(({ name }) => name).join(', ')}];
`;
}

function rank({ phase, givesWayTo }: Rule): number {
  return PHASES.indexOf(phase) + (givesWayTo === 'any' ? PHASES.length : 0);
}
