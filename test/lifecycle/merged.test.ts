import { describe, expect, test } from 'vitest';
import { parseMarker } from '../../src/pull-requests/marker.ts';
import { deployment } from '../pull-requests/proposals.ts';
import { AUTO_FIX, FILE, kustomization, otherIncident, Story } from './story.ts';

/** The pull request was merged by a person, ten minutes after it was opened. */
async function merged(more: (story: Story) => void = () => undefined): Promise<Story> {
  const story = new Story();
  story.proofObjects = [deployment('cart'), deployment('cart-worker')];
  more(story);
  await story.run();
  story.pass(10);
  story.github.merge(1);
  return story;
}

function status(story: Story): string {
  const texts = story.github.statusOf(1);
  expect(texts).toHaveLength(1);
  return texts[0]!;
}

describe('after the merge', () => {
  test('Faultline waits, watches, and says how long it took', async () => {
    const story = await merged();
    expect(story.kinds(await story.run())).toEqual(['verifying']);
    expect(status(story)).toContain('**Merged. Waiting for the cluster to apply it.**');
    story.pass(12);
    story.live = '2.14.3';
    story.isFailing = false;
    expect(story.kinds(await story.run())).toEqual(['verifying']);
    expect(status(story)).toContain('**Applied, and no failure since.**');
    story.pass(10);
    await story.run();
    story.pass(30);
    expect(story.kinds(await story.run())).toEqual(['resolved']);
    expect(status(story)).toContain('**Resolved after 12 minutes.**');
    expect(await (await story.store).verifications.get('acme/infra', 1)).toMatchObject({
      outcome: 'resolved',
      baseline: [deployment('cart-worker')],
      times: { detect: 28 * 60_000, propose: 0, merge: 10 * 60_000, recover: 12 * 60_000 },
    });
  });

  test('a decided one is not asked for again', async () => {
    const story = await merged();
    story.live = '2.14.3';
    story.isFailing = false;
    await story.run();
    story.pass(60);
    await story.run();
    const { outcomes, calls } = await story.runCounted();
    expect(story.kinds(outcomes)).toEqual(['resolved']);
    expect(calls).toEqual(['ownPullRequests']);
    await story.loseStore();
    expect(story.kinds(await story.run())).toEqual(['resolved']);
    story.pass(8 * 24 * 60);
    expect(await story.run()).toEqual([]);
  });

  test('that is late is said', async () => {
    const story = await merged();
    await story.run();
    story.pass(20);
    await story.run();
    expect(status(story)).toContain('**Merged, but not applied yet.**');
    story.pass(24 * 60);
    expect(story.kinds(await story.run())).toEqual(['not-applied']);
  });

  test('a failure that goes on is still failing, with its evidence', async () => {
    const story = await merged();
    story.live = '2.14.3';
    const old = story.proposal().incidents[0]!;
    story.isFailing = false;
    story.extra = [otherIncident(deployment('cart'), old.finding, old.fingerprint)];
    await story.run();
    story.pass(11);
    expect(story.kinds(await story.run())).toEqual(['still-failing']);
    expect(status(story)).toContain('**Still failing 11 minutes after the change was applied.**');
    expect(status(story)).toContain('cannot start container');
  });

  test('another failure of the same container is no recovery', async () => {
    const story = await merged();
    story.live = '2.14.3';
    story.isFailing = false;
    story.extra = [
      otherIncident(deployment('cart'), { firstSeen: story.github.now + 1, container: 'server' }),
    ];
    await story.run();
    story.pass(11);
    expect(story.kinds(await story.run())).toEqual(['still-failing']);
  });

  test.each([
    ['of another container', { container: 'proxy' }, deployment('cart')],
    ['that was there before', { container: 'server', firstSeen: 0 }, deployment('cart')],
    ['of a workload that the proof does not name', {}, deployment('pricing')],
  ])('another failure %s says nothing about it', async (_what, finding, object) => {
    const story = await merged();
    story.live = '2.14.3';
    story.isFailing = false;
    story.extra = [otherIncident(object, { firstSeen: story.github.now + 1, ...finding })];
    await story.run();
    story.pass(60);
    expect(story.kinds(await story.run())).toEqual(['resolved']);
  });

  test('something healthy that fails makes it worse: one revert, which a person merges', async () => {
    const story = await merged((one) => {
      one.decision = AUTO_FIX;
      one.github.requiredChecks = ['render'];
    });
    story.live = '2.14.3';
    story.isFailing = false;
    await story.run();
    story.pass(5);
    story.extra = [otherIncident(deployment('cart-worker'), { firstSeen: story.github.now })];
    expect(story.kinds(await story.run())).toEqual(['worse']);
    for (let round = 0; round < 3; round += 1) {
      story.pass(60);
      await story.loseStore();
      expect(story.kinds(await story.run())).toEqual(['worse']);
    }
    const [revert, ...others] = story.github.own();
    expect(others).toHaveLength(1);
    expect(revert).toMatchObject({ state: 'open', autoMerge: false, base: 'main', draft: false });
    expect(revert!.branch).toMatch(/^faultline\/revert\/cart-[0-9a-f]{8}-of-1$/);
    expect(parseMarker(revert!.body)).toMatchObject({ reverts: 1, proven: story.github.head('main') });
    expect(story.tag(revert!.branch)).toBe('2.15.1');
    expect(status(story)).toContain('Pull request #2 reverts it; a person merges it.');
  });

  test('a revert that was closed is not opened again', async () => {
    const story = await merged();
    story.live = '2.14.3';
    story.isFailing = false;
    await story.run();
    story.extra = [otherIncident(deployment('cart-worker'), { firstSeen: story.github.now + 1 })];
    await story.run();
    story.github.close(2);
    await story.loseStore();
    await story.run();
    expect(story.github.own()).toHaveLength(2);
  });

  test('a revert that was closed is found without the comment that names it', async () => {
    const story = await merged();
    story.live = '2.14.3';
    story.isFailing = false;
    await story.run();
    story.extra = [otherIncident(deployment('cart-worker'), { firstSeen: story.github.now + 1 })];
    await story.run();
    story.github.close(2);
    story.github.comments.length = 0;
    await story.loseStore();
    await story.run();
    expect(story.github.own()).toHaveLength(2);
    expect(status(story)).toContain('#2 reverts it');
  });

  test('what cannot be taken back by a proven edit is said', async () => {
    const story = await merged();
    story.live = '2.14.3';
    story.isFailing = false;
    story.revertIsDeclined = true;
    await story.run();
    story.extra = [otherIncident(deployment('cart-worker'), { firstSeen: story.github.now + 1 })];
    await story.run();
    expect(story.github.own()).toHaveLength(1);
    expect(status(story)).toContain('No proven edit reverts it');
  });

  test('what failed already before the merge is not made worse', async () => {
    const story = await merged();
    story.extra = [otherIncident(deployment('cart-worker'))];
    await story.run();
    story.live = '2.14.3';
    story.isFailing = false;
    await story.run();
    story.pass(60);
    expect(story.kinds(await story.run())).toEqual(['resolved']);
  });

  test('a value that somebody took back is not proposed again', async () => {
    const story = await merged();
    story.github.push('main', { [FILE]: kustomization('2.15.1') }, 'ana');
    expect(story.kinds(await story.run())).toEqual(['verifying', 'respected']);
    expect(story.github.own()).toHaveLength(1);
  });

  test('another value that fails has a pull request of its own', async () => {
    const story = await merged();
    story.github.push('main', { [FILE]: kustomization('2.15.2') }, 'ana');
    expect(story.kinds(await story.run())).toEqual(['verifying', 'opened']);
  });
});
