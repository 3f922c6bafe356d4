import { readFile } from 'node:fs/promises';
import type { ConfigError } from './checked-yaml.ts';
import { CONFIG_FILE, DEFAULT_CONFIG } from './defaults.ts';
import type { Config } from './schema.ts';
import { InputError } from '../errors/input-error.ts';
import type { Tree } from '../tree/tree.ts';

export interface LoadedConfig {
  readonly config: Config;
  readonly errors: readonly ConfigError[];
}

/**
 * The configuration: a file that the caller names must be valid; the repository's own may be wrong, and then allows
 * nothing but monitoring.
 *
 * @throws {InputError} when the named file cannot be read or is invalid
 */
export async function loadConfig(named: string | undefined, tree: Tree): Promise<LoadedConfig> {
  if (named !== undefined) {
    const text = await readFile(named, 'utf8').catch((cause: unknown) => {
      throw new InputError(`--config ${named}: cannot be read`, { cause });
    });
    const { configOrMonitor, parseConfig } = await import('./load.ts');
    const parsed = parseConfig(text, named);
    if (parsed.errors.length > 0) {
      const { describeConfigError } = await import('./checked-yaml.ts');
      throw new InputError(parsed.errors.map(describeConfigError).join('\n'));
    }
    return { config: configOrMonitor(parsed), errors: [] };
  }
  await tree.load([CONFIG_FILE]);
  const content = tree.read(CONFIG_FILE);
  if (content === undefined) return { config: DEFAULT_CONFIG, errors: [] };
  // The schema takes a tenth of a second to load, and most repositories have no file to check.
  const { configOrMonitor, parseConfig } = await import('./load.ts');
  const parsed = parseConfig(content.toString(), CONFIG_FILE);
  return { config: configOrMonitor(parsed), errors: parsed.errors };
}
