import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';
import type { Part } from './pages.ts';

const schema = z.array(
  z.strictObject({
    source: z.string(),
    from: z.url(),
    /** True where Kubernetes prints the reason itself, so that a case of its rule shows it. */
    printed: z.boolean(),
    reasons: z.record(
      z.string(),
      z.union([z.strictObject({ by: z.string() }), z.strictObject({ not: z.string() })]),
    ),
  }),
);

export type Reasons = z.output<typeof schema>;

/** What others name as failures, and what Faultline says of each. */
export const reasons: Reasons = schema.parse(load(readFileSync(resolve('fixtures/reasons.yaml'), 'utf8')));

/** The tables of docs/reasons.md. */
export function partOfReasons(): Part {
  const sections = reasons.map(({ source, from, reasons: named }) => {
    const rows = Object.entries(named).map(
      ([reason, answer]) => `| ${reason} | ${'by' in answer ? linkTo(answer.by) : `— ${answer.not}`} |`,
    );
    return [`## ${source}`, `<${from}>`, ['| reason | rule |', '| --- | --- |', ...rows].join('\n')].join(
      '\n\n',
    );
  });
  return { file: 'docs/reasons.md', mark: 'reasons', text: sections.join('\n\n') };
}

function linkTo(by: string): string {
  const [rule] = by.split('/');
  return `[\`${by}\`](rules/${rule}.md)`;
}
