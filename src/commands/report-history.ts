import { readFile } from 'node:fs/promises';
import { InputError } from '../errors/input-error.ts';
import { messageOf } from '../errors/error-message.ts';
import type { Repository } from '../git/repository.ts';
import { foresightReport, incidentsIn, type ForesightReport } from '../report/foresight.ts';
import { foresightBlocks, foresightCsv, foresightJson } from '../report/foresight-formats.ts';
import type { PastIncident } from '../report/history.ts';
import { replayIn, type Replay } from '../report/replay-file.ts';
import type { Entry } from '../store/entries.ts';
import { toMarkdown } from '../writers/markdown.ts';
import { toTerminal } from '../writers/terminal.ts';
import { repositoryNamed } from './named-repository.ts';
import { terminalOptions } from './use-colour.ts';

export interface ReplayedReportOptions {
  readonly history: string;
  readonly repo?: string;
  readonly output: 'text' | 'markdown' | 'json' | 'csv';
}

const WRITERS: Readonly<Record<ReplayedReportOptions['output'], (report: ForesightReport) => string>> = {
  text: (report) => toTerminal(foresightBlocks(report), terminalOptions(process.stdout)),
  markdown: (report) => toMarkdown(foresightBlocks(report)),
  json: foresightJson,
  csv: foresightCsv,
};

/** `faultline report --history <file>`: what a replay of the guard would have foreseen of the incidents in the audit log. */
export async function foresightText(
  entries: readonly Entry[],
  { history, repo = '.', output }: ReplayedReportOptions,
): Promise<string> {
  const replay = replayIn(await textOf(history));
  if (!replay)
    throw new InputError(
      `--history ${history}: expected the answer of faultline guard --history <range> --output json`,
    );
  const { incidents, log } = incidentsIn(entries);
  const repository = await repositoryNamed(repo);
  if (!(await repository.commitAt(replay.to)))
    throw new InputError(`--repo ${repo}: does not have ${replay.to.slice(0, 8)}, the end of the replay`);
  const broughtBy = await changesBehind(incidents, replay, repository);
  return WRITERS[output](foresightReport({ replay, incidents, log, broughtBy }));
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new InputError(`--history ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** The change of the replay that wrote the line of each incident, by fingerprint: the line as it was when the incident was recorded. */
async function changesBehind(
  incidents: readonly PastIncident[],
  replay: Replay,
  repository: Repository,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { fingerprint, recordedAt, site, repository: slug } of incidents) {
    const last = replay.changes.findLastIndex(({ at }) => at <= recordedAt);
    const isHere = slug === null || repository.remote === null || slug === repository.remote.slug;
    if (site === null || last < 0 || !isHere) continue;
    const { commit } = replay.changes[last]!;
    const writer = await repository.blame(site.file, site.line, commit);
    if (!writer || (await repository.contains(replay.from, writer.sha)) !== false) continue;
    // The oldest change that has it brought it.
    let [low, high] = [0, last];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (await repository.contains(replay.changes[middle]!.commit, writer.sha)) high = middle;
      else low = middle + 1;
    }
    found.set(fingerprint, replay.changes[low]!.commit);
  }
  return found;
}
