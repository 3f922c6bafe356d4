/**
 * Replays merged pull requests of repositories through the guard, without a cluster:
 * `node bench/guard-history.ts [--most 40] [--skip 0] [--minutes 10] [--everybody] [--all-commits] <repository>…`.
 *
 * A change is a commit on the first parents of the newest one that changes manifests, whose subject names a pull request and which no bot
 * wrote. Every finding is printed, to be read by eye; then a table with a row for each repository.
 */
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_CONFIG } from '../src/config/defaults.ts';
import { openRepository } from '../src/git/open-repository.ts';
import { remembering } from '../src/git/remembering.ts';
import type { CommitWithParents, Repository } from '../src/git/repository.ts';
import { changedFiles } from '../src/guard/changed-files.ts';
import { guard } from '../src/guard/guard.ts';
import type { Commit } from '../src/model/commit.ts';
import { isManifestPath } from '../src/renderers/manifests.ts';
import { openRenderers } from '../src/renderers/open-renderers.ts';
import { Revision } from '../src/sources/revision.ts';
import { plainText } from '../src/untrusted/prose.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    most: { type: 'string', default: '40' },
    skip: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '10' },
    everybody: { type: 'boolean', default: false },
    'all-commits': { type: 'boolean', default: false },
  },
});

/** Commits of a branch that are listed. */
const MOST_LISTED = 20_000;

const rows: string[] = [];
for (const path of positionals) rows.push(await replayed(path));
console.log(
  [
    '',
    '| repository | changes | with findings | findings | roots compared | not rendered | median ms | longest ms | seconds |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ].join('\n'),
);

async function replayed(path: string): Promise<string> {
  const repository = remembering(await openRepository(path));
  const renderers = openRenderers();
  const from = performance.now();
  const until = from + Number(values.minutes) * 60_000;
  const times: number[] = [];
  let [alarmed, findings, compared, unknown] = [0, 0, 0, 0];
  let kept: { readonly commit: string; readonly revision: Revision } | null = null;
  for await (const { commit, parent } of changesOf(repository)) {
    if (performance.now() > until) break;
    const started = performance.now();
    const sideOf = async (sha: string) => ({
      commit: sha,
      revision: await Revision.of(await repository.treeAt(sha), renderers, repository.remote),
    });
    renderers.budget?.renew();
    const head = kept?.commit === commit.sha ? kept : await sideOf(commit.sha);
    const base = await sideOf(parent);
    kept = base;
    const name = `${basename(dirname(path))} ${commit.sha.slice(0, 10)}`;
    try {
      const report = await guard({
        base,
        head,
        clusters: [],
        memoryFactor: 2,
        where: { repository, config: DEFAULT_CONFIG, renderers },
      });
      compared += report.roots.filter(({ status }) => status !== 'unknown').length;
      unknown += report.roots.filter(({ status }) => status === 'unknown').length;
      findings += report.findings.length;
      if (report.findings.length > 0) alarmed += 1;
      for (const { site, level, rule, cause, because, roots } of report.findings)
        console.log(
          `${name} ${level} ${rule}/${cause} ${site ? `${site.file}:${site.line}` : roots.join()} ${plainText(because)}`,
        );
      for (const one of report.leftOut) console.log(`${name} left out: ${plainText(one)}`);
    } catch (error) {
      console.log(`${name} failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
    const took = performance.now() - started;
    times.push(took);
    if (took > 20_000) console.log(`${name} took ${Math.round(took)} ms`);
  }
  times.sort((a, b) => a - b);
  const [median, longest] = [times[times.length >> 1] ?? 0, times.at(-1) ?? 0].map(Math.round);
  const seconds = Math.round((performance.now() - from) / 1000);
  const slug = basename(dirname(path)).replace('+', '/');
  const row = `| ${slug} | ${times.length} | ${alarmed} | ${findings} | ${compared} | ${unknown} | ${median} | ${longest} | ${seconds} |`;
  console.log(row);
  return row;
}

/** Newest first. */
async function* changesOf(
  repository: Repository,
): AsyncGenerator<{ readonly commit: Commit; readonly parent: string }> {
  const listed = await repository.lineage({ limit: MOST_LISTED });
  const byName = new Map(listed.map((one) => [one.commit.sha, one]));
  let [skip, found] = [Number(values.skip), 0];
  for (let at = listed[0]; at !== undefined && found < Number(values.most);) {
    const parent: string | undefined = at.parents?.[0];
    if (parent === undefined) return;
    if (isWanted(at) && (await changesManifests(repository, at.commit.sha, parent)) && skip-- <= 0) {
      found += 1;
      yield { commit: at.commit, parent };
    }
    at = byName.get(parent);
  }
}

function isWanted({ commit: { author, email, subject } }: CommitWithParents): boolean {
  const isBot = /\[bot\]|\bbot\b|-bot\b|renovate|dependabot/i.test(`${author} ${email}`);
  const isNamed = /\(#\d+\)|^Merge pull request #\d+/.test(subject);
  return (
    (values.everybody || (!isBot && !/renovate|dependabot/i.test(subject))) &&
    (values['all-commits'] || isNamed)
  );
}

async function changesManifests(repository: Repository, commit: string, parent: string): Promise<boolean> {
  const [before, after] = await Promise.all([repository.treeAt(parent), repository.treeAt(commit)]);
  return changedFiles(before, after).some(isManifestPath);
}
