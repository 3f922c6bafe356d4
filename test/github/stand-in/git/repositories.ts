import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, text } from './run.ts';

/** What `git init --bare` makes, and as github.com allows: partial clones, and any commit by its id. */
export function makeBareRepository(folder: string, defaultBranch: string): void {
  for (const part of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags']) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  writeFileSync(join(folder, 'HEAD'), `ref: refs/heads/${defaultBranch}\n`);
  const settings =
    '[core]\n\trepositoryformatversion = 0\n\tbare = true\n[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n';
  writeFileSync(join(folder, 'config'), settings);
}

/** Brings a commit of another repository here, under a reference. */
export function fetchCommit(folder: string, from: string, sha: string, ref: string): void {
  text(folder, ['fetch', '--quiet', '--no-tags', from, `+${sha}:${ref}`]);
}

export function isRefName(ref: string): boolean {
  try {
    execFileSync('git', ['check-ref-format', ref], { env: environment, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
