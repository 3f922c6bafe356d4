import { describe, expect, test } from 'vitest';
import { maskDiff } from '../../src/untrusted/mask-diff.ts';

const HEADER = '--- a/x.yaml\n+++ b/x.yaml\n';

describe('maskDiff', () => {
  test('leaves a diff without secrets as it is', () => {
    const diff = `${HEADER}@@ -1,3 +1,3 @@ kind: Deployment\n a: 1\n-b: 2\n+b: 3\n c: 4\n\\ No newline at end of file\n`;
    expect(maskDiff(diff)).toBe(diff);
  });

  test('cuts context with a secret off the hunk, so that the diff still applies', () => {
    const diff = `${HEADER}@@ -5,5 +5,5 @@\n password: hunter2\n a: 1\n-b: 2\n+b: 3\n c: 4\n token: aB3dE5gH7\n`;
    expect(maskDiff(diff)).toBe(`${HEADER}@@ -6,3 +6,3 @@\n a: 1\n-b: 2\n+b: 3\n c: 4\n`);
  });

  test('cuts the second line of an environment variable', () => {
    const diff = `${HEADER}@@ -1,4 +1,4 @@\n - name: DB_PASSWORD\n   value: hunter2\n-b: 2\n+b: 3\n c: 4\n`;
    expect(maskDiff(diff)).toBe(`${HEADER}@@ -3,2 +3,2 @@\n-b: 2\n+b: 3\n c: 4\n`);
  });

  test('masks a changed line in its place', () => {
    const diff = `${HEADER}@@ -1 +1 @@\n-password: hunter2\n+password: hunter3\n`;
    expect(maskDiff(diff)).toBe(`${HEADER}@@ -1,1 +1,1 @@\n-password: ***\n+password: ***\n`);
  });

  test('masks a secret between two changes in its place', () => {
    const diff = `${HEADER}@@ -1,3 +1,3 @@\n-a: 1\n+a: 2\n password: hunter2\n-b: 2\n+b: 3\n`;
    expect(maskDiff(diff)).toContain('\n password: ***\n');
  });

  test('is not led astray by content that looks like a header', () => {
    const diff = `${HEADER}@@ -1,2 +1,2 @@\n--- a\n+++ b\n @@ -1 +1 @@\n`;
    expect(maskDiff(diff)).toBe(diff);
  });

  test('handles each hunk of each file', () => {
    const hunk = '@@ -5,3 +5,3 @@\n password: hunter2\n-b: 2\n+b: 3\n c: 4\n';
    expect(maskDiff(`${HEADER}${hunk}${hunk}`)).not.toContain('hunter2');
  });
});
