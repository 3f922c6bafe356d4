import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { load } from 'js-yaml';
import { buildRepository } from '../../scripts/demo-repository.ts';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import { describeRef } from '../../src/kubernetes/objects.ts';
import type { IncidentResult } from '../../src/model/report.ts';
import { diagnose } from '../../src/pipeline.ts';
import { rules } from '../../src/rules/index.ts';
import { Revision } from '../../src/sources/revision.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { renderers } from '../locate/revisions.ts';

/*
 * fixtures/incidents/<rule>/<case>/
 *   snapshot/     a recorded cluster
 *   commits/      the repository's history, one numbered folder for each commit; may be left out
 *   repaired/     the cluster once all is well; may be left out where nothing is found
 *   expect.yaml   what is found, by all rules together: a case of one rule is a silent case of all others
 */

const folder = resolve(import.meta.dirname, '../../fixtures/incidents');
const scratch = mkdtempSync(join(tmpdir(), 'faultline-incidents-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const expectation = z.strictObject({
  finds: z.array(
    z.strictObject({
      rule: z.string(),
      cause: z.string(),
      object: z.string(),
      container: z.string().optional(),
      /** What is at fault, where it is not the object. */
      culprit: z.string().optional(),
      action: z.string(),
      /** `file:line before → after` */
      changes: z.array(z.string()).optional(),
      /** Words of the summary, the root cause, the reason, the advice or the evidence. */
      says: z.array(z.string()).optional(),
    }),
  ),
});

const cases = readdirSync(folder).flatMap((rule) =>
  readdirSync(join(folder, rule)).map((name) => {
    const path = join(folder, rule, name);
    const { finds } = expectation.parse(load(readFileSync(join(path, 'expect.yaml'), 'utf8')));
    return { rule, name: `${rule}/${name}`, path, finds };
  }),
);

test.each(rules.map(({ id }) => id))(
  '%s has a case in which it fires and one in which it is silent',
  (id) => {
    const own = cases.filter(({ rule }) => rule === id);
    expect(own.some(({ finds }) => finds.some(({ rule }) => rule === id))).toBe(true);
    expect(own.some(({ finds }) => finds.length === 0)).toBe(true);
  },
);

describe.each(cases)('$name', ({ name, path, finds }) => {
  test('is found by the rules that it names, and by no other', async () => {
    const results = await diagnosed(path, 'snapshot', name);
    expect(results.map(foundIn)).toEqual(finds.map(withoutWords));
    for (const [index, { says = [] }] of finds.entries())
      for (const words of says) expect(saidBy(results[index]!)).toContain(words);
  });

  const repaired = existsSync(join(path, 'repaired')) ? ['repaired'] : [];
  test.each(repaired)('is silent once it is %s', async (cluster) => {
    expect((await diagnosed(path, cluster, name)).map(foundIn)).toEqual([]);
  });

  test('says how it is repaired where something is found', () => {
    expect(finds.length === 0 || repaired.length > 0).toBe(true);
  });
});

async function diagnosed(path: string, cluster: string, name: string): Promise<readonly IncidentResult[]> {
  const commits = join(path, 'commits');
  const checkout = join(scratch, name);
  if (existsSync(commits) && !existsSync(checkout))
    buildRepository(commits, checkout, 'https://github.com/pier-ferries/platform.git');
  const repository = await openRepository(existsSync(commits) ? checkout : join(path, cluster));
  const tree = repository.head ? await repository.treeAt(repository.head.sha) : await repository.workTree();
  const { results, problems } = await diagnose({
    source: await openSnapshot(join(path, cluster)),
    repository,
    revision: await Revision.of(tree, renderers),
    renderers,
    config: DEFAULT_CONFIG,
    configErrors: [],
  });
  expect(problems).toEqual([]);
  return results;
}

function foundIn({ incident: { finding }, decision, located }: IncidentResult) {
  const { rule, cause, object, container, culprit, affected } = finding;
  const changes = (located?.kind === 'located' ? located.changes : []).map(
    ({ site, before, after }) => `${site.file}:${site.line} ${before} → ${after}`,
  );
  return {
    rule,
    cause,
    object: describeRef(object),
    ...(container === null ? {} : { container }),
    ...(affected.length === 0 ? {} : { culprit: describeRef(culprit) }),
    action: decision.action,
    ...(changes.length === 0 ? {} : { changes }),
  };
}

function withoutWords(find: (typeof cases)[number]['finds'][number]) {
  const { says, ...found } = find;
  return says === undefined ? find : found;
}

function saidBy({ incident: { finding } }: IncidentResult): string {
  const { summary, rootCause, reason, advice, evidence } = finding;
  return [summary, rootCause, reason, ...advice, ...evidence.map(({ text }) => text)]
    .map(plainText)
    .join('\n');
}
