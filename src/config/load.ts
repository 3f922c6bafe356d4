import { parseChecked, type ConfigError } from './checked-yaml.ts';
import { configSchema, type Config } from './schema.ts';

/** Where the policy of a repository lies. */
export const CONFIG_FILE = '.github/faultline.yml';

/** `config` is null exactly when there are errors. */
export type ParsedConfig =
  | { readonly config: Config; readonly errors: readonly [] }
  | { readonly config: null; readonly errors: readonly [ConfigError, ...ConfigError[]] };

/** What applies without a file. */
export const DEFAULT_CONFIG: Config = configSchema.parse({});

/** What applies with a file that cannot be understood: nothing is written until a person has mended it. */
export const MONITOR_CONFIG: Config = {
  ...DEFAULT_CONFIG,
  policy: { default: { mode: 'monitor' }, rules: [] },
};

/** The configuration, or {@link MONITOR_CONFIG} in place of an invalid one: an invalid file never stops a diagnosis. */
export function configOrMonitor(parsed: ParsedConfig): Config {
  return parsed.config ?? MONITOR_CONFIG;
}

/** Reads and checks a configuration. An empty file is the default one. */
export function parseConfig(text: string, file: string): ParsedConfig {
  const { value, errors } = parseChecked(configSchema, text, file);
  return value === null ? { config: null, errors } : { config: value, errors: [] };
}
