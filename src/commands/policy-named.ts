import type { ConfigSources } from '../config/load-config.ts';
import type { ExplanationSettings } from '../explanation/endpoint.ts';
import type { Repository } from '../git/repository.ts';
import { organisationIn } from './organisation.ts';

/** What a command line names beside the configuration of the repository. */
export interface PolicyOptions {
  readonly config?: string;
  readonly orgDefaults?: string;
  readonly settings?: string;
}

export interface PolicyNamed {
  /** What `loadConfig` takes beside the tree. */
  readonly sources: ConfigSources;
  /** Of the settings of `serve`; null without any. */
  readonly explanation: ExplanationSettings | null;
}

/** The organisation's defaults and the ceiling of `serve`, as far as the options name them. @throws {InputError} where they cannot be read */
export async function policyNamed(
  { config: named, orgDefaults, settings }: PolicyOptions,
  { remote }: Pick<Repository, 'remote'>,
): Promise<PolicyNamed> {
  const organisation = await organisationIn(orgDefaults, remote);
  if (settings === undefined) return { sources: { named, organisation }, explanation: null };
  // Their schema takes a while to load, and most calls name none.
  const { loadSettings } = await import('../service/settings.ts');
  const { ceilingIn } = await import('../config/ceiling.ts');
  const { ceiling: all, explanation } = await loadSettings(settings, process.env);
  const ceiling = remote === null ? all : ceilingIn(all, remote.slug);
  return { sources: { named, organisation, ceiling }, explanation };
}
