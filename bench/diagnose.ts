import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import yaml from 'js-yaml';
import { clusterFiles, metricFiles, NOW } from './cluster/made-cluster.ts';
import { writeRepository } from './cluster/made-repository.ts';
import { table } from './table.ts';

/*
 * `faultline diagnose` on a recording of 10,000 pods with 50 incidents, and the repository they run from: time from start
 * to end of the process, and the most memory it held.
 */

/** Writes the recording as `kubectl get <kind> -A -o yaml` would print it. */
export function writeSnapshot(folder: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  mkdirSync(join(folder, 'cluster'), { recursive: true });
  mkdirSync(join(folder, 'metrics'));
  const kinds: string[] = [];
  for (const [file, items] of clusterFiles()) {
    counts[file] = items.length;
    kinds.push(String(items[0]!['kind']));
    const list = { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
    const text = yaml.dump(list, {
      noArrayIndent: true,
      sortKeys: true,
      lineWidth: -1,
      noRefs: true,
      quotingType: '"',
    });
    writeFileSync(join(folder, 'cluster', `${file}.yaml`), text);
  }
  for (const [file, answer] of metricFiles())
    writeFileSync(join(folder, 'metrics', `${file}.json`), JSON.stringify(answer));
  const recorded = Object.fromEntries(
    [...kinds, 'LimitRange', 'ResourceQuota', 'VerticalPodAutoscaler'].map((kind) => [kind, 'all']),
  );
  writeFileSync(
    join(folder, 'snapshot.yaml'),
    yaml.dump({ cluster: 'bench', capturedAt: new Date(NOW).toISOString(), recorded }),
  );
  return counts;
}

const MAIN = resolve(import.meta.dirname, '../src/main.ts');

/** Has the process say, when it ends, how much processor time and memory it took. */
const REPORT_USE = `data:text/javascript,${encodeURIComponent(
  "import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(process.env.BENCH_USE, JSON.stringify(process.resourceUsage())));",
)}`;

interface Run {
  readonly seconds: number;
  /** Of the processor, without the programs it starts. */
  readonly processorSeconds: number;
  /** The most it held at once. */
  readonly megabytes: number;
  readonly incidents: readonly {
    readonly rule: string;
    readonly cause: string;
    readonly decision: { action: string };
    readonly fix: unknown;
  }[];
}

function run(repository: string, snapshot: string, folder: string): Run {
  const report = join(folder, 'use.json');
  const args = [
    '--import',
    REPORT_USE,
    MAIN,
    'diagnose',
    '--repo',
    repository,
    '--snapshot',
    snapshot,
    '--output',
    'json',
  ];
  const started = performance.now();
  const { stdout, status, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache'), BENCH_USE: report },
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(stderr);
  const use = JSON.parse(readFileSync(report, 'utf8')) as NodeJS.ResourceUsage;
  return {
    seconds,
    processorSeconds: (use.userCPUTime + use.systemCPUTime) / 1e6,
    megabytes: use.maxRSS / 1024,
    ...(JSON.parse(stdout) as Pick<Run, 'incidents'>),
  };
}

export function benchDiagnose(): void {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  try {
    const counts = writeSnapshot(join(folder, 'snapshot'));
    writeRepository(join(folder, 'repository'));
    const runs = ['cold', 'warm'].map(
      (name) => [name, run(join(folder, 'repository'), join(folder, 'snapshot'), folder)] as const,
    );
    const outcomes = new Map<string, number>();
    for (const { rule, cause, decision, fix } of runs[0]![1].incidents) {
      const outcome = `${rule} ${cause}, ${decision.action}${fix ? ', with an edit' : ''}`;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    process.stdout.write(
      `diagnose: ${Object.entries(counts)
        .map(([file, count]) => `${count} ${file}`)
        .join(', ')}\n${table([
        ['renders', 'time', 'of the processor', 'peak memory', 'incidents', 'edits'],
        ...runs.map(([name, { seconds, processorSeconds, megabytes, incidents }]) => [
          name,
          `${seconds.toFixed(1)} s`,
          `${processorSeconds.toFixed(1)} s`,
          `${Math.round(megabytes)} MB`,
          incidents.length,
          incidents.filter(({ fix }) => fix !== null).length,
        ]),
      ])}\n${[...outcomes].map(([outcome, count]) => `  ${count} × ${outcome}`).join('\n')}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) benchDiagnose();
