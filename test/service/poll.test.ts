import { describe, expect, test } from 'vitest';
import { answers, withPull } from './conversation.ts';
import type { MadeService } from './made-service.ts';

const MINUTE = 60_000;

/** Asks GitHub what webhooks would have told, a minute after the last time. */
async function pollOnce({ service, host, github }: MadeService): Promise<void> {
  github.clock.advance(MINUTE);
  await service.poll(host.repository);
}

describe('polling', () => {
  test('answers a comment, once', async () => {
    const made = await withPull();
    await pollOnce(made);
    made.ana.comment(made.number, '/rca status');
    await pollOnce(made);
    await pollOnce(made);
    expect(answers(made, made.number)).toEqual([expect.stringContaining('Failing, last seen')]);
  });

  test.each([10 * MINUTE, 0])('obeys nothing that was written before it began, by %i ms', async (before) => {
    const made = await withPull();
    made.ana.comment(made.number, '/rca status');
    made.github.clock.advance(before);
    await pollOnce(made);
    await pollOnce(made);
    expect(answers(made, made.number)).toEqual([]);
    made.ana.comment(made.number, '/rca status');
    await pollOnce(made);
    expect(answers(made, made.number)).toHaveLength(1);
  });

  test('answers what was written while nobody listened', async () => {
    const made = await withPull();
    await pollOnce(made);
    made.ana.comment(made.number, '/rca status');
    const again = await made.startAgain(made.store);
    await again.service.scan('prod');
    await pollOnce(again);
    expect(answers(made, made.number)).toHaveLength(1);
  });

  test('answers other comments when one cannot be answered, and that one later', async () => {
    const made = await withPull();
    const { ana, github } = made;
    const issue = ana.openIssue('cart is slow');
    await pollOnce(made);
    ana.comment(issue, '/rca shop/cart');
    ana.comment(made.number, '/rca status');
    const path = new RegExp(`/issues/${issue}/comments$`);
    github.faults.add({ when: { method: 'POST', path }, times: 5, does: { kind: 'status', status: 503 } });
    await pollOnce(made);
    expect(answers(made, made.number)).toHaveLength(1);
    await pollOnce(made);
    expect(answers(made, issue)).toHaveLength(1);
    expect(answers(made, made.number)).toHaveLength(1);
  });

  test('reports on the configuration although a comment cannot be answered', async () => {
    const made = await withPull();
    const { ana, github, repository } = made;
    await pollOnce(made);
    const files = { '.github/faultline.yml': 'dashboard: true\n' };
    const sha = ana.push('mode', files, { from: repository.head()! });
    ana.openPull('Configure Faultline', 'mode');
    ana.comment(made.number, '/rca status');
    const path = /comments$/;
    github.faults.add({ when: { method: 'POST', path }, times: 5, does: { kind: 'status', status: 503 } });
    await pollOnce(made);
    expect(repository.checkRuns(sha)).toMatchObject([{ conclusion: 'success' }]);
  });

  test('is not edited into obeying', async () => {
    const made = await withPull();
    await pollOnce(made);
    const id = made.ana.comment(made.number, 'looks right');
    made.github.clock.advance(MINUTE);
    made.ana.editComment(id, '/rca approve');
    await pollOnce(made);
    expect(answers(made, made.number)).toEqual([]);
  });

  test('reports what a pull request does to the configuration, once for a commit', async () => {
    const made = await withPull();
    const { ana, repository } = made;
    await pollOnce(made);
    const sha = ana.push(
      'mode',
      { '.github/faultline.yml': 'policy: {default: {mode: propse}}\n' },
      { from: repository.head()! },
    );
    ana.openPull('Let Faultline propose', 'mode');
    await pollOnce(made);
    await pollOnce(made);
    expect(repository.checkRuns(sha)).toEqual([
      expect.objectContaining({
        conclusion: 'failure',
        annotations: [expect.objectContaining({ path: '.github/faultline.yml', line: 1 })],
      }),
    ]);
  });

  test('costs nothing while nothing happens', async () => {
    const made = await withPull();
    made.ana.comment(made.number, 'looks right');
    await pollOnce(made);
    await pollOnce(made);
    const before = made.github.journal.length;
    await pollOnce(made);
    const asked = made.github.journal.slice(before);
    // Comments, review comments, threads and pull requests.
    expect(asked.length).toBeLessThanOrEqual(4);
    expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([304]));
  });
});
