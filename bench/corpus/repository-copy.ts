import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

/**
 * A copy of a repository that edits are tried in. Written without anything of the product: the whole copy is there for the
 * tools, nothing is cached, nothing is worked out in advance.
 */
export class RepositoryCopy {
  readonly path: string;
  /** Regular files, sorted. */
  readonly files: readonly string[];
  /** Address of `origin`; null for a folder that is no git repository. */
  readonly remote: string | null;

  /** @param added files that the copy has besides */
  constructor(
    folder: string,
    added: (files: readonly string[], read: (file: string) => string) => ReadonlyMap<string, string>,
  ) {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'faultline-corpus-')));
    this.remote = remoteOf(folder);
    const filter = (source: string): boolean => basename(source) !== '.git';
    cpSync(folder, this.path, { recursive: true, verbatimSymlinks: true, filter });
    for (const [file, text] of added(this.#list(), (one) => this.read(one))) {
      mkdirSync(dirname(join(this.path, file)), { recursive: true });
      writeFileSync(join(this.path, file), text);
    }
    this.files = this.#list();
    if (this.remote !== null) this.#commit(this.remote);
  }

  /** What lies behind a symlink to a folder is another name for files that are listed anyway. */
  #list(): readonly string[] {
    return readdirSync(this.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && realpathSync(entry.parentPath) === entry.parentPath)
      .map((entry) => relative(this.path, join(entry.parentPath, entry.name)))
      .sort();
  }

  /** A repository of its own, so that the product finds out by its address what is applied from it. */
  #commit(remote: string): void {
    const git = (...args: string[]): void => {
      execFileSync('git', ['-c', 'user.name=corpus', '-c', 'user.email=corpus@localhost', ...args], {
        cwd: this.path,
        stdio: 'ignore',
      });
    };
    git('init', '--quiet', '--initial-branch=main');
    git('remote', 'add', 'origin', remote);
    git('add', '--all', '--force');
    git('commit', '--quiet', '--message=corpus', '--no-verify');
  }

  read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8');
  }

  has(file: string): boolean {
    return existsSync(join(this.path, file));
  }

  /** Does something while some files have other contents. */
  async whileWritten<T>(files: ReadonlyMap<string, Buffer>, act: () => Promise<T>): Promise<T> {
    const before = [...files.keys()].map((file) => [file, readFileSync(join(this.path, file))] as const);
    for (const [file, content] of files) writeFileSync(join(this.path, file), content);
    try {
      return await act();
    } finally {
      for (const [file, content] of before) writeFileSync(join(this.path, file), content);
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function remoteOf(folder: string): string | null {
  if (!existsSync(join(folder, '.git'))) return null;
  try {
    const args = ['-C', folder, 'config', '--get', 'remote.origin.url'];
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}
