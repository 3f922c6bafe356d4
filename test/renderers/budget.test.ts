import { describe, expect, test } from 'vitest';
import { Budget, budgetsIn, DEFAULT_BUDGETS } from '../../src/renderers/budget.ts';
import { RenderCache } from '../../src/renderers/cache.ts';

function cacheWith(limits: Partial<typeof DEFAULT_BUDGETS>, clock = { now: 0 }) {
  const budget = new Budget({ ...DEFAULT_BUDGETS, ...limits }, () => clock.now);
  let builds = 0;
  const cache = new RenderCache({ folder: null, parallel: 1, budget });
  const render = (key: string, stdout = 'a: 1\n', milliseconds = 0) =>
    cache.get(key, async () => {
      builds += 1;
      clock.now += milliseconds;
      return { ok: true, stdout };
    });
  return { budget, render, builds: () => builds };
}

describe('the budget of a scan', () => {
  test('ends renders when their time is used up, says so, and starts anew with the next scan', async () => {
    const { budget, render, builds } = cacheWith({ renderSeconds: 10 });
    expect(await render('a', 'a: 1\n', 11_000)).toEqual({ ok: true, stdout: 'a: 1\n' });
    expect(await render('b')).toEqual({
      ok: false,
      stopped: 'renderSeconds',
      message:
        'was not rendered: the budget of 10 s of rendering is used up (FAULTLINE_BUDGETS: renderSeconds)',
    });
    // What is known costs nothing.
    expect(await render('a')).toMatchObject({ ok: true });
    budget.renew();
    expect(await render('b')).toMatchObject({ ok: true });
    expect(builds()).toBe(2);
  });

  test('ends renders when there were enough of them', async () => {
    const { render, builds } = cacheWith({ renders: 2 });
    await render('a');
    await render('b');
    expect(await render('c')).toMatchObject({ ok: false, stopped: 'renders' });
    expect(builds()).toBe(2);
  });

  test('names a root that prints more than one may, and the others go on', async () => {
    const { render } = cacheWith({ outputPerRoot: 1 });
    expect(await render('large', 'x'.repeat(2 ** 20 + 1))).toMatchObject({
      ok: false,
      stopped: 'outputPerRoot',
      message: 'renders to 1.0 MiB, more than the budget of 1 MiB (FAULTLINE_BUDGETS: outputPerRoot)',
    });
    expect(await render('small')).toMatchObject({ ok: true });
  });

  test('ends renders when all together have printed enough', async () => {
    const { render } = cacheWith({ output: 1 });
    await render('a', 'x'.repeat(2 ** 20));
    expect(await render('b')).toMatchObject({ ok: false, stopped: 'output' });
  });

  test('a tool that refuses is no matter of budgets', async () => {
    const { budget } = cacheWith({});
    const cache = new RenderCache({ folder: null, parallel: 1, budget });
    const refused = { ok: false, message: 'no such field' } as const;
    expect(await cache.get('a', async () => refused)).toBe(refused);
    expect(budget.exceeded).toEqual([]);
  });
});

describe('what is kept in memory', () => {
  test('is bounded: what was used longest ago is built again', async () => {
    let builds = 0;
    const cache = new RenderCache({ folder: null, parallel: 1, kept: 10 });
    const get = (key: string) =>
      cache.get(key, async () => {
        builds += 1;
        return { ok: true, stdout: '12345' };
      });
    for (const key of ['a', 'b', 'a', 'c', 'a']) await get(key);
    expect(builds).toBe(3);
    await get('b');
    expect(builds).toBe(4);
  });
});

describe('budgets in the environment', () => {
  test('replace those that they name', () => {
    expect(budgetsIn({})).toEqual(DEFAULT_BUDGETS);
    expect(budgetsIn({ FAULTLINE_BUDGETS: 'roots=20, renderSeconds=1.5' })).toEqual({
      ...DEFAULT_BUDGETS,
      roots: 20,
      renderSeconds: 1.5,
    });
  });

  test.each([
    'root=1',
    'roots',
    'roots=',
    'roots=-1',
    'roots=0',
    'roots=many',
    'roots=Infinity',
    'toString=1',
  ])('%j is refused, naming those that there are', (text) => {
    expect(() => budgetsIn({ FAULTLINE_BUDGETS: text })).toThrow(
      /FAULTLINE_BUDGETS: .* is not one of render/,
    );
  });
});
