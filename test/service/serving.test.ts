import { expect, test } from 'vitest';
import { running, type Running } from './running.ts';

const GREETING = 'Faultline: what it found in this repository';
const MINUTE = 60_000;

/** As `serve` starts, until nothing is due. */
async function started(made: Running): Promise<void> {
  await made.serving.list();
  await made.serving.start();
  await made.service.queue.drain();
}

/** So many minutes pass, one by one. */
async function pass({ github, service }: Running, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    github.clock.advance(MINUTE);
    await service.queue.drain();
  }
}

const greetings = ({ repository }: Running): number =>
  repository.issues().filter(({ title }) => title === GREETING).length;

test('a greeting that GitHub refused is made up for later', async () => {
  const made = await running();
  made.github.faults.add({
    when: { operation: 'issues/create', path: /acme\/infra/ },
    times: 100,
    does: { kind: 'answer', status: 410, body: { message: 'Issues are disabled for this repo' } },
  });
  await started(made);
  expect(made.errors.join('\n')).toContain('greet acme/infra');
  expect(greetings(made)).toBe(0);
  made.github.faults.clear();
  await pass(made, 2);
  expect(greetings(made)).toBe(1);
});

test('a repository is greeted once, and again by nobody', async () => {
  const made = await running();
  await started(made);
  await pass(made, 12);
  expect(greetings(made)).toBe(1);
});

test('what the App is installed in is known before anything is greeted', async () => {
  const { github, service, serving, repository } = await running();
  service.remove(repository.slug);
  await serving.list();
  expect(service.serves(repository.slug)).toBe(true);
  expect(github.journal.filter(({ method, path }) => method === 'POST' && !path.includes('token'))).toEqual(
    [],
  );
});

test('a repository that the App is not installed in any more is let go with the next list', async () => {
  const { service, serving, repository, github } = await running();
  await serving.list();
  github.repository('acme/shop');
  repository.configure({ installed: false });
  await serving.list();
  expect(service.repositories).toEqual(['acme/shop']);
});

test('an order that was given while nobody listened is carried out at the next poll', async () => {
  const made = await running();
  const { repository, ana, github } = made;
  await started(made);
  const issue = ana.openIssue('cart is slow');
  ana.comment(issue, '/rca help');
  await pass(made, 11);
  const authors = repository.comments(issue).map(({ author }) => author);
  expect(authors).toEqual(['ana', github.botLogin]);
});

test('a comment that was noted is answered by another process', async () => {
  const made = await running();
  await made.scan();
  const [pull] = made.repository.pulls();
  const id = made.ana.comment(pull!.number, '/rca status');
  const { repository, store } = made;
  const createdAt = made.github.clock.now();
  await store.unanswered.add({
    repository: repository.slug,
    kind: 'comment',
    id,
    thread: pull!.number,
    root: null,
    author: 'ana',
    createdAt,
  });
  const again = await made.startAgain(store);
  await again.service.scan('prod');
  expect(repository.comments(pull!.number)).toHaveLength(2);
  expect(await store.unanswered.list(repository.slug)).toEqual([]);
});

test('a comment that GitHub does not show yet is asked for again, and one that is gone is let go', async () => {
  const made = await running();
  await made.scan();
  const { repository, store, github, service } = made;
  const [pull] = repository.pulls();
  const comment = {
    kind: 'comment',
    id: 987_654,
    thread: pull!.number,
    author: 'ana',
    isBot: false,
    body: '/rca status',
    createdAt: github.clock.now(),
    updatedAt: github.clock.now(),
  } as const;
  await service.hear(repository.slug, comment);
  await service.queue.drain();
  expect(await store.unanswered.list(repository.slug)).toHaveLength(1);
  await pass(made, 3);
  expect(await store.unanswered.list(repository.slug)).toEqual([]);
  expect(repository.comments(pull!.number)).toEqual([]);
});
