/**
 * Replays merged changes of a repository through the guard, without a cluster: `node bench/guard-history.ts <repository> [commits] [skip]`.
 * Each first-parent commit that changes manifests is one change. Every finding is printed, to be read by eye.
 */
import { DEFAULT_CONFIG } from '../src/config/defaults.ts';
import { openRepository } from '../src/git/open-repository.ts';
import { guard } from '../src/guard/guard.ts';
import { openRenderers } from '../src/renderers/open-renderers.ts';
import { isManifestPath } from '../src/renderers/manifests.ts';
import { Revision } from '../src/sources/revision.ts';
import { plainText } from '../src/untrusted/prose.ts';
import { changedFiles } from '../src/guard/changed-files.ts';

const [path = '.', most = '100', skip = '0'] = process.argv.slice(2);
const repository = await openRepository(path);
const renderers = openRenderers();
const wanted = Number(most);
const commits = (await repository.lineage({ limit: 20 * wanted + Number(skip) + 50 })).slice(Number(skip));
let [replayed, alarmed, compared, unknown] = [0, 0, 0, 0];
const times: number[] = [];
for (let at: (typeof commits)[number] | undefined = commits[0]; at && replayed < wanted;) {
  const parent = at.parents?.[0];
  if (parent === undefined) break;
  const next = commits.find(({ commit }) => commit.sha === parent);
  const [before, after] = await Promise.all([repository.treeAt(parent), repository.treeAt(at.commit.sha)]);
  if (!changedFiles(before, after).some(isManifestPath)) {
    at = next;
    continue;
  }
  const started = performance.now();
  const [base, head] = await Promise.all([
    Revision.of(before, renderers, repository.remote),
    Revision.of(after, renderers, repository.remote),
  ]);
  const report = await guard({
    base: { commit: parent, revision: base },
    head: { commit: at.commit.sha, revision: head },
    clusters: [],
    memoryFactor: 2,
    where: { repository, config: DEFAULT_CONFIG, renderers },
  });
  times.push(performance.now() - started);
  replayed += 1;
  compared += report.roots.filter(({ status }) => status !== 'unknown').length;
  unknown += report.roots.filter(({ status }) => status === 'unknown').length;
  if (report.findings.length > 0) alarmed += 1;
  for (const { site, level, rule, cause, because, roots } of report.findings)
    console.log(
      `${at.commit.sha.slice(0, 10)} ${level} ${rule}/${cause} ${site ? `${site.file}:${site.line}` : roots.join()} ${plainText(because)}`,
    );
  for (const one of report.leftOut) console.log(`${at.commit.sha.slice(0, 10)} left out: ${plainText(one)}`);
  at = next;
}
times.sort((a, b) => a - b);
console.log(
  `${path}: ${replayed} changes, ${alarmed} with findings; ${compared} roots compared, ${unknown} not; median ${Math.round(times[times.length >> 1] ?? 0)} ms, longest ${Math.round(times.at(-1) ?? 0)} ms`,
);
