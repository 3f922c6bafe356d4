import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DASHBOARD_TITLE } from '../../src/dashboard/text.ts';
import { ONBOARDING_TITLE } from '../../src/onboarding/issue.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import type { Person, StandIn, StandInRepository } from '../../test/github/stand-in/interface.ts';
import { startGitHub } from '../../test/github/stand-in/start.ts';
import { commented } from '../../test/service/conversation.ts';
import {
  installationsOf,
  recordedIn,
  serviceOn,
  type ServedOnStandIn,
} from '../../test/service/on-stand-in.ts';
import { demoFolder } from '../demo-repository.ts';
import type { Page } from './github-page.ts';

const CLUSTER = 'saltmarsh-prod';
/** A moment after the demo's cluster was recorded. */
const NOW = Date.parse('2026-05-21T10:42:00Z');
const NAMES: Readonly<Record<string, string>> = {
  [DASHBOARD_TITLE]: 'dashboard',
  [ONBOARDING_TITLE]: 'greeting',
};
const COMMANDS = ['help', 'explain', 'status', 'evidence', 'snooze 24h'];

interface Scene {
  readonly github: StandIn;
  readonly repository: StandInRepository;
  readonly service: ServedOnStandIn;
  readonly ana: Person;
}

/**
 * What the service writes beside pull requests, on the demo's repository and cluster: the greeting, the dashboard, answers to
 * comments, and the comment that says how a merged change is doing.
 *
 * @param history a repository with the demo's commits
 */
export async function servicePages(history: string): Promise<readonly Page[]> {
  const github = await startGitHub({ now: NOW });
  const folder = mkdtempSync(join(tmpdir(), 'faultline-pictures-'));
  try {
    const scene = await begin(github, history, folder);
    const pages = await playedOut(scene);
    // What it would still do needs the stand-in.
    await scene.service.queue.stop();
    return pages;
  } finally {
    await github.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function begin(github: StandIn, history: string, folder: string): Promise<Scene> {
  const repository = github.repository('saltmarsh-ferries/platform', { files: { 'README.md': '' } });
  const ana = github.person('ana', 'write');
  // Its history behind the stand-in's back: nothing was asked yet.
  const fetched = ['fetch', '--quiet', '--force', history, 'main:main'];
  execFileSync('git', fetched, { cwd: repository.folder });
  const service = serviceOn(github, {
    store: await openMemoryStore(),
    clusters: [recordedIn(join(demoFolder, 'snapshot'), CLUSTER)],
    mirrors: join(folder, 'mirrors'),
    problem: (facts) => console.error(facts),
  });
  const installations = installationsOf(github);
  for (const found of await installations.list()) service.add(await installations.hostFor(found));
  return { github, repository, service, ana };
}

async function playedOut({ github, repository, service, ana }: Scene): Promise<readonly Page[]> {
  await service.onboard(repository.slug);
  await service.scan(CLUSTER);
  const pull = repository.pulls().find(({ title }) => title.includes('seatmap'))!;
  for (const command of COMMANDS) {
    await service.comment(repository.slug, commented(github, pull.number, ana, `/rca ${command}`));
  }
  const merged = repository.pulls().find(({ title }) => title.includes('fares'))!;
  ana.merge(merged.number);
  await service.scan(CLUSTER);
  return [
    ...repository
      .issues()
      .filter(({ isPullRequest }) => !isPullRequest)
      .map((issue) => issuePage(repository, issue)),
    pullPage(repository, pull.number, 'comments'),
    pullPage(repository, merged.number, 'merged'),
  ];
}

function issuePage(repository: StandInRepository, issue: ReturnType<StandInRepository['issue']>): Page {
  const { title, number, labels } = issue;
  return {
    name: NAMES[title] ?? `report-${number}`,
    title,
    number,
    state: 'Open',
    branches: null,
    labels,
    author: issue.author,
    posts: posts(repository, issue),
  };
}

function pullPage(repository: StandInRepository, number: number, name: string): Page {
  const { title, head, base, labels, state, author, body } = repository.pull(number);
  return {
    name,
    title,
    number,
    state: state === 'merged' ? 'Merged' : 'Open',
    branches: { from: head, into: base },
    labels,
    author,
    posts: posts(repository, { number, author, body }).slice(1),
  };
}

function posts(
  repository: StandInRepository,
  { number, author, body }: { readonly number: number; readonly author: string; readonly body: string },
): Page['posts'] {
  const first = { author, body };
  return [
    first,
    ...repository.comments(number).map((comment) => ({ author: comment.author, body: comment.body })),
  ];
}
