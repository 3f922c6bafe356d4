import { describe, expect, test } from 'vitest';
import { HostError } from '../../src/github/host-error.ts';
import { BURST, limitsOf, type Answer, type Calls } from '../../src/github/limits.ts';
import { madeClock, type MadeClock } from './made-clock.ts';

const START = Date.parse('2026-03-01T10:00:00Z');

function setting(writePause = 0): { readonly calls: Calls; readonly clock: MadeClock } {
  const clock = madeClock(START);
  return { calls: limitsOf({ graphql: null as never }, clock, { writePause }).calls('acme/infra'), clock };
}

function answer<T>(data: T, headers: Answer<T>['headers'] = {}): Answer<T> {
  return { status: 200, headers, data };
}

/** As Octokit throws it. */
function failure(
  status: number,
  options: { headers?: object; message?: string; answered?: boolean } = {},
): Error {
  const { headers = {}, message = 'failed', answered = true } = options;
  const request = { method: 'POST', url: 'https://api.github.com/repos/acme/infra/pulls' };
  return Object.assign(new Error(message), {
    status,
    request,
    ...(answered ? { response: { headers } } : {}),
  });
}

/** Answers with each outcome in turn, then with the last again and again. */
function inOrder<T>(...outcomes: readonly (Answer<T> | Error)[]): {
  call: () => Promise<Answer<T>>;
  made: number;
} {
  const state = {
    made: 0,
    call: async () => {
      const outcome = outcomes[Math.min(state.made, outcomes.length - 1)]!;
      state.made += 1;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  };
  return state;
}

const fine = answer({ id: 1 });

describe('the pace of writes', () => {
  test('lets few follow each other at once, and no more than one a pause where they are many', async () => {
    const { calls, clock } = setting(1_000);
    for (let call = 0; call < 30; call += 1) await calls.read(async () => fine);
    for (let write = 0; write < BURST; write += 1) await calls.write(async () => fine);
    expect(clock.slept).toEqual([]);
    await calls.write(async () => fine);
    expect(clock.slept).toEqual([BURST * 1_000]);
    for (let write = 0; write < 10 * BURST; write += 1) await calls.write(async () => fine);
    expect(clock.now() - START).toBe(11 * BURST * 1_000);
  });

  test('counts writes to different repositories together', async () => {
    let now = START;
    const sleepers: { readonly until: number; readonly wake: () => void }[] = [];
    const sleep = (milliseconds: number) =>
      new Promise<void>((wake) => void sleepers.push({ until: now + milliseconds, wake }));
    const limits = limitsOf({ graphql: null as never }, { now: () => now, sleep });
    const starts: number[] = [];
    const write = async () => {
      starts.push(now - START);
      return fine;
    };
    const names = Array.from({ length: BURST + 3 }, (_none, index) => `acme/${index}`);
    const all = names.map((name) => limits.calls(name).write(write));
    while (starts.length < all.length) {
      await new Promise(setImmediate);
      const due = sleepers.sort((one, other) => one.until - other.until).shift();
      if (due) now = Math.max(now, due.until);
      due?.wake();
    }
    expect(starts).toEqual([...Array<number>(BURST).fill(0), ...Array<number>(3).fill(BURST * 1_000)]);
  });

  test('is 80 a minute', async () => {
    const { calls, clock } = setting(1);
    for (let write = 0; write < 81; write += 1) await calls.write(async () => fine);
    expect(clock.now() - START).toBe(60_000);
  });

  test('is none where a server without rate limits was named', async () => {
    const { calls, clock } = setting(0);
    for (let write = 0; write < 501; write += 1) await calls.write(async () => fine);
    expect(clock.slept).toEqual([]);
  });

  test('is 500 an hour', async () => {
    const { calls, clock } = setting(1);
    for (let write = 0; write < 501; write += 1) await calls.write(async () => fine);
    expect(clock.now() - START).toBe(3_600_000);
  });

  test('is shared by all repositories of a client, and not by reads', async () => {
    const clock = madeClock(START);
    const limits = limitsOf({ graphql: null as never }, clock, { writePause: 1 });
    for (let write = 0; write < 80; write += 1)
      await limits.calls(`acme/${write % 3}`).write(async () => fine);
    const soon = clock.now();
    await limits.calls('acme/infra').read(async () => fine);
    expect(clock.now()).toBe(soon);
    await limits.calls('acme/other').write(async () => fine);
    expect(clock.now() - START).toBe(60_000);
  });
});

describe('writes of one repository', () => {
  test('are made one after the other, and go on after a failure', async () => {
    const { calls } = setting();
    const events: string[] = [];
    const action = (name: string) =>
      calls.locked(async () => {
        events.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`${name} ends`);
        if (name === 'a') throw new Error(name);
      });
    await Promise.allSettled([action('a'), action('b'), action('c')]);
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });
});

describe('a call that GitHub refused for a limit', () => {
  test.each([
    ['a secondary limit with Retry-After', failure(403, { headers: { 'retry-after': '7' } }), 7000],
    ['the same with status 429', failure(429, { headers: { 'retry-after': '7' } }), 7000],
    [
      'one that does not say how long',
      failure(403, { message: 'You have exceeded a secondary rate limit.' }),
      60_000,
    ],
    ['one that only has its status', failure(429), 60_000],
    [
      'a pull request too soon after the last',
      failure(422, { message: 'was submitted too quickly' }),
      60_000,
    ],
    [
      'the primary limit',
      failure(403, {
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(START / 1000 + 90) },
      }),
      91_000,
    ],
    [
      "the primary limit, told by GitHub's own clock",
      failure(429, {
        headers: {
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(START / 1000 + 90),
          date: new Date(START + 60_000).toUTCString(),
        },
      }),
      31_000,
    ],
  ])('is made again later: %s', async (_name, refusal, pause) => {
    const { calls, clock } = setting();
    const { call } = inOrder(refusal, fine);
    expect(await calls.write(call)).toEqual({ id: 1 });
    expect(clock.slept).toEqual([pause]);
  });

  test('waits twice as long each time when GitHub does not say how long, and not forever', async () => {
    const { calls, clock } = setting();
    const attempts = inOrder<object>(failure(429));
    await expect(calls.write(attempts.call)).rejects.toMatchObject({ status: 429 });
    expect(clock.slept.map((pause) => pause / 60_000)).toEqual([1, 2, 4, 8, 16, 16, 16, 16]);
  });

  test('keeps the calls behind it from trying', async () => {
    const { calls, clock } = setting();
    const refused = inOrder(failure(403, { headers: { 'retry-after': '30' } }), fine);
    await Promise.all([calls.write(refused.call), calls.write(refused.call)]);
    const times: number[] = [];
    await calls.read(async () => (times.push(clock.now()), fine));
    expect(times[0]! - START).toBeGreaterThanOrEqual(30_000);
  });

  test('for a secondary limit keeps GraphQL from trying too, for the primary one it does not', async () => {
    const graphqlAfter = async (headers: object): Promise<number> => {
      const clock = madeClock(START);
      let at = 0;
      const graphql = (async () => ((at = clock.now()), {})) as never;
      const calls = limitsOf({ graphql }, clock, { writePause: 0, longestWait: 60_000 }).calls('acme/infra');
      const refused = inOrder(failure(403, { headers }));
      await expect(calls.read(refused.call)).rejects.toThrow(HostError);
      await calls.graphql('read', '', {});
      return at - START;
    };
    expect(await graphqlAfter({ 'retry-after': '3600' }).catch(() => 'waits')).toBe('waits');
    const reset = String(START / 1000 + 3600);
    expect(await graphqlAfter({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset })).toBe(0);
  });

  test('was not made: nobody looks whether it took effect', async () => {
    const { calls } = setting();
    const { call } = inOrder(failure(403, { headers: { 'retry-after': '7' } }), fine);
    const find = async () => Promise.reject(new Error('looked'));
    expect(await calls.create(call, ({ id }) => id, find)).toBe(1);
  });

  test('is not even made once the last answer said that nothing is left', async () => {
    const { calls, clock } = setting();
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(START / 1000 + 10) };
    await calls.read(async () => answer({}, headers));
    await calls.read(async () => fine);
    expect(clock.slept).toEqual([11_000]);
  });
});

describe('a call that fails without a reason of its own', () => {
  test.each([
    ['500', failure(500)],
    ['502', failure(502)],
    ['503', failure(503)],
    ['504', failure(504)],
    ['a dropped connection', failure(500, { answered: false, message: 'other side closed' })],
  ])('is made again: %s', async (_name, fault) => {
    const { calls, clock } = setting();
    expect(await calls.read(inOrder(fault, fault, fine).call)).toEqual({ id: 1 });
    expect(clock.slept).toEqual([1000, 2000]);
  });

  test('is made five times at most', async () => {
    const { calls } = setting();
    const attempts = inOrder<object>(failure(502));
    await expect(calls.read(attempts.call)).rejects.toMatchObject({ status: 502, transient: true });
    expect(attempts.made).toBe(5);
  });

  test('is one whose answer broke off', async () => {
    const { calls } = setting();
    expect(await calls.read(inOrder<unknown>(answer(''), fine).call)).toEqual({ id: 1 });
  });

  test('is not made again when it created something after all', async () => {
    const { calls } = setting();
    const attempts = inOrder<{ id: number }>(failure(502));
    expect(
      await calls.create(
        attempts.call,
        ({ id }) => id,
        async () => 42,
      ),
    ).toBe(42);
    expect(attempts.made).toBe(1);
  });

  test('is looked for after its last attempt as well', async () => {
    const { calls } = setting();
    const attempts = inOrder<{ id: number }>(failure(502));
    const find = async () => (attempts.made === 5 ? 42 : null);
    expect(await calls.create(attempts.call, ({ id }) => id, find)).toBe(42);
  });
});

describe('a call that GitHub refused', () => {
  test.each([400, 401, 403, 404, 409, 422])('with %i is not made again', async (status) => {
    const { calls, clock } = setting();
    const attempts = inOrder<object>(failure(status));
    await expect(calls.write(attempts.call)).rejects.toBeInstanceOf(HostError);
    expect(attempts.made).toBe(1);
    expect(clock.slept).toEqual([]);
  });
});

describe('a client that should not wait long', () => {
  const HOUR = 3_600_000;
  const client = (clock: MadeClock): Calls =>
    limitsOf({ graphql: null as never }, clock, { longestWait: 120_000, writePause: 0 }).calls('acme/infra');
  const hour = failure(403, { headers: { 'retry-after': '3600' }, message: 'secondary rate limit' });

  test('waits for a short limit', async () => {
    const clock = madeClock(START);
    const minute = failure(429, { headers: { 'retry-after': '60' } });
    expect(await client(clock).read(inOrder(minute, fine).call)).toEqual({ id: 1 });
    expect(clock.slept).toEqual([60_000]);
  });

  test('fails at once where GitHub asks for an hour, and so do the calls behind it, unasked', async () => {
    const clock = madeClock(START);
    const calls = client(clock);
    const limited = inOrder(hour, fine);
    const expected = { status: 429, transient: true, until: START + HOUR, said: 'secondary rate limit' };
    await expect(calls.read(limited.call)).rejects.toMatchObject(expected);
    await expect(calls.write(limited.call)).rejects.toMatchObject(expected);
    expect(limited.made).toBe(1);
    expect(clock.slept).toEqual([]);
    await clock.sleep(HOUR);
    expect(await calls.read(limited.call)).toEqual({ id: 1 });
  });

  test('has limits of its own', async () => {
    const clock = madeClock(START);
    await expect(client(clock).read(inOrder(hour).call)).rejects.toThrow('rate limit');
    expect(await client(clock).read(inOrder(fine).call)).toEqual({ id: 1 });
  });
});
