import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { configSchema } from '../../src/config/schema.ts';
import { detect } from '../../src/incidents/detect.ts';
import { Investigations } from '../../src/incidents/investigate.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { ImageSource } from '../../src/model/registry-image.ts';
import type { DiagnoseInput } from '../../src/proposals/diagnose-input.ts';
import type { Rule } from '../../src/rules/define-rule.ts';
import { rules } from '../../src/rules/index.ts';
import { RepositoryKnowledge } from '../../src/sources/knowledge.ts';
import { Revision } from '../../src/sources/revision.ts';
import { renderers } from '../locate/revisions.ts';
import { kindsNotStated } from '../rules/kinds-asked.ts';
import { historyInMemory } from './history-in-memory.ts';

/*
 * fixtures/incidents/<rule>/<case>/
 *   cluster.yaml    the objects, or snapshot/: a recorded cluster with logs and metrics
 *   repaired.yaml   the objects once all is well, or repaired/; may be left out where nothing is found
 *   registry.yaml   what image registries answer, by reference; left out where none may be asked
 *   commits/        the repository's history, one numbered folder for each commit; may be left out
 *   expect.yaml     what is found, by all rules together: a case of one rule is a silent case of all others
 */

export const FOLDER = resolve(import.meta.dirname, '../../fixtures/incidents');

const expectation = z.strictObject({
  /** When the cluster was recorded; left out: what the recording says, or the newest time in it. */
  now: z.coerce.date().optional(),
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
      /** Words of the summary, the root cause, the reason, the advice, the evidence, or of what is told of the container and of changes. */
      says: z.array(z.string()).optional(),
    }),
  ),
  /** `rule/cause` of what other rules see of the same failure, and leave to what is found. */
  followers: z.array(z.string()).default([]),
  /** What `.github/faultline.yml` says. */
  config: configSchema.optional(),
});

export type Expectation = z.output<typeof expectation>;

export interface Case extends Expectation {
  /** The rule that it is about. */
  readonly rule: string;
  /** `oom-killed/limit-too-low` */
  readonly name: string;
  readonly path: string;
  /** Null where it has none. */
  readonly repaired: string | null;
}

export const cases: readonly Case[] = readdirSync(FOLDER).flatMap((rule) =>
  readdirSync(join(FOLDER, rule)).map((name) => {
    const path = join(FOLDER, rule, name);
    const expected = expectation.parse(load(readFileSync(join(path, 'expect.yaml'), 'utf8')));
    return { ...expected, rule, name: `${rule}/${name}`, path, repaired: recorded(path, 'repaired') };
  }),
);

/** The cluster of a case in which something may be found. */
export function failing({ path }: Case): string {
  return recorded(path, 'cluster') ?? join(path, 'snapshot');
}

function recorded(path: string, name: string): string | null {
  return [join(path, `${name}.yaml`), join(path, name)].find((one) => existsSync(one)) ?? null;
}

/** All that the program is given of a case. */
export async function inputOf({ path, now, config }: Case, cluster: string): Promise<DiagnoseInput> {
  const registry = join(path, 'registry.yaml');
  const commits = join(path, 'commits');
  const repository = historyInMemory(existsSync(commits) ? commits : null);
  return {
    source: await openSnapshot(cluster, now ? { now: now.getTime() } : {}),
    repository,
    revision: await Revision.of(await repository.workTree(), renderers),
    renderers,
    ...(existsSync(registry) && { images: imagesIn(registry) }),
    config: config ?? DEFAULT_CONFIG,
    configErrors: [],
  };
}

const images = z.record(
  z.string(),
  z.strictObject({
    reference: z.enum(['present', 'missing', 'unknown']),
    tags: z.array(z.string()).nullable(),
  }),
);

function imagesIn(file: string): ImageSource {
  const known = images.parse(load(readFileSync(file, 'utf8')));
  return { image: async (reference) => known[reference] ?? null };
}

export interface Seen {
  /** What each rule finds by itself, whatever the others do. */
  readonly findings: readonly Finding[];
  /** What rules break on, and kinds that they read without stating it. */
  readonly mistakes: readonly string[];
}

export async function seenIn(given: Case, cluster: string): Promise<Seen> {
  const input = await inputOf(given, cluster);
  const state = await input.source.read();
  const mistakes = state.problems.map(({ where, message }) => `${where}: ${message}`);
  const investigations = new Investigations({
    cluster: state,
    source: input.source,
    repository: new RepositoryKnowledge({ ...input, cluster: state }),
    ...(input.images && { images: input.images }),
    memoryFactor: input.config.limits.memoryFactor,
    onProblem: ({ where, message }) => void mistakes.push(`${where}: ${message}`),
  });
  const findings: Finding[] = [];
  for (const rule of rules) findings.push(...(await findingsOf(rule)));
  return { findings, mistakes };

  async function findingsOf(rule: Rule): Promise<readonly Finding[]> {
    const watched = kindsNotStated(rule, state);
    const { detected, failures } = detect([rule], watched.cluster);
    mistakes.push(...failures.map(({ message }) => `${rule.id}: ${message}`));
    const all = [];
    for (const one of detected) all.push(await investigations.investigate(one));
    mistakes.push(...[...watched.kinds].map((kind) => `${rule.id} reads ${kind} and does not say so`));
    return all.filter((finding) => finding !== null);
  }
}
