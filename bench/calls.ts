import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMemoryStore } from '../src/store/sqlite.ts';
import { writeFiles } from '../test/git/made-repository.ts';
import { startGitHub } from '../test/github/stand-in/start.ts';
import { deployment, recordedCluster } from '../test/service/made-service.ts';
import { installationsOf, recordedIn, serviceOn } from '../test/service/on-stand-in.ts';
import { isWrite } from '../test/service/faults/faults.ts';
import { table } from './table.ts';

/*
 * `node bench/calls.ts`: every request that GitHub gets of scans, on the stand-in, in a repository with few and with many issues, pull
 * requests, comments and labels. A write is a REST call that is no GET, or a GraphQL mutation. `304` count against no limit. `dashboard`
 * are reads and writes for its issue, which is one for all pull requests; `git` are requests of fetches.
 */

const rows: (string | number)[][] = [
  ['entries of each', 'clusters', 'scan', 'reads', 'writes', '304', 'dashboard', 'git'],
];
for (const [entries, clusters] of [
  [10, 1],
  [10_050, 1],
  [10, 3],
] as const)
  await measure(entries, clusters);
const columns = rows[0]!.map((_name, index) => rows.map((row) => row[index]!));
process.stdout.write(`${table(columns)}\n`);

async function measure(entries: number, clusters: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-calls-'));
  const github = await startGitHub();
  const repository = github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
  const other = Math.floor(entries / 2);
  repository.fillWith({ issues: entries - other, pulls: other, labels: entries, comments: entries });
  github.clock.advance(3_600_000);
  const recorded = Array.from({ length: clusters }, (_none, index) => {
    const name = `prod-${index}`;
    writeFiles(join(folder, name), {
      'snapshot.yaml': `cluster: ${name}\ncapturedAt: 2026-03-01T10:00:00Z\nrecorded: {Pod: all, Deployment: all, ReplicaSet: all}\n`,
      'cluster/shop.yaml': recordedCluster('512Mi', index === 0 ? 6 : 0, '2026-03-01T09:55:00Z'),
    });
    return recordedIn(join(folder, name), name);
  });
  const problems: string[] = [];
  const service = serviceOn(github, {
    store: await openMemoryStore(),
    clusters: recorded,
    mirrors: join(folder, 'mirrors'),
    problem: (facts) => void problems.push(JSON.stringify(facts)),
  });
  const installations = installationsOf(github);
  for (const found of await installations.list()) service.add(await installations.hostFor(found));
  for (const scan of ['proposing', 'the next', 'idle']) {
    const from = github.journal.length;
    await service.scanAll();
    const asked = github.journal.slice(from).filter(({ path }) => !path.endsWith('/access_tokens'));
    const git = asked.filter(({ kind }) => kind === 'git').length;
    const dashboard = asked.filter(({ operation }) => operation?.startsWith('issues/') === true);
    const calls = asked.filter((one) => one.kind !== 'git' && !dashboard.includes(one));
    const writes = calls.filter(isWrite).length;
    const unchanged = calls.filter(({ status }) => status === 304).length;
    const reads = calls.length - writes;
    const shown = `${dashboard.filter((one) => !isWrite(one)).length}+${dashboard.filter(isWrite).length}`;
    rows.push([entries, clusters, scan, reads, writes, unchanged, shown, git]);
    github.clock.advance(120_000);
  }
  for (const problem of new Set(problems)) process.stdout.write(`${problem}\n`);
  await github.close();
  rmSync(folder, { recursive: true, force: true });
}
