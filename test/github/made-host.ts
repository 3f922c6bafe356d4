import { expect, onTestFinished } from 'vitest';
import type { Host } from '../../src/github/host.ts';
import { hostOf } from '../../src/github/octokit-host.ts';
import { appClient } from '../../src/github/tokens.ts';
import { madeClock, type MadeClock } from './made-clock.ts';
import type { RepositoryOptions, StandIn, StandInOptions, StandInRepository } from './stand-in/interface.ts';
import { startGitHub } from './stand-in/start.ts';

export interface MadeHost {
  readonly github: StandIn;
  readonly repository: StandInRepository;
  readonly host: Host;
  readonly clock: MadeClock;
  /** Operations that GitHub was asked for since the start or the last `asked`, without those for tokens. */
  asked(): readonly string[];
}

const FILES = { 'apps/cart/deployment.yaml': 'memory: 256Mi\n', 'README.md': 'infra\n' };

/** `acme/infra` on the stand-in, as the App sees it. After the test nothing may have been asked that GitHub would not know. */
export async function madeHost(
  options: RepositoryOptions & { readonly standIn?: StandInOptions } = {},
): Promise<MadeHost> {
  const { standIn, ...repositoryOptions } = options;
  const github = await startGitHub(standIn);
  onTestFinished(async () => {
    await github.close();
    expect(github.violations).toEqual([]);
  });
  const repository = github.repository('acme/infra', { files: FILES, ...repositoryOptions });
  const clock = madeClock(github.clock.now(), (milliseconds) => github.clock.advance(milliseconds));
  const { appId, privateKey, apiUrl, botLogin } = github;
  const octokit = appClient({ appId, privateKey, baseUrl: apiUrl, clock }).installation(
    repository.installationId,
  );
  const host = hostOf(octokit, {
    owner: 'acme',
    repo: 'infra',
    login: botLogin,
    defaultBranch: repository.defaultBranch,
    clock,
  });
  let from = 0;
  return {
    github,
    repository,
    host,
    clock,
    asked: () => {
      const entries = github.journal
        .slice(from)
        .filter(({ operation }) => !operation?.includes('access-token'));
      from = github.journal.length;
      return entries.map(({ operation, method, path }) => operation ?? `${method} ${path}`);
    },
  };
}

export const BRANCH = 'faultline/oom-killed/cart-0a1b2c3d';

/** One commit on the default branch's head that raises the memory, on a branch of ours. */
export async function proposed({ host, repository }: MadeHost, branch = BRANCH): Promise<string> {
  const commit = await host.commit({
    parent: repository.head()!,
    message: 'Raise the memory of cart',
    files: new Map([['apps/cart/deployment.yaml', Buffer.from('memory: 512Mi\n')]]),
  });
  expect(await host.createBranch(branch, commit)).toBe('created');
  return commit;
}

export const PROPOSAL = {
  title: 'Raise the memory of cart',
  body: 'Because.',
  branch: BRANCH,
  base: 'main',
  draft: false,
} as const;
