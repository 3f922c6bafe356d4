import childProcess from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config/load-config.ts';
import { openRepository } from '../src/git/open-repository.ts';
import { remembering } from '../src/git/remembering.ts';
import { IncidentFinder } from '../src/incidents/incident-finder.ts';
import type { Report } from '../src/model/report.ts';
import { diagnose } from '../src/pipeline.ts';
import { StandingIncidents } from '../src/proposals/standing-incidents.ts';
import { openRenderers } from '../src/renderers/open-renderers.ts';
import { rules } from '../src/rules/index.ts';
import { RecordedCluster } from '../src/service/recorded-cluster.ts';
import { readCluster } from '../src/service/clusters.ts';
import { Revision } from '../src/sources/revision.ts';
import { commitFiles, git, writeFiles } from '../test/git/made-repository.ts';
import { manyWorkloads } from '../test/service/many-workloads.ts';
import { table } from './table.ts';

/*
 * `node bench/throughput.ts`: so many workloads fail at once, each by a line of its own in a kustomization of its own. How long it takes until
 * each has its cause, its line, its edit and the proof, and what a scan costs after that. _by processor_ is what two processors do
 * that do nothing else. `--incidents`: 200. Exit status 1 when one of them has no proven edit.
 */

const { values } = parseArgs({ options: { incidents: { type: 'string', default: '200' } } });
const count = Number(values.incidents);
const folder = mkdtempSync(join(tmpdir(), 'faultline-throughput-'));
const { files, cluster } = manyWorkloads(count);
const repositoryFolder = join(folder, 'repository');
writeFiles(repositoryFolder, {});
writeFiles(join(folder, 'snapshot'), cluster);
writeFiles(repositoryFolder, { 'README.md': 'stalls\n' });
git(repositoryFolder, 'init', '--quiet', '--initial-branch=main');
commitFiles(repositoryFolder, { ...files, ...kustomizationsOf(files) }, 'Stalls');

/** Programs that were started. */
const started: string[] = [];
const { spawn } = childProcess;
childProcess.spawn = ((...args: Parameters<typeof spawn>) => {
  started.push(args[0]);
  return Reflect.apply(spawn, childProcess, args) as ReturnType<typeof spawn>;
}) as typeof spawn;
syncBuiltinESMExports();

const rows: (string | number)[][] = [
  [
    'scan',
    'seconds',
    'processor',
    'of programs',
    'git',
    'others',
    'an hour',
    'by processor',
    'proven',
    'kept',
  ],
];
const repository = remembering(await openRepository(repositoryFolder));
const tree = await repository.treeAt(repository.head!.sha);
const { config, errors } = await loadConfig(tree);
process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
const renderers = openRenderers(config.charts.pull);
const revision = await Revision.of(tree, renderers, repository.remote, []);
const { source, state } = await readCluster(new RecordedCluster('prod', join(folder, 'snapshot'), null));
const known = { finder: new IncidentFinder(rules), standing: new StandingIncidents() };
let proven = 0;
for (const scan of ['first', 'second', 'third']) {
  const [began, used, ofPrograms] = [performance.now(), process.cpuUsage(), programSeconds()];
  const from = started.length;
  const report: Report = await diagnose(
    {
      source,
      cluster: state,
      repository,
      revision,
      renderers,
      config,
      configErrors: errors,
      areLimitsElsewhere: true,
      finder: known.finder,
    },
    known.standing,
  );
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(used);
  proven = report.results.filter(({ proposal }) => proposal?.located.proof.status === 'proven').length;
  const programs = started.slice(from);
  const busy = (user + system) / 1e6 + programSeconds() - ofPrograms;
  rows.push([
    scan,
    seconds.toFixed(2),
    ((user + system) / 1e6).toFixed(2),
    (programSeconds() - ofPrograms).toFixed(2),
    programs.filter((command) => command === 'git').length,
    programs.filter((command) => command !== 'git').length,
    Math.round((proven / seconds) * 3600),
    Math.round((proven / (busy / 2)) * 3600),
    proven,
    known.standing.kept,
  ]);
}
const columns = rows[0]!.map((_name, index) => rows.map((row) => row[index]!));
process.stdout.write(`${table(columns)}\n${availableParallelism()} processors\n`);
rmSync(folder, { recursive: true, force: true });
if (proven !== count) process.exitCode = 1;

function kustomizationsOf(all: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.keys(all).map((path) => {
      const slash = path.lastIndexOf('/');
      return [`${path.slice(0, slash)}/kustomization.yaml`, `resources: [${path.slice(slash + 1)}]\n`];
    }),
  );
}

/** Processor time of the programs that have ended, in seconds: the 16th and 17th field of `/proc/self/stat`, in hundredths. */
function programSeconds(): number {
  const [, fields] = readFileSync('/proc/self/stat', 'latin1').split(') ');
  const [user, system] = fields!.split(' ').slice(13, 15);
  return (Number(user) + Number(system)) / 100;
}
