import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Fleet } from '../test/service/replicas/fleet.ts';
import {
  answered,
  ask,
  MISFORTUNES,
  problemsOf,
  settled,
  type Misfortune,
} from '../test/service/replicas/misfortunes.ts';
import { isWrite } from '../test/service/faults/faults.ts';
import { seeded } from './random.ts';
import { table } from './table.ts';

/*
 * `node bench/replicas.ts [failures|throughput|calls]`: several processes of `faultline serve` on one PostgreSQL and the stand-in for GitHub.
 *
 * failures: for `--minutes` (5) something happens to one of `--replicas` (3), one after the other, at random by `--seed`, while people ask.
 * Exit status 1 when something is there twice or not at all, or a cluster was unwatched for more than 30 s.
 * throughput: scans a minute of `--clusters` (24) at an interval of one second, for `--seconds` (60), with 1, 2 and 4 replicas, and what
 * takes the processor meanwhile: 100 % is one processor.
 * calls: what `--clusters` with `--each` repositories ask of GitHub at the default interval, and the memory of a replica, once all is found.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '5' },
    replicas: { type: 'string', default: '3' },
    clusters: { type: 'string' },
    each: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const [mode = 'failures'] = positionals;
const LONGEST_GAP = 30_000;
/** Fields of /proc/<pid>/stat behind the name of the program, see proc(5). */
const [USER, SYSTEM, ENDED_USER, ENDED_SYSTEM] = [11, 12, 13, 14] as const;

if (mode === 'failures') await failures();
else if (mode === 'throughput') await throughput();
else await calls();

async function failures(): Promise<void> {
  const random = seeded(Number(values.seed));
  const fleet = await Fleet.begin({
    replicas: Number(values.replicas),
    clusters: Number(values.clusters ?? 3),
  });
  const counts = new Map<string, number>();
  let questions = 0;
  try {
    fleet.start();
    await settled(fleet);
    const names = Object.keys(MISFORTUNES) as Misfortune[];
    const until = performance.now() + Number(values.minutes) * 60_000;
    while (performance.now() < until) {
      const what = names[Math.floor(random() * names.length)]!;
      counts.set(what, (counts.get(what) ?? 0) + 1);
      const happening = MISFORTUNES[what](fleet, Math.floor(random() * fleet.replicas.length));
      await setTimeout(random() * 2_000);
      await ask(fleet);
      questions += 1;
      await happening;
      if (random() < 0.5) await answered(fleet, questions);
    }
    await answered(fleet, questions);
    const gap = fleet.longestGap();
    process.stdout.write(`${table([['what happened', 'times'], ...counts])}\n`);
    process.stdout.write(
      `seed ${values.seed}; ${fleet.repositories.length * questions} questions; longest time between two scans of a cluster ${(gap / 1000).toFixed(1)} s\n`,
    );
    const problems = await problemsOf(fleet, questions);
    for (const problem of problems) process.stdout.write(`${problem}\n`);
    if (problems.length > 0 || gap > LONGEST_GAP) process.exitCode = 1;
    else
      process.stdout.write(
        'one branch, one pull request, one answer to each question, one intact audit log\n',
      );
  } finally {
    await fleet.end();
  }
}

async function throughput(): Promise<void> {
  const clusters = Number(values.clusters ?? 24);
  const rows: (string | number)[][] = [
    [
      'replicas',
      'clusters',
      'scans a minute',
      ...['machine', 'replicas', 'git of replicas', 'PostgreSQL', 'stand-in'].map((one) => `${one} %`),
    ],
  ];
  for (const replicas of [1, 2, 4]) {
    const fleet = await Fleet.begin({ replicas, clusters });
    try {
      fleet.start();
      await settled(fleet);
      // The scans after the first write what that has changed.
      await setTimeout(15_000);
      const [before, used, began] = [await scansOf(fleet), processorOf(fleet), performance.now()];
      await setTimeout(Number(values.seconds) * 1000);
      const seconds = (performance.now() - began) / 1000;
      const scans = Math.round((60 * ((await scansOf(fleet)) - before)) / seconds);
      const now = processorOf(fleet);
      rows.push([
        replicas,
        clusters,
        scans,
        ...now.map((value, index) => Math.round((100 * (value - used[index]!)) / seconds)),
      ]);
      process.stderr.write(`${rows.at(-1)!.join(' ')}\n`);
    } finally {
      await fleet.end();
    }
  }
  process.stdout.write(`${table(rows)}\n`);
}

async function calls(): Promise<void> {
  const [clusters, each] = [Number(values.clusters ?? 20), Number(values.each)];
  const fleet = await Fleet.begin({ replicas: Number(values.replicas), clusters, each, interval: '60s' });
  try {
    fleet.start();
    await settled(fleet);
    // The scans after the first write what that has changed.
    await setTimeout(90_000);
    const from = fleet.github.journal.length;
    const minutes = 3;
    await setTimeout(minutes * 60_000);
    const asked = fleet.github.journal.slice(from);
    const counted = asked.filter(({ kind, status }) => kind !== 'git' && status !== 304);
    const hourly = (count: number): number => Math.round((count * 60) / minutes);
    const memory = fleet.replicas.map(({ pid }) => memoryOf(pid));
    process.stdout.write(
      `${table([
        [
          'replicas',
          'clusters',
          'repositories',
          'calls an hour',
          'of them count',
          'writes',
          'git',
          'MiB a replica',
        ],
        [
          fleet.replicas.length,
          clusters,
          fleet.all.length,
          hourly(asked.filter(({ kind }) => kind !== 'git').length),
          hourly(counted.length),
          hourly(counted.filter(isWrite).length),
          hourly(asked.filter(({ kind }) => kind === 'git').length),
          memory.join(' '),
        ],
      ])}\n`,
    );
  } finally {
    await fleet.end();
  }
}

/** Scans that were recorded so far, as the database counts them. */
async function scansOf(fleet: Fleet): Promise<number> {
  const [row] = await fleet.postgres.query(
    `select (n_tup_ins + n_tup_upd)::int as count from pg_stat_user_tables where relname = 'scans' and schemaname = 'faultline'`,
  );
  return Number(row!['count']);
}

/**
 * Seconds of processor time so far: of the whole machine, of all replicas, of the programs that they started and that have ended, of
 * PostgreSQL, and of this process and the programs of the stand-in.
 */
function processorOf(fleet: Fleet): readonly number[] {
  const all = new Map<number, { readonly name: string; readonly own: number; readonly ended: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    let stat: string;
    try {
      stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    } catch {
      continue; // It has just ended.
    }
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const sum = (...indexes: readonly number[]): number =>
      indexes.reduce((seconds, index) => seconds + Number(fields[index]) / 100, 0);
    all.set(Number(name), {
      name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      own: sum(USER, SYSTEM),
      ended: sum(ENDED_USER, ENDED_SYSTEM),
    });
  }
  const replicas = fleet.replicas.map(({ pid }) => all.get(pid)!);
  const servers = [...all.values()].filter(({ name }) => name === 'postgres');
  const bench = all.get(process.pid)!;
  const total = (of: readonly { readonly own: number }[]): number =>
    of.reduce((sum, { own }) => sum + own, 0);
  return [
    machineSeconds(),
    total(replicas),
    replicas.reduce((sum, { ended }) => sum + ended, 0),
    total(servers),
    bench.own + bench.ended,
  ];
}

/** Of all processors together, without idling and waiting. */
function machineSeconds(): number {
  const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8')
    .split(/\s+/)
    .map(Number);
  return (user! + nice! + system! + irq! + softirq!) / 100;
}

/** MiB. */
function memoryOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Math.round(Number(kilobytes) / 1024);
}
