import { describe, expect, test } from 'vitest';
import { Life, type LifeParts } from '../../src/commands/life.ts';
import type { Serving } from '../../src/service/serving.ts';

interface Made {
  readonly life: Life;
  /** What happened, in order. */
  readonly steps: string[];
  /** Lets the first one's stop end. */
  readonly scanEnds: () => void;
}

function serving(name: string, steps: string[], end: Promise<void>): Serving {
  const serving = {
    start: async () => void steps.push(`${name} starts`),
    list: async () => void steps.push(`${name} lists`),
    stop: async () => {
      steps.push(`${name} is told to stop`);
      await end;
      steps.push(`${name} has stopped`);
    },
  };
  return serving as unknown as Serving;
}

function made(more: Partial<LifeParts> = {}): Made {
  const steps: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const say = (_facts: object, message: string): void => void steps.push(message);
  const life = new Life({
    first: serving('first', steps, promise),
    reloaded: async () => ({
      serving: serving('second', steps, Promise.resolve()),
      changes: ['interval: 1 → 2'],
    }),
    reloadFailed: () => void steps.push('failure is counted'),
    transport: { close: () => void steps.push('transport closes'), idle: () => Promise.resolve() },
    stopListening: async () => void steps.push('server stops'),
    closeStore: async () => void steps.push('store closes'),
    log: { debug: say, info: say, warn: say, error: say },
    // Time passes only where a test says so.
    sleep: () => new Promise(() => {}),
    ...more,
  });
  return { life, steps, scanEnds: resolve };
}

describe('stopping', () => {
  test('refuses new requests first, and closes the store last', async () => {
    const { life, steps, scanEnds } = made();
    const stopped = life.stop();
    scanEnds();
    await stopped;
    expect(steps).toEqual([
      'stopping',
      'transport closes',
      'server stops',
      'first is told to stop',
      'first has stopped',
      'store closes',
      'stopped',
    ]);
  });

  test('waits for the request that is under way', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { life, steps, scanEnds } = made({ transport: { close: () => {}, idle: () => promise } });
    const stopped = life.stop();
    scanEnds();
    await new Promise(setImmediate);
    expect(steps).not.toContain('store closes');
    resolve();
    await stopped;
    expect(steps).toContain('store closes');
  });

  test('ends although a request, a scan and the server do not', async () => {
    const waits: number[] = [];
    const never = new Promise<void>(() => {});
    const { life, steps } = made({
      transport: { close: () => {}, idle: () => never },
      stopListening: () => never,
      sleep: async (milliseconds) => void waits.push(milliseconds),
    });
    await life.stop();
    expect(steps.slice(-2)).toEqual(['store closes', 'stopped']);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(10_000);
  });

  test('closes the store although the server cannot be stopped', async () => {
    const { life, steps, scanEnds } = made({
      stopListening: () => Promise.reject(new Error('not listening')),
    });
    scanEnds();
    await life.stop();
    expect(steps).toContain('the server did not stop');
    expect(steps.slice(-2)).toEqual(['store closes', 'stopped']);
  });

  test('happens once', async () => {
    const { life, steps, scanEnds } = made();
    scanEnds();
    await Promise.all([life.stop(), life.stop()]);
    expect(steps.filter((step) => step === 'store closes')).toHaveLength(1);
  });
});

describe('reloading', () => {
  test('lets the scan end that is under way, and goes on with the new settings', async () => {
    const { life, steps, scanEnds } = made();
    const before = life.serving;
    const reloaded = life.reload();
    await new Promise(setImmediate);
    expect([steps, life.serving === before]).toEqual([['first is told to stop'], true]);
    scanEnds();
    await reloaded;
    expect(life.serving === before).toBe(false);
    expect(steps.slice(2)).toEqual(['second lists', 'second starts', 'settings reloaded']);
  });

  test('changes nothing when the settings cannot be used', async () => {
    const { life, steps } = made({ reloaded: () => Promise.reject(new Error('settings.yml:2: no')) });
    const before = life.serving;
    await life.reload();
    expect([life.serving === before, steps]).toEqual([
      true,
      ['failure is counted', 'settings not reloaded; the earlier ones stay in force'],
    ]);
  });

  test('stops nothing where the file says the same as before', async () => {
    const { life, steps } = made({ reloaded: async () => null });
    await life.reload('file-changed');
    expect(steps).toEqual([]);
  });

  test('starts nothing once the process is stopping', async () => {
    const { life, steps, scanEnds } = made();
    const reloaded = life.reload();
    await new Promise(setImmediate);
    const stopped = life.stop();
    scanEnds();
    await Promise.all([reloaded, stopped]);
    expect(steps).not.toContain('second starts');
  });
});
