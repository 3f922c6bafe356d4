import { parseChecked, type ConfigError } from './checked-yaml.ts';
import { MONITOR_CONFIG } from './defaults.ts';
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
