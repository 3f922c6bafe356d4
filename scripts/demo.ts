/**
 * `npm run demo`: the main job on the bundled example. Builds the infrastructure repository, diagnoses the recorded
 * cluster against it, and leaves what would be opened as files:
 *
 *     out/demo/repository          the repository, with one branch for each pull request
 *     out/demo/report.json         `diagnose --output json`
 *     out/demo/pull-requests/      one Markdown file each, as GitHub would get it
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { buildDemoRepository, demoFolder } from './demo-repository.ts';

/** What the demo reads of `diagnose --output json`. */
export interface DemoReport {
  readonly incidents: readonly {
    readonly rule: string;
    readonly cause: string;
    readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
    readonly decision: { readonly action: string; readonly reason: string };
    readonly fix: null | {
      readonly changes: readonly DemoChange[];
      readonly proof: { readonly status: string };
    };
    readonly pullRequest: PullRequest | null;
  }[];
}

export interface DemoChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly site: { readonly file: string; readonly line: number };
}

export interface PullRequest {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
}

const main = resolve(import.meta.dirname, '../src/main.ts');

/** Runs the demo in a folder, whose former content is lost. */
export function runDemo(folder: string): DemoReport {
  rmSync(folder, { recursive: true, force: true });
  const repository = join(folder, 'repository');
  buildDemoRepository(repository);
  const json = diagnose(repository, ['--output', 'json', '--write-branches'], 'pipe');
  writeFileSync(join(folder, 'report.json'), json);
  const report = JSON.parse(json) as DemoReport;

  mkdirSync(join(folder, 'pull-requests'));
  for (const [index, pullRequest] of pullRequestsOf(report).entries()) {
    writeFileSync(join(folder, 'pull-requests', fileNameOf(pullRequest, index)), asMarkdown(pullRequest));
  }
  return report;
}

/** Each pull request once, although several incidents may lead to it. */
export function pullRequestsOf({ incidents }: DemoReport): readonly PullRequest[] {
  const byBranch = new Map<string, PullRequest>();
  for (const { pullRequest } of incidents) if (pullRequest) byBranch.set(pullRequest.branch, pullRequest);
  return [...byBranch.values()];
}

function diagnose(repository: string, options: readonly string[], stdout: 'pipe' | 'inherit'): string {
  const snapshot = join(demoFolder, 'snapshot');
  const args = [main, 'diagnose', '--repo', repository, '--snapshot', snapshot, ...options];
  return execFileSync(process.execPath, args, {
    stdio: ['ignore', stdout, 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
}

/** `2-fix-seatmap-raise-the-memory-limit.md` */
function fileNameOf({ title }: PullRequest, index: number): string {
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return `${index + 1}-${slug.slice(0, 60).replace(/-$/, '')}.md`;
}

function asMarkdown({ title, branch, base, draft, body }: PullRequest): string {
  return `# ${title}\n\n${draft ? 'Draft: ' : ''}\`${branch}\` into \`${base}\`\n\n${body.trimEnd()}\n`;
}

if (import.meta.main) {
  const folder = resolve('out/demo');
  const report = runDemo(folder);
  diagnose(join(folder, 'repository'), ['--output', 'text'], 'inherit');

  const here = (path: string): string => relative(process.cwd(), join(folder, path));
  const pullRequests = pullRequestsOf(report);
  console.log(`\n${pullRequests.length} pull requests would be opened:\n`);
  for (const [index, pullRequest] of pullRequests.entries()) {
    console.log(`  ${pullRequest.title}\n    ${here(`pull-requests/${fileNameOf(pullRequest, index)}`)}`);
  }
  console.log(`
Where to look:
  ${here('pull-requests')}   what GitHub would show
  ${here('repository')}      the repository; \`git log --oneline --all --graph\` has a branch for each
  ${here('report.json')}     everything, for programs
  fixtures/demo/snapshot   the recorded cluster that all of this was read from`);
}
