import { describe, expect, test } from 'vitest';
import { findStatus } from '../../src/lifecycle/status-line.ts';
import { deployment } from '../pull-requests/proposals.ts';
import { Killed } from './memory-host.ts';
import { AUTO_FIX, FILE, kustomization, otherIncident, sameCause, Story } from './story.ts';

/** A story up to the run that is killed, and what must be so once Faultline was started again. */
interface Chapter {
  readonly name: string;
  readonly before: (story: Story) => Promise<void>;
  readonly after: (story: Story) => void;
  /** Runs until all is said and done. */
  readonly runs?: number;
}

async function open(story: Story): Promise<void> {
  await story.run();
  story.pass(10);
}

async function merge(story: Story): Promise<void> {
  await open(story);
  story.github.merge(1);
  await story.run();
  story.live = '2.14.3';
  story.isFailing = false;
  await story.run();
  story.pass(1);
  story.extra = [otherIncident(deployment('cart-worker'))];
}

const chapters: readonly Chapter[] = [
  {
    name: 'create',
    before: async () => undefined,
    after: ({ github }) => {
      expect(github.own()).toHaveLength(1);
      expect(github.own()[0]!.labels).toHaveLength(2);
      expect(github.reviewers.size).toBe(1);
      expect(github.comments).toHaveLength(0);
    },
  },
  {
    name: 'update',
    before: async (story) => {
      await open(story);
      story.others = [sameCause('cart-worker', '1111111111111111')];
    },
    after: ({ github }) => {
      expect(github.statusOf(1)).toHaveLength(1);
      expect(github.statusOf(1)[0]).toContain('2 incidents by now');
      expect(github.statusOf(1)[0]!.match(/2 incidents by now/g)).toHaveLength(1);
      expect(github.own()[0]!.body).toContain('1111111111111111');
    },
  },
  {
    name: 'rebuild',
    before: async (story) => {
      await open(story);
      story.github.push('main', { [FILE]: kustomization('2.15.1', 'bumped by hand') }, 'ana');
    },
    after: (story) => {
      const [pull] = story.github.own();
      expect(story.textOf(pull!.branch)).toBe(kustomization('2.14.3', 'bumped by hand'));
      expect(pull!.body).toContain(` head=${pull!.head} `);
      expect(story.github.statusOf(1)).toHaveLength(1);
      expect(story.github.statusOf(1)[0]!.match(/Rebuilt on/g)).toHaveLength(1);
    },
  },
  {
    name: 'close',
    before: async (story) => {
      await open(story);
      story.github.push('main', { [FILE]: kustomization('2.14.3') }, 'ana');
    },
    after: ({ github }) => {
      expect(github.own().map(({ state }) => state)).toEqual(['closed']);
      expect(github.statusOf(1)).toHaveLength(1);
    },
  },
  {
    name: 'auto-merge',
    before: async (story) => {
      story.decision = AUTO_FIX;
      story.github.requiredChecks = ['render'];
      await open(story);
    },
    after: ({ github }) => {
      expect(github.own()[0]!.autoMerge).toBe(true);
      expect(github.statusOf(1)).toHaveLength(1);
      const status = findStatus(github.comments, 'faultline[bot]')!.status;
      expect(status.merging?.state).toBe('on');
    },
  },
  {
    name: 'verify and revert',
    before: merge,
    after: (story) => {
      const { github } = story;
      expect(github.own().map(({ number, state }) => [number, state])).toEqual([
        [2, 'open'],
        [1, 'merged'],
      ]);
      expect(story.tag(github.own()[0]!.branch)).toBe('2.15.1');
      expect(github.own()[0]!.labels).toEqual(['faultline', 'faultline: revert']);
      expect(github.statusOf(1)).toHaveLength(1);
      expect(github.statusOf(1)[0]).toContain('Pull request #2 reverts it');
      expect(github.statusOf(2)).toHaveLength(0);
    },
    runs: 2,
  },
];

async function upTo({ before }: Chapter): Promise<Story> {
  const story = new Story();
  story.proofObjects = [deployment('cart'), deployment('cart-worker')];
  await before(story);
  return story;
}

describe.each(chapters)('killed around any call of: $name', (chapter) => {
  test.each([
    ['before GitHub did it', false],
    ['after GitHub did it', true],
  ])('%s', async (_when, done) => {
    const whole = await upTo(chapter);
    const { calls } = await whole.runCounted();
    for (let run = 1; run < (chapter.runs ?? 1); run += 1) await whole.run();
    chapter.after(whole);
    expect(calls.length).toBeGreaterThan(2);
    for (let at = 1; at <= calls.length; at += 1) {
      const story = await upTo(chapter);
      await expect(story.run({ at, done }), `call ${at}: ${calls[at - 1]}`).rejects.toThrow(Killed);
      await story.loseStore();
      await story.run();
      await story.run();
      chapter.after(story);
      expect(story.github.ownBranches().length, `call ${at}: ${calls[at - 1]}`).toBe(
        story.github.own().length,
      );
    }
  });
});

test('a commit that reached its branch is not made again', async () => {
  const story = new Story();
  const { calls } = await new Story().runCounted();
  await expect(story.run({ at: calls.indexOf('createBranch') + 1, done: true })).rejects.toThrow(Killed);
  const again = await story.runCounted();
  expect(again.calls).toContain('openPullRequest');
  expect(again.calls).not.toContain('commit');
});
