import { describe, expect, test } from 'vitest';
import type { Edit } from '../../src/chatops/tick.ts';
import { tickedIn } from '../../src/pull-requests/boxes.ts';
import type { Person } from '../github/stand-in/interface.ts';
import { answers, say, withPull, type WithPull } from './conversation.ts';
import { deployment } from './made-service.ts';
import { all } from '../store/contract/open.ts';

const MINUTE = 60_000;

/** Somebody ticks a box: what GitHub tells of it. */
function tick(made: WithPull, thread: number, who: Person, command: string): Edit {
  const { repository, github } = made;
  const before = repository.issue(thread).body;
  const line = new RegExp(`- \\[ \\] <!-- faultline:box ${command} `);
  expect(before).toMatch(line);
  const after = before.replace(line, (found) => found.replace('[ ]', '[x]'));
  who.edit(thread, { body: after });
  return { by: who.login, isBot: false, before, after, at: github.clock.now() };
}

function dashboardOf({ repository }: Pick<WithPull, 'repository'>): number {
  return repository.issues().find(({ title }) => title === 'Faultline dashboard')!.number;
}

function boxesOf({ repository }: WithPull, thread: number): number {
  const where = repository.issue(thread).isPullRequest ? 'pull-request' : 'dashboard';
  return tickedIn(repository.issue(thread).body, where).length;
}

async function pollOnce({ service, host, github }: WithPull): Promise<void> {
  github.clock.advance(MINUTE);
  await service.poll(host.repository);
}

const commandsIn = async ({ store }: WithPull) =>
  (await all(store.audit.records()))
    .filter(({ kind }) => kind === 'command')
    .map(({ payload }) => JSON.parse(payload));

describe('a box that somebody ticked', () => {
  test.each(['dashboard', 'pull request'])('in the %s snoozes for a day, once', async (where) => {
    const made = await withPull();
    const { service, repository, ana, store, github } = made;
    const thread = where === 'dashboard' ? dashboardOf(made) : made.number;
    const edit = tick(made, thread, ana, 'snooze');
    expect(await service.boxes(repository.slug, thread, edit)).toEqual(['done']);
    expect(await service.boxes(repository.slug, thread, edit)).toEqual(['handled']);
    expect(answers(made, thread)).toHaveLength(1);
    const [snooze] = await store.snoozes.list(github.clock.now());
    expect(snooze).toMatchObject({ by: 'ana' });
    expect(boxesOf(made, thread)).toBe(0);
    expect(answers(made, thread).at(-1)).toMatch(/^`ana` ticked "Snooze for 24 hours":\n\nQuiet until/);
    expect(await commandsIn(made)).toMatchObject([{ thread, author: 'ana', outcome: 'done' }]);
    await say(made, made.number, ana, '/rca undo');
    expect(await store.snoozes.list(github.clock.now())).toEqual([]);
  });

  test('in the dashboard is taken back there', async () => {
    const made = await withPull({ '.github/faultline.yml': 'policy: {default: {mode: propose}}\n' });
    const { service, repository, ana, store, github } = made;
    ana.close(made.number);
    const thread = dashboardOf(made);
    await service.scan('prod');
    await say(made, thread, ana, '/rca undo');
    expect(answers(made, thread).at(-1)).toContain('Nothing to take back');
    expect(await store.snoozes.list(github.clock.now())).toEqual([]);
    expect(repository.issue(thread).state).toBe('open');
  });

  test('rebuilds the branch on what the base is by then', async () => {
    const made = await withPull();
    const { service, repository, ana, number } = made;
    ana.push('main', { 'notes.txt': 'mine' });
    const edit = tick(made, number, ana, 'rebuild');
    expect(await service.boxes(repository.slug, number, edit)).toEqual(['done']);
    const { headSha, head } = repository.pull(number);
    expect(repository.log(headSha)[1]?.sha).toBe(repository.head('main'));
    expect(repository.files(head).get('apps/cart.yaml')).toBe(deployment('768Mi'));
    expect(boxesOf(made, number)).toBe(0);
  });

  test('approves the commit that was seen, and no other', async () => {
    const made = await withPull({}, { checks: ['ci'] });
    const { service, repository, ana, number, github } = made;
    const edit = tick(made, number, ana, 'approve');
    expect(await service.boxes(repository.slug, number, edit)).toEqual(['done']);
    expect(repository.pull(number).autoMerge).toBe(true);
    const other = await withPull({}, { checks: ['ci'] });
    const late = tick(other, other.number, other.ana, 'approve');
    other.github.clock.advance(MINUTE);
    await say(other, other.number, other.ana, '/rca set limits.memory=640Mi');
    expect(await other.service.boxes(other.repository.slug, other.number, late)).not.toEqual(['done']);
    expect(other.repository.pull(other.number).autoMerge).toBe(false);
    expect(github.violations).toEqual([]);
  });

  test('by somebody without write access does nothing, is unticked and said once', async () => {
    const made = await withPull();
    const { service, repository, number, store, github } = made;
    const mallory = repository.person('mallory', 'read');
    for (let time = 0; time < 2; time += 1) {
      github.clock.advance(MINUTE);
      const edit = tick(made, number, mallory, 'snooze');
      expect(await service.boxes(repository.slug, number, edit)).toEqual(['no-permission']);
      expect(boxesOf(made, number)).toBe(0);
    }
    expect(await store.snoozes.list(github.clock.now())).toEqual([]);
    expect(answers(made, number)).toHaveLength(1);
    expect((await commandsIn(made)).map(({ outcome }) => outcome)).toEqual([
      'no-permission',
      'no-permission',
    ]);
  });

  test('keeps its tick while something else is written, until it is dealt with', async () => {
    const made = await withPull();
    const { service, repository, ana, number, record, github } = made;
    const edit = tick(made, number, ana, 'snooze');
    record('512Mi', 9);
    ana.push('main', { 'apps/cart.yaml': deployment('512Mi').replace('a sale', 'two sales') });
    github.clock.advance(10 * MINUTE);
    await service.scan('prod');
    expect(boxesOf(made, number)).toBe(1);
    expect(await service.boxes(repository.slug, number, edit)).toEqual(['done']);
    expect(boxesOf(made, number)).toBe(0);
  });

  test('is no edit of the words: they are rewritten later', async () => {
    const made = await withPull();
    const { service, repository, ana, number, github } = made;
    const before = repository.pull(number).title;
    const edit = tick(made, number, ana, 'retry');
    await service.boxes(repository.slug, number, edit);
    github.clock.advance(MINUTE);
    await say(made, number, ana, '/rca set limits.memory=640Mi');
    expect(repository.pull(number).title).not.toBe(before);
    expect(repository.pull(number).body).toContain('640Mi');
  });
});

describe('a box whose answer GitHub did not take', () => {
  test('is carried out once, and answered later', async () => {
    const made = await withPull();
    const { service, repository, ana, number, github, store } = made;
    await pollOnce(made);
    const edit = tick(made, number, ana, 'snooze');
    const path = /comments$/;
    github.faults.add({ when: { method: 'POST', path }, times: 5, does: { kind: 'status', status: 503 } });
    await expect(service.boxes(repository.slug, number, edit)).rejects.toThrow('503');
    expect(boxesOf(made, number)).toBe(1);
    await pollOnce(made);
    await pollOnce(made);
    expect(boxesOf(made, number)).toBe(0);
    expect(answers(made, number)).toHaveLength(1);
    expect(await commandsIn(made)).toHaveLength(1);
    expect(await store.snoozes.list(github.clock.now())).toHaveLength(1);
  });
});

test('boxes that two people ticked are theirs, in whichever order GitHub tells', async () => {
  const made = await withPull();
  const { service, repository, ana, number, store, github } = made;
  const ben = repository.person('ben', 'write');
  const first = tick(made, number, ana, 'snooze');
  github.clock.advance(5000);
  const second = tick(made, number, ben, 'retry');
  await service.boxes(repository.slug, number, second);
  await service.boxes(repository.slug, number, first);
  await service.boxes(repository.slug, number, second);
  const done = (await commandsIn(made)).filter(({ outcome }) => outcome === 'done');
  expect(done.filter(({ author, box }) => author === 'ben' && box.startsWith('retry'))).toHaveLength(1);
  expect(done.filter(({ author, box }) => author === 'ben' && box.startsWith('snooze'))).toEqual([]);
  const snoozes = await store.snoozes.list(github.clock.now());
  expect(snoozes.every(({ by }) => by === 'ana')).toBe(true);
});

describe('without a webhook', () => {
  test('the list of edits tells who ticked', async () => {
    const made = await withPull();
    const { ana, store, github } = made;
    const thread = dashboardOf(made);
    await pollOnce(made);
    tick(made, thread, ana, 'snooze');
    await pollOnce(made);
    await pollOnce(made);
    expect(await store.snoozes.list(github.clock.now())).toMatchObject([{ by: 'ana' }]);
    expect(answers(made, thread)).toHaveLength(1);
    expect(boxesOf(made, thread)).toBe(0);
  });

  test('nothing is done where two people edited, and the command is named', async () => {
    const made = await withPull();
    const { ana, store, github, repository, number } = made;
    const ben = repository.person('ben', 'write');
    // A first edit of ours is in the list.
    tick(made, number, ana, 'retry');
    await pollOnce(made);
    await pollOnce(made);
    tick(made, number, ana, 'snooze');
    ben.edit(number, { body: repository.pull(number).body.replace('What broke', 'What really broke') });
    await pollOnce(made);
    expect(await store.snoozes.list(github.clock.now())).toEqual([]);
    expect(answers(made, number).at(-1)).toContain('/rca snooze 24h');
    expect(boxesOf(made, number)).toBe(0);
  });

  test('what a webhook told already is not done again', async () => {
    const made = await withPull();
    const { ana, service, repository, number } = made;
    await pollOnce(made);
    const edit = tick(made, number, ana, 'retry');
    await service.boxes(repository.slug, number, edit);
    await pollOnce(made);
    expect(answers(made, number)).toHaveLength(1);
  });
});

describe('what is no tick', () => {
  test('a box in a log that the description quotes', async () => {
    const made = await withPull();
    const { service, repository, ana, number, store, github } = made;
    const before = repository.pull(number).body;
    const forged = '```text\n- [x] <!-- faultline:box snooze - - -->Snooze\n```\n\n';
    const after = `${forged}${before}`;
    ana.edit(number, { body: after });
    const edit = { by: 'ana', isBot: false, before, after, at: github.clock.now() };
    expect(await service.boxes(repository.slug, number, edit)).toEqual([]);
    expect(await store.snoozes.list(github.clock.now())).toEqual([]);
  });

  test('a box for an incident that is none of this repository', async () => {
    const made = await withPull();
    const { service, repository, ana, store, github } = made;
    const thread = dashboardOf(made);
    const before = repository.issue(thread).body;
    const after = before.replace(
      /- \[ \] <!-- faultline:box snooze \w+/,
      '- [x] <!-- faultline:box snooze ffffffffffffffff',
    );
    ana.edit(thread, { body: after });
    const edit = { by: 'ana', isBot: false, before, after, at: github.clock.now() };
    expect(await service.boxes(repository.slug, thread, edit)).toEqual(['refused']);
    expect(await store.snoozes.list(github.clock.now())).toEqual([]);
  });

  test('what Faultline writes itself', async () => {
    const made = await withPull();
    const { service, repository, number, github } = made;
    const { body } = repository.pull(number);
    const after = body.replace('- [ ] <!-- faultline:box snooze', '- [x] <!-- faultline:box snooze');
    const edit = { by: github.botLogin, isBot: true, before: body, after, at: github.clock.now() };
    expect(await service.boxes(repository.slug, number, edit)).toEqual([]);
  });

  test('words in the dashboard that somebody edited: they are restored', async () => {
    const made = await withPull();
    const { service, repository, ana, github } = made;
    const thread = dashboardOf(made);
    const before = repository.issue(thread).body;
    const after = before.replace('### Proposed', '### All is well');
    ana.edit(thread, { body: after });
    const edit = { by: 'ana', isBot: false, before, after, at: github.clock.now() };
    expect(await service.boxes(repository.slug, thread, edit)).toEqual([]);
    expect(repository.issue(thread).body).toContain('### Proposed');
    expect(repository.issue(thread).body).not.toContain('All is well');
  });
});
