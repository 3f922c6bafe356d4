import { parseChecked, type ConfigError } from './checked-yaml.ts';
import { MONITOR_CONFIG } from './defaults.ts';
import { mergeLayers } from './merge.ts';
import { readLayers, type LayerSources } from './read-layers.ts';
import { configSchema, type Config } from './schema.ts';

/** `config` is null exactly when there are errors. */
export type ParsedConfig =
  | { readonly config: Config; readonly errors: readonly [] }
  | { readonly config: null; readonly errors: readonly [ConfigError, ...ConfigError[]] };

/** The configuration, or {@link MONITOR_CONFIG} in place of an invalid one: an invalid file never stops a diagnosis. */
export function configOrMonitor(parsed: ParsedConfig): Config {
  return parsed.config ?? MONITOR_CONFIG;
}

/** Reads and checks a configuration. An empty file is the default one. */
export function parseConfig(text: string, file: string): ParsedConfig {
  const { value, errors } = parseChecked(configSchema, text, file);
  return value === null ? { config: null, errors } : { config: value, errors: [] };
}

export interface LayeredConfig {
  readonly config: Config;
  /** The files that say something, however wrong it is, the nearest first. */
  readonly files: readonly string[];
  readonly errors: readonly ConfigError[];
}

/**
 * What several files say together. Where one has errors, the others say where things are deployed and what else applies, and the mode is monitor
 * everywhere.
 *
 * @throws what kept a file from being read
 */
export async function layeredConfig(sources: LayerSources): Promise<LayeredConfig> {
  const { layers, files, errors } = await readLayers(sources);
  const { settings, places } = mergeLayers(layers);
  const config = { ...settings, places };
  const isValid = errors.length === 0;
  return { config: isValid ? config : { ...config, policy: MONITOR_CONFIG.policy }, files, errors };
}
