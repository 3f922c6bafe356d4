import { setTimeout } from 'node:timers/promises';
import type { StandInRepository } from '../../github/stand-in/interface.ts';
import type { Fleet } from './fleet.ts';

const FIX = 'fix(cart): raise memory limit to 768Mi';
const GREETING = 'Faultline: what it found in this repository';
const DASHBOARD = 'Faultline dashboard';
/** Starting is mostly loading, which takes its time where many things run. Milliseconds. */
const PATIENCE = 180_000;

/** What can happen to replicas. Each resolves when it has happened, whatever comes of it. */
export const MISFORTUNES = {
  /** Another process of the same replica starts a while later. */
  killed: async (fleet, at) => {
    const replica = fleet.replicas[at]!;
    await replica.kill();
    await setTimeout(1_000);
    replica.start();
  },
  'database restarted': (fleet) => fleet.postgres.restart('immediate', 500),
  'connections cut': async (fleet) => {
    await fleet.postgres.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'faultline%'`,
    );
  },
  /** Nobody is told: bytes are lost, and connections stay open. */
  'cable pulled': async (fleet, at) => {
    const { proxy } = fleet.replicas[at]!;
    proxy.goSilent();
    await setTimeout(15_000);
    proxy.resume();
  },
} as const satisfies Readonly<Record<string, (fleet: Fleet, at: number) => Promise<unknown>>>;

export type Misfortune = keyof typeof MISFORTUNES;

/** Resolves when each repository has its pull request and its dashboard. */
export function settled(fleet: Fleet): Promise<void> {
  return until(fleet, 'a pull request and a dashboard in each repository', () =>
    fleet.repositories.every(
      (repository) =>
        repository.pulls().length > 0 && repository.issues().some(({ title }) => title === DASHBOARD),
    ),
  );
}

/** Somebody asks in each pull request. */
export async function ask(fleet: Fleet): Promise<void> {
  for (const repository of fleet.repositories)
    await repository.person('ana', 'write').comment(repository.pulls()[0]!.number, '/rca status');
}

/** Resolves when so many questions have an answer in each pull request. */
export function answered(fleet: Fleet, questions: number): Promise<void> {
  return until(fleet, `${questions} answers in each pull request`, () =>
    fleet.repositories.every((repository) => answersIn(repository) >= questions),
  );
}

function answersIn(repository: StandInRepository): number {
  return repository.comments(repository.pulls()[0]!.number).filter(({ author }) => author !== 'ana').length;
}

async function until(fleet: Fleet, what: string, isSo: () => boolean): Promise<void> {
  const started = performance.now();
  while (!isSo()) {
    if (performance.now() - started > PATIENCE)
      throw new Error(`after ${PATIENCE / 1000} s there are not ${what}:\n${fleet.log().slice(-4_000)}`);
    await setTimeout(100);
  }
}

/** What is there twice or not at all: each repository has one of everything, and each question one answer. */
export async function problemsOf(fleet: Fleet, questions: number): Promise<readonly string[]> {
  const problems = [...fleet.github.violations];
  const check = (slug: string, what: string, found: unknown, wanted: unknown): void => {
    const [is, was] = [JSON.stringify(found), JSON.stringify(wanted)];
    if (is !== was) problems.push(`${slug}: ${what} ${is} in place of ${was}`);
  };
  for (const repository of fleet.repositories) {
    const { slug } = repository;
    const pulls = repository.pulls();
    check(
      slug,
      'pull requests',
      pulls.map(({ title, state }) => [title, state]),
      [[FIX, 'open']],
    );
    check(slug, 'branches', repository.branches().toSorted(), [pulls[0]!.head, 'main'].toSorted());
    const titles = repository.issues().map(({ title }) => title);
    check(slug, 'issues', titles.toSorted(), [DASHBOARD, GREETING, FIX].toSorted());
    check(slug, 'answers', answersIn(repository), questions);
  }
  const chain = await fleet.auditLog();
  if (!chain.intact) problems.push(`the audit log: ${chain.message}`);
  return problems;
}
