import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { oddSentences } from './odd-sentences.ts';

/** What the other tests compare texts with: pull requests, reports, the dashboard, the greeting. */
const expected = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\/expected\/[^/]+\.(?:md|txt)$/.test(file),
);

describe('no odd sentence stands in', () => {
  test.each(expected.filter((file) => !file.endsWith('report.txt')))('%s', (file) => {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8');
    expect(oddSentences(text)).toEqual([]);
  });

  test('each text of the JSON report', () => {
    const file = expected.find((name) => name.endsWith('output/expected/report.txt'))!;
    const odd: string[] = [];
    JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'), (_key, value: unknown) => {
      if (typeof value === 'string') odd.push(...oddSentences(value));
      return value;
    });
    expect(odd).toEqual([]);
  });
});

describe('oddSentences finds', () => {
  test.each([
    'The image `` does not exist.',
    'It was set to "" and that is odd.',
    'It restarted 1 times.',
    'It waits for 3 pod to start.',
    'Nothing else changes in the 0 roots that read it.',
    'Pod a/b on node c shows why: why is not recorded.',
    'The limit is undefined here.',
    'The owner of null is not known.',
    'The condition is False ().',
    'It failed.. Twice.',
    'No node takes it: .',
    'The the pod is gone.',
    'It failed because the quota was used up. It failed because the quota was used up.',
    'This merges by itself once the checks pass.',
    'The failure is not seen any more.',
    'Until the errors are mended, everything is only watched.',
  ])('%s', (text) => {
    expect(oddSentences(text)).not.toEqual([]);
  });
});

describe('oddSentences leaves', () => {
  test.each([
    'Container `api` was OOMKilled 5 times in 6 hours: its memory limit of `512Mi` is too low.',
    '1 root reads the file; 3 other roots stay as before.',
    'It restarted once, and 21 pods wait.',
    'Policy: `policy.rules[1] (mode: propose)`.',
    'The log says: `value: ""`',
    'Since 2026-07-29 03:12 UTC, last at 04:40.',
    'It said that that was so, e.g. in 1 of 3 roots.',
  ])('%s', (text) => {
    expect(oddSentences(text)).toEqual([]);
  });
});
