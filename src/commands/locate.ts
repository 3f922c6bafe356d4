import { lstat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors/input-error.ts';
import type { Target } from '../locate/target.ts';
import { locate } from '../locate/locate.ts';
import { siteOfField } from '../locate/site-of-field.ts';
import type { Declined } from '../model/declined.ts';
import type { Located, LocatedSite } from '../model/located.ts';
import { locateJson, locateText } from '../output/locate.ts';
import { printedJson } from '../output/printed-json.ts';
import { mappedReleases, mappedRoots } from '../sources/mapping.ts';
import { Revision } from '../sources/revision.ts';
import { repositoryNamed, warnOfUnread } from './named-repository.ts';
import { printIsolationNotice } from './isolation-notice.ts';
import { checkField, parseObject } from './named-object.ts';
import { rootsNamed } from './named-root.ts';
import { loadConfig } from '../config/load-config.ts';
import { openRenderers } from '../renderers/open-renderers.ts';
import { terminalOptions } from './use-colour.ts';

export interface LocateOptions {
  readonly repo: string;
  readonly object: string;
  readonly namespace?: string;
  readonly apiVersion?: string;
  readonly root?: string;
  readonly field: string;
  readonly set?: string;
  readonly write?: boolean;
  readonly pullCharts?: boolean;
  readonly exitCode?: boolean;
  readonly output: 'text' | 'json';
}

/** Exit status with `--exit-code`. */
const DECLINED = 3;

/** `faultline locate`: where a field is controlled, and with `--set` what would change it. */
export async function locateCommand(options: LocateOptions): Promise<void> {
  const wanted = {
    ...parseObject(options.object),
    namespace: options.namespace,
    apiVersion: options.apiVersion,
  };
  checkField(options.field);
  if (options.write && options.set === undefined) throw new InputError('--write needs --set <value>');
  const repository = await repositoryNamed(options.repo);
  const tree = await repository.workTree();
  const { config } = await loadConfig(tree);
  await printIsolationNotice();
  const renderers = openRenderers(options.pullCharts ? 'all' : config.charts.pull);
  const revision = await Revision.of(tree, renderers, repository.remote, mappedReleases(config, repository));
  const roots = options.root === undefined ? null : await rootsNamed(revision, options.root, wanted);
  const result =
    roots !== null && 'kind' in roots
      ? roots
      : await answer(
          revision,
          {
            wanted,
            live: null,
            roots,
            areNamed: roots !== null,
            mapped: await mappedRoots(revision, config, repository, wanted.namespace),
          },
          options,
        );
  warnOfUnread(tree);
  if (options.write && result.kind === 'located') await write(repository.path, result);
  if (options.exitCode && result.kind === 'declined') process.exitCode = DECLINED;
  process.stdout.write(
    options.output === 'json'
      ? printedJson(locateJson(result))
      : locateText(result, terminalOptions(process.stdout)),
  );
}

function answer(
  revision: Revision,
  target: Target,
  { field, set }: LocateOptions,
): Promise<Located | LocatedSite | Declined> {
  return set === undefined
    ? siteOfField(revision, target, field)
    : locate(revision, { target, fields: [{ field, after: set, isText: true }] });
}

async function write(folder: string, { files }: Located): Promise<void> {
  for (const [file, content] of files) {
    const path = join(folder, file);
    // Between reading and writing, a file may have become a link to somewhere else.
    if (!(await lstat(path)).isFile()) throw new Error(`${file} is not a regular file any more`);
    await writeFile(path, content);
  }
}
