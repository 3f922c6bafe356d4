/**
 * Puts an excerpt of a pull request that the demo really wrote between the `demo` marks of the README.
 * Run `npm run demo` first, then `node scripts/readme.ts`. A test says when it is due.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pullRequestsOf, withoutLinks, type DemoReport, type PullRequest } from './demo.ts';

const marks = /(<!-- demo:begin -->\n)[^]*(<!-- demo:end -->)/;

/** The README with the excerpt of this report. Throws when the marks are gone. */
export function withDemoExcerpt(readme: string, report: DemoReport): string {
  const [pullRequest] = pullRequestsOf({
    incidents: report.incidents.filter(({ rule }) => rule === 'oom-killed'),
  });
  if (!pullRequest) throw new Error('the demo wrote no pull request for the container out of memory');
  if (!marks.test(readme)) throw new Error('README.md has no <!-- demo:begin --> … <!-- demo:end -->');
  return readme.replace(
    marks,
    (_all, begin: string, end: string) => `${begin}${excerptOf(pullRequest)}${end}`,
  );
}

/** Title and what stands in the open, as a quotation. */
function excerptOf({ title, body }: PullRequest): string {
  const open = withoutLinks(body)
    .split(/^<details>/m, 1)[0]!
    .trim();
  return `### ${title}\n\n${open}`
    .split('\n')
    .map((line) => `> ${line}`.trimEnd() + '\n')
    .join('');
}

if (import.meta.main) {
  const report = JSON.parse(readFileSync(resolve('out/demo/report.json'), 'utf8')) as DemoReport;
  const readme = readFileSync(resolve('README.md'), 'utf8');
  writeFileSync(resolve('README.md'), withDemoExcerpt(readme, report));
}
