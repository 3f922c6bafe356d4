import type { BlameAnswer, BlameQuestion } from './blame-page.ts';
import type {
  ClustersView,
  ConfigurationView,
  DecisionsView,
  IncidentDetail,
  Overview,
  RepositoriesView,
  WorthView,
} from './views.ts';

/** What the page asks of the service: it reads, and cannot do anything else. */
export interface StatusSource {
  overview(): Promise<Overview>;
  /** Null where no such incident is remembered; `partOf` where another one explains it by now. */
  incident(fingerprint: string): Promise<IncidentDetail | { readonly partOf: string } | null>;
  clusters(): Promise<ClustersView>;
  repositories(): Promise<RepositoriesView>;
  decisions(): Promise<DecisionsView>;
  configuration(): Promise<ConfigurationView>;
  /** What Faultline was worth in the last days. */
  worth(days: number): Promise<WorthView>;
  /** The lines that set a field, for each repository and cluster that has the object. Left out: there is no such page. */
  blame?(question: BlameQuestion): Promise<readonly BlameAnswer[]>;
}
