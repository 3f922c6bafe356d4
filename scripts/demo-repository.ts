/**
 * Builds the demo's infrastructure repository from its description in `fixtures/demo/repository`: a git repository
 * cannot be committed inside another one.
 *
 *     commits/<number>-<slug>/commit.json   author, email, date (RFC 3339), message, and paths to delete, if any
 *     commits/<number>-<slug>/files/…       the files that the commit adds or changes, whole
 *
 * The history goes through `git fast-import` with all dates fixed, so that every build has the same commit ids.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { devNull } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';

export const demoFolder = resolve(import.meta.dirname, '../fixtures/demo');

/** Not a real address: the demo never talks to it, but permalinks need one. */
const origin = 'https://github.com/saltmarsh-ferries/platform.git';

interface CommitDescription {
  readonly author: string;
  readonly email: string;
  readonly date: string;
  readonly message: string;
  readonly delete?: readonly string[];
}

/** Builds the demo's repository in `target`, whose former content is lost. Answers with the id of the newest commit. */
export function buildDemoRepository(target: string): string {
  rmSync(target, { recursive: true, force: true });
  return buildRepository(join(demoFolder, 'repository/commits'), target, origin);
}

/** Builds a repository from the description of its commits in an empty or new folder. Answers with the id of the newest commit. */
export function buildRepository(commits: string, target: string, remote: string): string {
  mkdirSync(target, { recursive: true });
  const git = (args: readonly string[], input?: Buffer): string =>
    execFileSync('git', args, {
      cwd: target,
      env: hermetic(),
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'inherit'],
    });

  git(['init', '--quiet', '--template=', '--object-format=sha1', '--initial-branch=main']);
  git(['config', 'core.autocrlf', 'false']);
  git(['config', 'remote.origin.url', remote]);
  git(['fast-import', '--quiet'], historyStream(commits));
  git(['reset', '--quiet', '--hard', 'main']);
  return git(['rev-parse', 'main']).trim();
}

/** Git without the machine's own settings, and never inside an outer repository that a hook or an editor points to. */
function hermetic(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return { ...Object.fromEntries(own), GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1' };
}

/** All commits in the format of `git help fast-import`. */
function historyStream(commitsFolder: string): Buffer {
  return Buffer.concat(
    readdirSync(commitsFolder)
      .sort()
      .map((name) => commitCommand(join(commitsFolder, name))),
  );
}

function commitCommand(folder: string): Buffer {
  const { author, email, date, message, ...rest } = JSON.parse(
    readFileSync(join(folder, 'commit.json'), 'utf8'),
  ) as CommitDescription;
  const who = `${author} <${email}> ${gitDate(date)}`;
  const files = filesBelow(join(folder, 'files'));
  return Buffer.concat([
    Buffer.from(`commit refs/heads/main\nauthor ${who}\ncommitter ${who}\n`),
    dataCommand(Buffer.from(message)),
    ...(rest.delete ?? []).map((path) => Buffer.from(`D ${path}\n`)),
    ...files.flatMap(([path, file]) => [
      Buffer.from(`M 100644 inline ${path}\n`),
      dataCommand(readFileSync(file)),
    ]),
  ]);
}

function dataCommand(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${content.length}\n`), content, Buffer.from('\n')]);
}

/** `2026-05-21T09:52:00+02:00` is `1779349920 +0200` for git. */
function gitDate(date: string): string {
  const zone = date.slice(-6).replace(':', '');
  return `${Date.parse(date) / 1000} ${/^[+-]\d{4}$/.test(zone) ? zone : '+0000'}`;
}

/** Regular files as [path in the repository, path on disk], sorted. */
function filesBelow(folder: string): readonly (readonly [string, string])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [relative(folder, file).split(sep).join('/'), file] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

if (import.meta.main) {
  const target = resolve(process.argv[2] ?? 'out/demo/repository');
  console.log(`${buildDemoRepository(target)} in ${target}`);
}
