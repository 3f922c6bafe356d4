import { describe, expect, test } from 'vitest';
import { answers, withPull } from './conversation.ts';
import { madeService, type MadeService } from './made-service.ts';

const MANY = 10_050;
const TIMEOUT = 180_000;
const REFUSAL = { message: 'Validation Failed', documentation_url: 'https://docs.github.com/rest' };

/** Requests that GitHub had to answer, since the last time. */
function counter({ github }: MadeService): () => number {
  let from = github.journal.length;
  return () => {
    const asked = github.journal.slice(from).filter(({ path }) => !path.endsWith('/access_tokens'));
    from = github.journal.length;
    return asked.length;
  };
}

async function scanned(made: MadeService): Promise<number> {
  const asked = counter(made);
  await made.service.scanAll();
  return asked();
}

const titles = ({ repository, github }: MadeService): readonly string[] =>
  repository
    .issues()
    .filter(({ author }) => author === github.botLogin)
    .map(({ title }) => title);

/** More of everything than GitHub's lists give, by other people. */
function crowd({ repository, github }: MadeService): void {
  repository.fillWith({ issues: MANY, pulls: MANY, labels: MANY, comments: MANY, branches: 500 });
  github.clock.advance(3_600_000);
}

describe('a repository with more of everything than lists give', { timeout: TIMEOUT }, () => {
  test('is greeted, gets its pull request and its dashboard, and a scan costs what it costs elsewhere', async () => {
    const small = await madeService();
    await small.service.onboard('acme/infra');
    await small.service.scanAll();
    await small.service.scanAll();
    const usual = await scanned(small);

    const made = await madeService();
    crowd(made);
    const asked = counter(made);
    await made.service.onboard('acme/infra');
    await made.service.scanAll();
    expect(asked()).toBeLessThan(60);
    expect(made.errors).toEqual([]);
    expect(titles(made)).toEqual([
      'Faultline: what it found in this repository',
      expect.stringContaining('cart'),
      'Faultline dashboard',
    ]);
    await made.service.scanAll();
    expect(await scanned(made)).toBe(usual);
    expect(await scanned(made)).toBe(usual);
    // Everything was touched meanwhile: still a constant number.
    made.github.clock.advance(3_600_000);
    made.repository.fillWith({ issues: 250, pulls: 150 });
    made.github.clock.advance(60_000);
    expect(await scanned(made)).toBeLessThan(40);
    expect(titles(made)).toHaveLength(3);
  });

  test('is found again when the store was lost, and nothing is opened twice', async () => {
    const made = await madeService();
    await made.service.onboard('acme/infra');
    await made.service.scanAll();
    crowd(made);
    const again = await made.startAgain();
    const asked = counter(again);
    await again.service.onboard('acme/infra');
    await again.service.scanAll();
    expect(asked()).toBeLessThan(40);
    expect(again.errors).toEqual([]);
    expect(titles(again)).toHaveLength(3);
    expect(await again.store.proposals.list({ states: ['open'] })).toHaveLength(1);
  });

  test('is found again without labels, and where the filter by creator finds nobody', async () => {
    const made = await madeService();
    await made.service.onboard('acme/infra');
    await made.service.scanAll();
    const [greeting, pull, dashboard] = made.repository
      .issues()
      .filter(({ author }) => author === made.github.botLogin);
    made.ana.unlabel(dashboard!.number, 'faultline');
    crowd(made);
    const again = await made.startAgain();
    await again.service.scanAll();
    expect(titles(again)).toHaveLength(3);

    made.github.faults.add({
      when: { operation: 'issues/list-for-repo', path: /issues$/, query: { creator: made.github.botLogin } },
      times: 100,
      does: { kind: 'answer', status: 422, body: REFUSAL },
    });
    made.ana.label(dashboard!.number, 'faultline');
    made.repository.fillWith({ issues: 150, pulls: 150 });
    const third = await made.startAgain();
    await third.service.onboard('acme/infra');
    await third.service.scanAll();
    expect(titles(third)).toEqual([greeting!.title, pull!.title, dashboard!.title]);
  });

  test('gets no second dashboard where nothing tells whether there is one', async () => {
    const made = await madeService();
    await made.service.scanAll();
    crowd(made);
    for (const query of [{ creator: made.github.botLogin }, { labels: 'faultline' }])
      made.github.faults.add({
        when: { operation: 'issues/list-for-repo', query },
        times: 1000,
        does: { kind: 'answer', status: 422, body: REFUSAL },
      });
    const again = await made.startAgain();
    await again.service.scanAll();
    expect(titles(again)).toHaveLength(2);
    expect(again.errors.join()).toContain('does not list all issues');
  });

  test('keeps what a person closed long ago closed', async () => {
    const made = await madeService();
    await made.service.scanAll();
    const [pull] = made.repository.pulls();
    made.ana.close(pull!.number);
    made.github.clock.advance(30 * 24 * 3_600_000);
    crowd(made);
    const again = await made.startAgain();
    await again.service.scanAll();
    await again.service.scanAll();
    expect(titles(again)).toHaveLength(2);
  });

  test('is answered, in a thread that is as long', async () => {
    const made = await withPull();
    crowd(made);
    made.repository.fillWith({ comments: MANY, on: made.number });
    made.github.clock.advance(60_000);
    await made.service.poll(made.host.repository);
    made.github.clock.advance(60_000);
    made.ana.comment(made.number, '/rca status');
    const asked = counter(made);
    await made.service.poll(made.host.repository);
    // With the check of the pull request's head, which is made once.
    expect(asked()).toBeLessThan(30);
    expect(answers(made, made.number)).toHaveLength(1);
    expect(await scanned(made)).toBeLessThan(30);
    expect(made.errors).toEqual([]);
  });

  test('is answered behind more comments than one poll reads', async () => {
    const made = await withPull();
    await made.service.poll(made.host.repository);
    made.github.clock.advance(120_000);
    made.repository.fillWith({ comments: 3_000, on: made.number });
    made.ana.comment(made.number, '/rca status');
    for (let times = 0; times < 4; times += 1) {
      const asked = counter(made);
      await made.service.poll(made.host.repository);
      expect(asked()).toBeLessThan(60);
    }
    expect(answers(made, made.number)).toHaveLength(1);
  });
});
