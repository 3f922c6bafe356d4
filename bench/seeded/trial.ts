import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';

/** A clone of a repository, to which trials are committed. The repository itself stays as it is. */
export class TrialRepository {
  readonly path: string;
  readonly base: string;

  constructor(folder: string) {
    this.path = mkdtempSync(join(tmpdir(), 'faultline-seeded-'));
    git(['clone', '--quiet', '--bare', '--shared', folder, this.path]);
    this.base = git(['-C', folder, 'rev-parse', 'HEAD']).trim();
    git(['-C', this.path, 'config', 'user.name', 'Ada']);
    git(['-C', this.path, 'config', 'user.email', 'ada@example.com']);
  }

  /** One commit on top of the base, at a branch of its own. */
  commit(branch: string, what: string, files: Readonly<Record<string, string | null>>): string {
    const env = { GIT_INDEX_FILE: join(this.path, 'index.seeded') };
    const here = (args: readonly string[], input?: string): string =>
      git(['-C', this.path, ...args], input, env);
    here(['read-tree', this.base]);
    const lines = Object.entries(files).map(([file, text]) => {
      const id = text === null ? '0'.repeat(40) : here(['hash-object', '-w', '--stdin'], text).trim();
      return `${text === null ? '0' : '100644'} ${id}\t${file}`;
    });
    here(['update-index', '--index-info'], `${lines.join('\n')}\n`);
    const commit = here(['commit-tree', here(['write-tree']).trim(), '-p', this.base, '-m', what]).trim();
    here(['update-ref', `refs/heads/${branch}`, commit]);
    return commit;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function git(args: readonly string[], input?: string, env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync('git', args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...env },
    ...(input !== undefined && { input }),
  });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout;
}
