import type { ConfigurationView, RepositoryDetail } from '../../status-page/views.ts';
import type { Store } from '../../store/store.ts';
import type { RepositoryScans } from '../repository-scans.ts';
import { configurationSettings } from './shown-settings.ts';

/** What may be done in each repository, and when it was scanned. */
export async function repositoryDetails(
  all: readonly RepositoryScans[],
  store: Pick<Store, 'proposals'>,
): Promise<readonly RepositoryDetail[]> {
  const details: RepositoryDetail[] = [];
  for (const scans of all) {
    const { host, presence, latest } = scans;
    const checkout = latest.toSorted((a, b) => b.at - a.at)[0]?.checkout ?? null;
    const proposals = await store.proposals.list({
      repository: host.repository,
      states: ['open', 'waiting'],
    });
    const number = (state: string): number => proposals.filter((one) => one.state === state).length;
    details.push({
      name: host.repository,
      branch: host.defaultBranch,
      remote: checkout?.repository.remote ?? null,
      commit: checkout?.repository.head?.sha ?? null,
      paused: presence.paused,
      notices: presence.notices,
      scans: await scans.recorded(),
      configErrors: checkout?.configErrors ?? [],
      open: number('open'),
      waiting: number('waiting'),
    });
  }
  return details.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The configuration in force of each repository that this process diagnosed. */
export function repositoryConfigurations(all: readonly RepositoryScans[]): ConfigurationView['repositories'] {
  return all
    .flatMap(({ host, latest }) => {
      const checkout = latest.toSorted((a, b) => b.at - a.at)[0]?.checkout;
      if (checkout === undefined) return [];
      const { config, configErrors: errors } = checkout;
      return [
        { name: host.repository, settings: configurationSettings(config, errors.length === 0), errors },
      ];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
