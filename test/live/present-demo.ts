import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import yaml from 'js-yaml';
import { buildDemoRepository, demoFolder } from '../../scripts/demo-repository.ts';

/** Seconds from one point of a query to the next. */
const STEP = 300;

export interface PresentDemo {
  readonly snapshot: string;
  readonly repository: string;
}

/**
 * The demo as if it happened now: a live cluster is diagnosed by its own clock. All times of the snapshot, of its logs and
 * metrics and of the repository's commits are moved by the same whole number of seconds; nothing else changes.
 */
export function writePresentDemo(folder: string): PresentDemo {
  const [snapshot, repository] = [join(folder, 'snapshot'), join(folder, 'repository')];
  cpSync(join(demoFolder, 'snapshot'), snapshot, { recursive: true });
  const { capturedAt } = yaml.load(readFileSync(join(snapshot, 'snapshot.yaml'), 'utf8'), {
    schema: yaml.CORE_SCHEMA,
  }) as { capturedAt: string };
  // Samples stay at whole steps of queries, where a query shows what was recorded.
  const seconds = Math.floor((Date.now() - Date.parse(capturedAt)) / 1000 / STEP) * STEP;

  for (const entry of readdirSync(snapshot, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const move = file.startsWith(join(snapshot, 'metrics')) ? moveSamples : moveTimes;
    writeFileSync(file, move(readFileSync(file, 'utf8'), seconds));
  }

  buildDemoRepository(repository);
  const git = (args: readonly string[], input?: string): string =>
    execFileSync('git', args, { cwd: repository, input, encoding: 'utf8', maxBuffer: 2 ** 26 });
  git(['fast-import', '--quiet', '--force'], moveCommits(git(['fast-export', 'main']), seconds));
  git(['reset', '--quiet', '--hard', 'main']);
  return { snapshot, repository };
}

function moveTimes(text: string, seconds: number): string {
  return text.replace(/\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z/g, (_, time: string, fraction = '') => {
    const moved = new Date(Date.parse(`${time}Z`) + seconds * 1000).toISOString();
    return moved.replace(/\.\d+Z$/, `${fraction}Z`);
  });
}

function moveSamples(text: string, seconds: number): string {
  return text.replace(/\[(\d{10}), /g, (_, at: string) => `[${Number(at) + seconds}, `);
}

function moveCommits(stream: string, seconds: number): string {
  return stream.replace(
    /^((?:author|committer) .*> )(\d+)( [+-]\d{4})$/gm,
    (_, who: string, at: string, zone: string) => `${who}${Number(at) + seconds}${zone}`,
  );
}
