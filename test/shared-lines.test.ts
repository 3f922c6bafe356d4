import { rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { diagnoseShared, KINDS, type SharedBy } from '../bench/shared-line.ts';
import { madeFolder } from './git/made-repository.ts';

/** What was located for each workload, as text: edit, proof and all that it changes. */
async function diagnosed(by: SharedBy, count: number) {
  const folder = madeFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { builds, results, problems } = await diagnoseShared(by, count, folder);
  expect(problems).toEqual([]);
  expect(results).toHaveLength(count);
  return { builds, results };
}

describe('workloads behind one shared line', () => {
  test.each(KINDS)('%s: 24 cost as many renders as 2', async (by) => {
    const two = await diagnosed(by, 2);
    const many = await diagnosed(by, 24);
    expect(many.builds).toBe(two.builds);
  });

  test.each(KINDS)('%s: all get the one edit, its proof and its pull request', async (by) => {
    const { results } = await diagnosed(by, 6);
    const sites = results.map(({ located }) =>
      located?.kind === 'located' ? located.changes.map(({ site }) => `${site.file}:${site.line}`) : null,
    );
    expect(new Set(sites.map((each) => JSON.stringify(each))).size).toBe(1);
    for (const [index, { incident, located, proposal, pullRequest }] of results.entries()) {
      if (located?.kind !== 'located') throw new Error(`${index} was not located`);
      expect(located.proof.status).toBe('proven');
      expect(located.proof.roots.flatMap(({ changes }) => changes)).toHaveLength(6);
      // Each speaks of its own object, although the edit was found for the first.
      expect(located.changes.map(({ object }) => object.name)).toEqual([incident.finding.object.name]);
      expect(located.diff).toBe((results[0]!.located as typeof located).diff);
      expect(proposal!.key).toBe(results[0]!.proposal!.key);
      expect(pullRequest).toBe(results[0]!.pullRequest);
    }
  });

  test('a run gives the same every time', async () => {
    const texts = await Promise.all(
      [1, 2].map(async () => JSON.stringify((await diagnosed('patch', 5)).results)),
    );
    expect(texts[0]).toBe(texts[1]);
  });
});
