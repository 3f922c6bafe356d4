import { describe, expect, test } from 'vitest';
import { LOG_TAIL, maskedLog, maskedLogTail, maskedObject } from '../../src/untrusted/masked.ts';
import { secretSamples } from './secret-samples.ts';

/** 64 characters that look like a line of a key; each line differs. */
function keyLine(seed: number): string {
  return secretSamples(seed)
    .find(({ name }) => name === 'RSA')!
    .secrets[0]!.slice(0, 64);
}

const KEY = Array.from({ length: 30 }, (_, index) => keyLine(index + 1));
const [HEAD, FOOT] = ['BEGIN', 'END'].map((word) => `-----${word} RSA ${['PRIVATE', 'KEY'].join(' ')}-----`);

describe('maskedLog', () => {
  test('hides every line of a key, wherever the log is cut', () => {
    const log = ['starting', HEAD, ...KEY, 'Q9rT5wXy==', FOOT, 'ready'];
    for (let from = 0; from < log.length; from += 1) {
      for (let to = from + 3; to <= log.length; to += 1) {
        const masked = maskedLog(log.slice(from, to).join('\n'));
        expect(
          KEY.filter((line) => masked.includes(line.slice(8, 40))),
          `lines ${from} to ${to}`,
        ).toEqual([]);
      }
    }
  });

  test('hides a key behind the prefix that a logger puts before each line', () => {
    const masked = maskedLog(KEY.map((line) => `2026-01-31T02:14:07Z INFO ${line}`).join('\n'));
    expect(masked).toContain('INFO ***');
    expect(KEY.filter((line) => masked.includes(line.slice(8, 40)))).toEqual([]);
  });

  test('puts a line together that the runtime broke at 16 KiB', () => {
    const start = `{"data":"${'x '.repeat(8180)}","password":"corr`;
    const first = start.slice(start.length - 16384).padStart(16384, '.');
    const masked = maskedLog(`${first}\necthorse9","port":80}\nready`);
    expect(masked).not.toContain('ecthorse');
    expect(masked.split('\n').at(-1)).toBe('ready');
  });

  test('puts partial lines of a CRI log together', () => {
    const [time, later] = ['2026-01-31T02:14:07.1Z', '2026-01-31T02:14:07.2Z'];
    const masked = maskedLog(`${time} stdout P password=corr\n${later} stdout F ecthorse9 x\n`);
    expect(masked).toBe(`${time} stdout P password=*** x\n`);
  });

  test('hides the rest of a line whose start was cut off', () => {
    expect(maskedLog('recthorse","port":80}\nready', true)).toBe('***\nready');
  });
});

describe('maskedLogTail', () => {
  test('knows of a key whose head is beyond what is kept', () => {
    const key = [HEAD, ...Array.from({ length: 40 }, (_, index) => `short${index}`), FOOT].join('\n');
    const filler = 'a line of a log\n'.repeat(Math.ceil((256 * 1024 - 300) / 16));
    const masked = maskedLogTail(Buffer.from(`${key}\n${filler}`), true);
    expect(Buffer.byteLength(masked)).toBeLessThanOrEqual(256 * 1024);
    expect(masked).not.toMatch(/short\d/);
  });

  test('leaves a short log whole', () => {
    expect(maskedLogTail(Buffer.from('one\ntwo\n'), true)).toBe('one\ntwo\n');
  });

  test('hides the line that it begins in', () => {
    expect(maskedLogTail(Buffer.from(`thorse9\n${'x\n'.repeat(LOG_TAIL)}`), false)).not.toContain('thorse9');
  });
});

describe('maskedObject', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'cart', annotations: { note: 'login with password hunter2 works' } },
    spec: { containers: [{ name: 'auth', image: 'auth:1.2.3', env: [{ name: 'PWD', value: '/app' }] }] },
    status: {
      conditions: [
        { type: 'Ready', status: 'False', reason: 'X', message: 'dial postgres://app:hunter2@db failed' },
      ],
      containerStatuses: [
        {
          image: 'auth:1.2.3',
          state: { terminated: { exitCode: 1, message: `${KEY[0]}\n${KEY[1]}\n${FOOT}` } },
        },
      ],
    },
  };

  test('masks messages at any depth, and changes nothing else', () => {
    const masked = maskedObject(pod);
    expect(JSON.stringify(masked)).not.toContain('hunter2');
    expect(JSON.stringify(masked)).not.toContain(KEY[1]!.slice(0, 20));
    expect(masked.status.conditions[0]!.message).toBe('dial postgres://app:***@db failed');
    expect(masked.spec).toBe(pod.spec);
    expect(masked.status.containerStatuses[0]!.image).toBe('auth:1.2.3');
  });

  test('is the same object where nothing is secret', () => {
    const healthy = {
      ...pod,
      metadata: { name: 'cart' },
      status: { phase: 'Running', message: 'all is well' },
    };
    expect(maskedObject(healthy)).toBe(healthy);
  });

  test('takes any shape', () => {
    for (const odd of [null, 1, 'x', [], [null], { message: 1 }, { conditions: 'password=hunter2 ' }])
      expect(() => maskedObject({ status: odd, metadata: odd, message: odd })).not.toThrow();
  });
});
