import { expect } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { guard } from '../../src/guard/guard.ts';
import type { GuardReport } from '../../src/model/guard-report.ts';
import { guardAnnotations, guardMarkdown, guardTitle } from '../../src/output/guard-check.ts';
import { guardCommands } from '../../src/output/guard-github.ts';
import { guardJson, guardText } from '../../src/output/guard.ts';
import { printedJson } from '../../src/output/printed-json.ts';
import type { Renderers } from '../../src/renderers/renderers.ts';
import { Revision } from '../../src/sources/revision.ts';
import { treeOf, withOverlay, type Tree } from '../../src/tree/tree.ts';
import { historyInMemory } from '../incidents/history-in-memory.ts';
import { renderers as shared, type Files } from '../locate/revisions.ts';

/** What a hostile head may not cost; what renders more roots shows what it is by then. */
const MOST = { roots: 6, milliseconds: 60_000, characters: 2_000_000, markdown: 65_000, message: 4_200 };

/** What only the machine knows, as any of the tests of hostile input names it. */
const CANARIES =
  /canary-(?:of|that)|what-only-the-machine-knows|root:[^:\n]{0,20}:0:0:|(?<![\w$])PATH=\/|HOME=\//;

/** The healthy root beside: what a hostile change does to it has to be told all the same. */
const BESIDE = 'quay-beside/map.yaml';
const HEALTHY =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: beside, namespace: quay}\ndata: {tide: low}\n';

/** Everything that anybody gets to read of a report, by where. */
export function readable(report: GuardReport): Readonly<Record<string, string>> {
  return {
    json: printedJson(guardJson(report)),
    terminal: guardText(report, { colour: false }),
    markdown: guardMarkdown(report),
    title: guardTitle(report, null),
    commands: guardCommands(report),
    // A path is what GitHub compares with, and shows nowhere.
    annotations: JSON.stringify(guardAnnotations(report).map(({ title, message }) => [title, message])),
  };
}

/**
 * Gives these files to the guard as the head of a pull request to a healthy repository, and holds the report to what holds for every head:
 * nothing of the machine in any output, no output that a reader's program would obey, none without bounds, and the healthy root still compared.
 */
export async function expectHarmlessHead(
  files: Files | Tree,
  { renderers = shared }: { readonly renderers?: Renderers } = {},
): Promise<GuardReport> {
  const hostile = isTree(files) ? files : treeOf(files);
  const base = treeOf({ [BESIDE]: HEALTHY });
  const head = withOverlay(hostile, new Map([[BESIDE, Buffer.from(HEALTHY.replace('low', 'high'))]]));
  const started = performance.now();
  const report = await guard({
    base: { commit: 'a'.repeat(40), revision: await Revision.of(base, renderers) },
    head: { commit: 'b'.repeat(40), revision: await Revision.of(head, renderers) },
    clusters: [],
    memoryFactor: 2,
    where: { repository: historyInMemory(null), config: DEFAULT_CONFIG, renderers },
    limits: { roots: MOST.roots },
  });
  expect(performance.now() - started).toBeLessThan(MOST.milliseconds);
  expectHarmless(report);
  return report;
}

/** What holds for every report, whoever wrote the head. */
export function expectHarmless(report: GuardReport): void {
  const texts = readable(report);
  for (const [where, text] of Object.entries(texts)) {
    expect([where, text.length > MOST.characters]).toEqual([where, false]);
    expect([where, CANARIES.exec(text)?.[0]]).toEqual([where, undefined]);
    // What drives a terminal; JSON escapes it.
    expect([where, /[^\P{Cc}\n\t\r]|[\u202a-\u202e\u2066-\u2069]/u.exec(text)?.[0]]).toEqual([
      where,
      undefined,
    ]);
    expect([where, text.isWellFormed()]).toEqual([where, true]);
  }
  expect(texts['markdown']!.length).toBeLessThanOrEqual(MOST.markdown);
  expect(texts['commands']!.split(/\r|\n/).filter((line) => line !== '')).toHaveLength(
    report.findings.length,
  );
  for (const { message, title } of guardAnnotations(report))
    expect(message.length + title.length).toBeLessThanOrEqual(MOST.message);
  expect(texts['title']).toMatch(/^[\w ,]{1,80}$/);
}

function isTree(files: Files | Tree): files is Tree {
  return typeof files['paths'] === 'function';
}
