import { expect, onTestFinished, test } from 'vitest';
import type { Host } from '../../src/github/host.ts';
import { installationsOf } from '../service/on-stand-in.ts';
import { madeClock } from './made-clock.ts';
import type { StandIn } from './stand-in/interface.ts';
import { startGitHub } from './stand-in/start.ts';

/** Three repositories in two organisations, one App, and a clock that sleeping moves. */
async function setting(writePause = 0) {
  const github = await startGitHub();
  onTestFinished(() => github.close());
  for (const slug of ['acme/infra', 'acme/shop', 'beta/infra']) github.repository(slug);
  const clock = madeClock(github.clock.now(), (milliseconds) => github.clock.advance(milliseconds));
  const installations = installationsOf(github, clock, null, writePause);
  const hosts = new Map<string, Host>();
  for (const one of await installations.list())
    hosts.set(`${one.owner}/${one.repo}`, await installations.hostFor(one));
  return { github, clock, hosts };
}

/** When a repository was asked about its comments, in seconds after the start. */
function askedAt({ github, clock, hosts }: Awaited<ReturnType<typeof setting>>, start: number) {
  return async (slug: string): Promise<{ readonly at: number; readonly calls: number }> => {
    const before = callsOf(github, slug);
    await hosts.get(slug)!.commentsSince(start, 1);
    return { at: (clock.now() - start) / 1000, calls: callsOf(github, slug) - before };
  };
}

function callsOf(github: StandIn, slug: string): number {
  return github.journal.filter(({ path }) => path.startsWith(`/repos/${slug}/`)).length;
}

test('one repository’s Retry-After holds back its installation and no other', async () => {
  const made = await setting();
  const { github, clock } = made;
  const start = clock.now();
  const ask = askedAt(made, start);
  github.faults.add({
    when: { path: /^\/repos\/acme\/infra\// },
    does: { kind: 'secondary-limit', retryAfter: 60 },
  });
  // Asked first, it is refused; the others come while it waits.
  const refused = ask('acme/infra');
  await expect.poll(() => github.faults.pending.length).toBe(0);
  const elsewhere = await ask('beta/infra');
  expect(elsewhere.calls).toBe(1);
  expect(await refused).toEqual({ at: 60, calls: 2 });
  // Of the same installation, only when the time is over: it was not asked before.
  expect((await ask('acme/shop')).at).toBe(60);
  expect(github.violations).toEqual([]);
});

test('an installation that GitHub limits for an hour fails at once, and the other one works', async () => {
  const made = await setting();
  const { github, clock } = made;
  const start = clock.now();
  const ask = askedAt(made, start);
  github.faults.add({
    when: { path: /^\/repos\/acme\/infra\// },
    does: { kind: 'secondary-limit', retryAfter: 3600 },
  });
  await expect(ask('acme/infra')).rejects.toThrow(/secondary rate limit/);
  const before = callsOf(github, 'acme/shop');
  await expect(ask('acme/shop')).rejects.toThrow(/secondary rate limit/);
  expect(callsOf(github, 'acme/shop')).toBe(before);
  expect(await ask('beta/infra')).toEqual({ at: 0, calls: 1 });
  github.clock.advance(3_600_000);
  await clock.sleep(3_600_000);
  expect((await ask('acme/shop')).calls).toBe(1);
});

test('a storm of writes in one organisation spends nothing of another’s pace', async () => {
  const made = await setting(1);
  const { clock, hosts, github } = made;
  const issue = github.person('ana', 'write', github.repository('acme/infra')).openIssue('storm');
  const other = github.person('ana', 'write', github.repository('beta/infra')).openIssue('calm');
  for (let index = 0; index < 85; index += 1)
    await hosts.get('acme/infra')!.comment(issue, `comment ${index}`);
  // More than 80 in a minute: the storm had to wait.
  expect(clock.slept.length).toBeGreaterThan(0);
  const slept = clock.slept.length;
  await hosts.get('beta/infra')!.comment(other, 'at once');
  expect(clock.slept).toHaveLength(slept);
});
