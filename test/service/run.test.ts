import { expect, onTestFinished, test, vi } from 'vitest';
import { Runner } from '../../src/service/run.ts';
import { madeService, type MadeService } from './made-service.ts';
import { bareSettings, installationsOf } from './on-stand-in.ts';

interface Running extends MadeService {
  readonly runner: Runner;
  /** Messages of warnings. */
  readonly warnings: readonly string[];
  /** Ends every sleep that has begun; what has not begun to sleep is not woken. */
  wake(): void;
}

/** The runner as `faultline serve` starts it, asleep until it is woken. */
async function madeRunner(): Promise<Running> {
  const made = await madeService();
  const { github, service, store } = made;
  const now = (): number => github.clock.now();
  const silent = (): void => {};
  const warnings: string[] = [];
  let sleepers: (() => void)[] = [];
  const runner = new Runner({
    service,
    installations: installationsOf(github),
    settings: bareSettings,
    store,
    log: {
      debug: silent,
      info: silent,
      warn: (_facts, message) => void warnings.push(message),
      error: silent,
    },
    now,
    sleep: (_milliseconds, signal) =>
      new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        sleepers.push(resolve);
        signal.addEventListener('abort', () => resolve());
      }),
  });
  onTestFinished(() => runner.stop());
  const wake = (): void => {
    const woken = sleepers;
    sleepers = [];
    for (const end of woken) end();
  };
  return { ...made, runner, warnings, wake };
}

const PATIENCE = { timeout: 10_000, interval: 20 };
const GREETING = 'Faultline: what it found in this repository';

test('a greeting that GitHub refused is made up for with the next list', async () => {
  const { github, repository, runner, warnings, wake } = await madeRunner();
  const greetings = (): number => repository.issues().filter(({ title }) => title === GREETING).length;
  github.faults.add({
    when: { operation: 'issues/create', path: /acme\/infra/ },
    times: 100,
    does: { kind: 'answer', status: 410, body: { message: 'Issues are disabled for this repo' } },
  });
  await runner.list();
  runner.start();
  await vi.waitFor(() => expect(warnings).toContain('not greeted yet'), PATIENCE);
  expect(greetings()).toBe(0);
  github.faults.clear();
  await vi.waitFor(() => {
    wake();
    expect(greetings()).toBe(1);
  }, PATIENCE);
});

test('what the App is installed in is known before anything is greeted', async () => {
  const { github, service, runner, repository } = await madeRunner();
  service.remove(repository.slug);
  await runner.list();
  expect(service.serves(repository.slug)).toBe(true);
  expect(github.journal.filter(({ method, path }) => method === 'POST' && !path.includes('token'))).toEqual(
    [],
  );
});

test('a repository that the App is not installed in any more is let go with the next list', async () => {
  const { service, runner, repository, github } = await madeRunner();
  await runner.list();
  github.repository('acme/shop');
  repository.configure({ installed: false });
  await runner.list();
  expect(service.repositories).toEqual(['acme/shop']);
});

test('an order that was given while nobody listened is carried out after the next start', async () => {
  const { runner, repository, ana, github, wake, store } = await madeRunner();
  await runner.list();
  runner.start();
  await vi.waitFor(
    async () => expect(await store.cursors.get('comments acme/infra')).not.toBeNull(),
    PATIENCE,
  );
  const issue = ana.openIssue('cart is slow');
  ana.comment(issue, '/rca help');
  await vi.waitFor(() => {
    wake();
    const authors = repository.comments(issue).map(({ author }) => author);
    expect(authors).toEqual(['ana', github.botLogin]);
  }, PATIENCE);
});
