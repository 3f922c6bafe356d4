import { loadConfig } from '../config/load-config.ts';
import { InputError } from '../errors/input-error.ts';
import { replay } from '../guard/replay.ts';
import { guardHistoryJson, guardHistoryText } from '../output/guard-history.ts';
import { printedJson } from '../output/printed-json.ts';
import { openRenderers } from '../renderers/open-renderers.ts';
import { repositoryNamed } from './named-repository.ts';
import { commitNamed } from './commit-named.ts';
import type { GuardOptions } from './guard.ts';
import { printIsolationNotice } from './isolation-notice.ts';
import { policyNamed } from './policy-named.ts';
import { progressLine } from './progress.ts';
import { terminalOptions } from './use-colour.ts';

export interface GuardHistoryOptions extends GuardOptions {
  readonly history: string;
}

/** Changes of one replay: the newest of the range. */
const MOST_CHANGES = 500;

/** `faultline guard --history <range>`: what the guard would have said of each change of a branch before it was merged. */
export async function guardHistoryCommand(options: GuardHistoryOptions): Promise<void> {
  const { base, head, snapshot, context, prometheus, output } = options;
  for (const [flag, value] of Object.entries({ base, snapshot, context, prometheus }))
    if (value !== undefined)
      throw new InputError(
        `--${flag} and --history exclude each other: a replay compares each change with the one before, and no cluster of that time is known`,
      );
  if (options.path !== undefined)
    throw new InputError('--path is for one change: --history replays all roots');
  if (output === 'github')
    throw new InputError('--output github is for one change: --history takes text or json');
  const { from, to } = rangeIn(options.history, head);
  const repository = await repositoryNamed(options.repo);
  const [start, end] = await Promise.all([
    commitNamed(repository, '--history', from),
    commitNamed(repository, '--history', to),
  ]);
  const { sources } = await policyNamed(options, repository);
  const { config } = await loadConfig(await repository.treeAt(end.sha), sources);
  await printIsolationNotice();
  const progress = progressLine(process.stderr);
  const history = await replay({
    repository,
    renderers: openRenderers(options.pullCharts ? 'all' : config.charts.pull),
    config,
    from: start,
    to: end,
    most: MOST_CHANGES,
    onProgress: (done, of) => progress.show('replayed', done, of),
  });
  progress.clear();
  process.stdout.write(
    output === 'json'
      ? printedJson(guardHistoryJson(history))
      : guardHistoryText(history, terminalOptions(process.stdout)),
  );
}

/** `v1..main`, `v1..` or `v1`, up to the head. */
function rangeIn(text: string, head = 'HEAD'): { readonly from: string; readonly to: string } {
  const [from = '', to = '', ...rest] = text.split('..');
  if (from === '' || rest.length > 0)
    throw new InputError(`--history ${text}: expected <from>..<to>, such as v1.4..main, or <from> alone`);
  return { from, to: to === '' ? head : to };
}
