import { lstat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRepository } from '../git/open-repository.ts';
import { InputError } from '../input-error.ts';
import { FieldPathError, parseFieldPath } from '../kubernetes/field-path.ts';
import type { Target } from '../locate/target.ts';
import { locate } from '../locate/locate.ts';
import { siteOfField } from '../locate/site-of-field.ts';
import type { Located } from '../locate/located.ts';
import { locateJson, locateText } from '../output/locate.ts';
import { findObject } from '../sources/find.ts';
import type { Wanted } from '../sources/wanted.ts';
import { isOfHelmfileIn } from '../sources/helmfiles.ts';
import { mappedReleases } from '../sources/mapping.ts';
import { Revision } from '../sources/revision.ts';
import type { Root } from '../sources/roots.ts';
import { printIsolationNotice } from './isolation-notice.ts';
import { loadConfig, openRenderers } from './open-inputs.ts';
import { useColour } from './diagnose.ts';

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
  readonly output: 'text' | 'json';
}

/** `faultline locate`: where a field is controlled, and with `--set` what would change it. */
export async function locateCommand(options: LocateOptions): Promise<void> {
  const wanted = {
    ...parseObject(options.object),
    namespace: options.namespace,
    apiVersion: options.apiVersion,
  };
  checkField(options.field);
  if (options.write && options.set === undefined) throw new InputError('--write needs --set <value>');
  const repository = await openRepository(options.repo);
  const tree = await repository.workTree();
  const { config } = await loadConfig(undefined, tree);
  await printIsolationNotice();
  const renderers = openRenderers(options.pullCharts ? 'all' : config.charts.pull);
  const revision = await Revision.of(tree, renderers, repository.remote, mappedReleases(config, repository));
  const roots = await rootsNamed(revision, options.root, wanted);
  const target: Target = { wanted, live: null, roots, areNamed: roots !== null };
  const result =
    options.set === undefined
      ? await siteOfField(revision, target, options.field)
      : await locate(revision, {
          target,
          fields: [{ field: options.field, after: options.set, isText: true }],
        });
  if (options.write && result.kind === 'located') await write(repository.path, result);
  const colour = useColour(process.stdout);
  process.stdout.write(
    options.output === 'json'
      ? `${JSON.stringify(locateJson(result), null, 2)}\n`
      : locateText(result, { colour }),
  );
}

/**
 * The roots that `--root` means: what the helmfile in a folder installs, or the folder as it is, unless only what an Argo CD or Flux object makes of it renders the object.
 *
 * @throws {InputError} when there is nothing to render in the folder
 */
export async function rootsNamed(
  revision: Revision,
  folder: string | undefined,
  wanted: Wanted,
): Promise<readonly Root[] | null> {
  if (folder === undefined) return null;
  const roots = revision.roots.allAt(folder);
  const [root] = roots;
  const releases = (await revision.declaredRoots()).filter((one) => isOfHelmfileIn(one, folder));
  if (releases.length > 0 && (!root || root.kind === 'plain')) return [...releases, ...roots];
  if (!root)
    throw new InputError(`--root ${folder}: no kustomization, no chart and no manifests in this folder`);
  const mapped = revision.mappedReleases().filter(({ path }) => path === root.path);
  if (mapped.length > 0) return mapped;
  const { matches, failures } = await findObject(revision, wanted, roots);
  if (matches.length > 0) return [matches[0]!.root];
  if (failures.length > 0) return roots;
  const declared = (await revision.declaredRoots()).filter(({ path }) => path === root.path);
  return declared.length > 0 ? declared : roots;
}

function parseObject(text: string): { kind: string; name: string } {
  const [kind, name, ...rest] = text.split('/');
  if (!kind || !name || rest.length > 0 || !/^[A-Za-z]+$/.test(kind))
    throw new InputError(`--object ${text}: expected <Kind>/<name>, such as Deployment/cart`);
  return { kind, name };
}

function checkField(field: string): void {
  try {
    parseFieldPath(field);
  } catch (error) {
    if (error instanceof FieldPathError)
      throw new InputError(`--field ${field}: column ${error.column}: ${error.message}`, { cause: error });
    throw error;
  }
}

async function write(folder: string, { files }: Located): Promise<void> {
  for (const [file, content] of files) {
    const path = join(folder, file);
    // Between reading and writing, a file may have become a link to somewhere else.
    if (!(await lstat(path)).isFile()) throw new Error(`${file} is no regular file any more`);
    await writeFile(path, content);
  }
}
