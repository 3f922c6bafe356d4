import type { Config } from './schema.ts';

/** Where the policy of a repository lies. */
export const CONFIG_FILE = '.github/faultline.yml';

/** Where it says what must stay so. */
export const EXPECTATIONS_FILE = '.github/faultline-expectations.yml';

/** What applies without a file: what the schema gives an empty one. Written out, since a command that finds no file needs no schema. */
export const DEFAULT_CONFIG: Config = {
  clusters: {},
  policy: { rules: [] },
  limits: { openPullRequests: 10, perHour: 20, memoryFactor: 2 },
  pullRequests: { labels: false, reviewers: false },
  proactive: { mode: 'monitor', perDay: 3 },
  trust: { mode: 'on', min: 0.3, max: 0.95 },
  guard: { mode: 'warn', comment: false, rules: [] },
  expectations: { write: false },
  freeze: [],
  charts: { pull: [] },
  registries: { ask: [] },
  reports: false,
  dashboard: true,
};

/** What applies while the file cannot be read: Faultline writes nothing until a person has fixed it. */
export const MONITOR_CONFIG: Config = {
  ...DEFAULT_CONFIG,
  policy: { default: { mode: 'monitor' }, rules: [] },
};
