/**
 * `npm run demo`: the main job on the bundled example. Builds the infrastructure repository, diagnoses the recorded
 * cluster against it, and leaves what would be opened as files:
 *
 *     out/demo/repository          the repository, with one branch for each pull request
 *     out/demo/report.json         `diagnose --output json`
 *     out/demo/pull-requests/      one Markdown file each, as GitHub would get it
 */
import { spawnSync } from 'node:child_process';
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

/** Runs the demo in a folder, whose former content is lost. `env` is what the command line runs with. */
export function runDemo(folder: string, env: NodeJS.ProcessEnv = process.env): DemoReport {
  rmSync(folder, { recursive: true, force: true });
  const repository = join(folder, 'repository');
  buildDemoRepository(repository);
  const json = diagnose(repository, ['--output', 'json', '--write-branches'], 'pipe', env);
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

/** Runs the command line as a person would, with its messages on the terminal. */
function diagnose(
  repository: string,
  options: readonly string[],
  stdout: 'pipe' | 'inherit',
  env: NodeJS.ProcessEnv,
): string {
  const snapshot = join(demoFolder, 'snapshot');
  const args = [main, 'diagnose', '--repo', repository, '--snapshot', snapshot, ...options];
  const ended = spawnSync(process.execPath, args, {
    env,
    stdio: ['ignore', stdout, 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  if (ended.error) throw ended.error;
  if (ended.status !== 0)
    throw new Error(`faultline diagnose ended with status ${ended.status ?? ended.signal}`);
  return ended.stdout;
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

/** What comes before the first heading: enough to decide on a phone. */
function headOf({ body }: PullRequest): string {
  return withoutLinks(body.split(/^#+ /m, 1)[0]!).trim();
}

/** The demo's links lead into a repository that exists on nobody's GitHub. */
export function withoutLinks(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]*)\]\(https:[^)]*\)/g, '$1');
}

if (import.meta.main) {
  const folder = resolve('out/demo');
  const shown = (path: string): string => relative(process.cwd(), join(folder, path));
  const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '    ');
  try {
    const report = runDemo(folder);
    diagnose(join(folder, 'repository'), ['--output', 'text'], 'inherit', process.env);
    const pullRequests = pullRequestsOf(report);
    console.log(`\n${pullRequests.length} pull requests would be opened:`);
    for (const [index, pullRequest] of pullRequests.entries()) {
      console.log(`\n${index + 1}. ${pullRequest.title}\n\n${indented(headOf(pullRequest))}`);
      console.log(`\n    All of it: ${shown(`pull-requests/${fileNameOf(pullRequest, index)}`)}`);
    }
    console.log(`
Where to look:
  ${shown('pull-requests')}    the pull requests, as GitHub would show them
  ${shown('repository')}       the repository, with a branch for each: git log --oneline --all --graph
  ${shown('report.json')}      all of it, for programs
  fixtures/demo/snapshot    the recorded cluster that it was read from`);
  } catch (error) {
    console.error(`demo: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
