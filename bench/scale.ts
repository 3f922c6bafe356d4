import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeFiles } from '../test/git/made-repository.ts';
import type { JournalEntry } from '../test/github/stand-in/interface.ts';
import { startGitHub } from '../test/github/stand-in/start.ts';
import { isWrite } from '../test/service/faults/faults.ts';
import { deployment, recordedCluster } from '../test/service/made-service.ts';
import { serve } from '../test/service/process.ts';
import { table } from './table.ts';

/*
 * `node bench/scale.ts`: `faultline serve` as a process of its own, with 500 repositories of ten organisations and 20 clusters that each
 * deploy 25 of them, on the stand-in. One workload of each cluster fails. What GitHub is asked while it starts and proposes, and in each of
 * two rounds after that, in which every cluster is scanned and every repository polled once; and what memory and processor time that
 * takes. A round is as long as `--interval`, which has to be long enough for this machine.
 */

const { values } = parseArgs({
  options: {
    repositories: { type: 'string', default: '500' },
    clusters: { type: 'string', default: '20' },
    organisations: { type: 'string', default: '10' },
    interval: { type: 'string', default: '5' },
  },
});
const [repositories, clusters, organisations, minutes] = [
  values.repositories,
  values.clusters,
  values.organisations,
  values.interval,
].map(Number) as [number, number, number, number];

const folder = mkdtempSync(join(tmpdir(), 'faultline-scale-'));
const github = await startGitHub();
const perCluster = Math.ceil(repositories / clusters);
const slugs = Array.from(
  { length: repositories },
  (_none, index) => `org${index % organisations}/infra-${index}`,
);
for (const [index, slug] of slugs.entries())
  github.repository(slug, {
    // The first of each cluster has what fails in it.
    files:
      index % perCluster === 0 ? { 'apps/cart.yaml': deployment('512Mi') } : { 'README.md': 'nothing\n' },
  });
const settings = Array.from({ length: clusters }, (_none, index) => {
  writeFiles(join(folder, `c${index}`), {
    'snapshot.yaml': `cluster: c${index}\ncapturedAt: 2026-03-01T10:00:00Z\nrecorded: {Pod: all, Deployment: all, ReplicaSet: all}\n`,
    'cluster/shop.yaml': recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z'),
  });
  const deployed = slugs.slice(index * perCluster, (index + 1) * perCluster);
  return `  c${index}: {snapshot: c${index}, repositories: [${deployed.join(', ')}]}\n`;
});
writeFiles(folder, {
  'faultline-service.yml': `clusters:\n${settings.join('')}interval: ${minutes}m\npolling: ${minutes}m\nfolder: state\nonboarding: none\n`,
});

const rows: (string | number)[][] = [
  [
    'round',
    'seconds',
    'reads',
    'of them 304',
    'writes',
    'GraphQL',
    'git',
    'busy',
    'processor',
    'MiB',
    'most MiB',
  ],
];
const begun = performance.now();
const serving = serve(github, folder, { XDG_CACHE_HOME: join(folder, 'cache') });
try {
  let from = 0;
  for (const round of ['start', 'idle', 'idle']) {
    const [started, used] = [performance.now(), processorSeconds()];
    // Until nothing was asked for a while, and the next round is about to begin.
    const until = started + minutes * 60_000;
    let [seen, lastAt] = [github.journal.length, performance.now()];
    while (
      round === 'start' ? performance.now() - lastAt < 20_000 || seen === 0 : performance.now() < until
    ) {
      await wait(250);
      if (serving.exitCode !== null)
        throw new Error(readFileSync(join(folder, 'serve.log'), 'utf8').slice(-2000));
      if (github.journal.length !== seen) [seen, lastAt] = [github.journal.length, performance.now()];
    }
    const asked = github.journal.slice(from);
    from = github.journal.length;
    const is = (test: (entry: JournalEntry) => boolean): number => asked.filter(test).length;
    rows.push([
      round,
      ((performance.now() - started) / 1000).toFixed(0),
      is((one) => one.kind === 'rest' && !isWrite(one)),
      is(({ status }) => status === 304),
      is((one) => one.kind === 'rest' && isWrite(one)),
      is(({ kind }) => kind === 'graphql'),
      is(({ kind }) => kind === 'git'),
      ((lastAt - started) / 1000).toFixed(0),
      (processorSeconds() - used).toFixed(1),
      memory('VmRSS'),
      memory('VmHWM'),
    ]);
    process.stderr.write(`${rows.at(-1)!.join(' ')}\n`);
  }
  const columns = rows[0]!.map((_name, index) => rows.map((row) => row[index]!));
  process.stdout.write(`${table(columns)}\n`);
  const pulls = github.journal.filter(({ operation }) => operation === 'pulls/create').length;
  process.stdout.write(
    `${repositories} repositories, ${clusters} clusters, ${pulls} pull requests, ${((performance.now() - begun) / 1000).toFixed(0)} s\n`,
  );
} finally {
  serving.kill('SIGTERM');
  if (serving.exitCode === null) await once(serving, 'exit');
  await github.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Of serve and the programs that it started and that have ended. */
function processorSeconds(): number {
  const [, fields] = readFileSync(`/proc/${serving.pid}/stat`, 'latin1').split(') ');
  return (
    fields!
      .split(' ')
      .slice(11, 15)
      .reduce((sum, text) => sum + Number(text), 0) / 100
  );
}

function memory(name: 'VmRSS' | 'VmHWM'): string {
  const kibibytes = new RegExp(`${name}:\\s+(\\d+)`).exec(
    readFileSync(`/proc/${serving.pid}/status`, 'utf8'),
  )?.[1];
  return (Number(kibibytes) / 1024).toFixed(0);
}
