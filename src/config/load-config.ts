import { readFile } from 'node:fs/promises';
import { CONFIG_FILE, DEFAULT_CONFIG } from './defaults.ts';
import type { LayeredConfig } from './load.ts';
import { CENTRAL_FILES, NO_ORGANISATION, type Organisation } from './organisation.ts';
import type { CeilingEntry, Config } from './schema.ts';
import { InputError } from '../errors/input-error.ts';
import type { Tree } from '../tree/tree.ts';

export interface ConfigSources {
  /** A file that the caller names, in place of the repository's own. */
  readonly named?: string | undefined;
  /** Default: none that is known. */
  readonly organisation?: Organisation;
  /** Default: none. */
  readonly ceiling?: readonly CeilingEntry[];
}

/**
 * What applies in a repository: its own file, what that extends, and the organisation's defaults. A file that the caller names must be valid;
 * any other may be wrong, and then nothing is allowed but monitoring.
 *
 * @throws {InputError} when the named file cannot be read or is invalid
 */
export async function loadConfig(tree: Tree, sources: ConfigSources = {}): Promise<LayeredConfig> {
  const { named, organisation = NO_ORGANISATION, ceiling = [] } = sources;
  const read = async (path: string): Promise<string | null> => {
    await tree.load([path]);
    return tree.read(path)?.toString() ?? null;
  };
  const text = named === undefined ? await read(CONFIG_FILE) : await readNamed(named);
  const isAlone = text === null && !(await hasDefaults(organisation));
  // The schema takes a tenth of a second to load, and most repositories have no file to check.
  if (isAlone) return { config: withCeiling(DEFAULT_CONFIG, ceiling), files: [], errors: [] };
  const { layeredConfig } = await import('./load.ts');
  const own = { file: named ?? CONFIG_FILE, text };
  const { config, files, errors } = await layeredConfig({ own, read, organisation });
  if (named !== undefined && errors.length > 0) {
    const { describeConfigError } = await import('./checked-yaml.ts');
    throw new InputError(errors.map(describeConfigError).join('\n'));
  }
  return { config: withCeiling(config, ceiling), files, errors };
}

async function readNamed(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new InputError(`--config ${file}: cannot be read`, { cause });
  });
}

async function hasDefaults({ file }: Organisation): Promise<boolean> {
  for (const path of file ? CENTRAL_FILES : []) if ((await file!(path)) !== null) return true;
  return false;
}

function withCeiling(config: Config, ceiling: readonly CeilingEntry[]): Config {
  return ceiling.length === 0 ? config : { ...config, ceiling };
}
