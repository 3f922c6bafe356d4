/** What has to be there before Faultline does its work. */
export interface Condition {
  /** `store`, `github`, `cluster prod-eu` */
  readonly name: string;
  /** Why it is not ready; null where it is. */
  readonly problem: string | null;
  /** False where the rest works without it: one cluster of several that does not answer. */
  readonly isNeeded: boolean;
}

interface ClusterCondition {
  readonly wasTried: boolean;
  /** Whether it was read once, whatever has happened since. */
  readonly wasRead: boolean;
  readonly problem: string | null;
}

const UNTRIED: ClusterCondition = {
  wasTried: false,
  wasRead: false,
  problem: 'its first lists are not in yet',
};

/** Which conditions hold now. It outlives a reload of the settings. */
export class Readiness {
  #store: string | null = 'not open yet';
  #github: string | null = 'it has not accepted the credentials yet';
  #isStopping = false;
  readonly #clusters = new Map<string, ClusterCondition>();

  storeOpened(): void {
    this.#store = null;
  }

  /** @param problem why GitHub refuses the credentials; null where it accepts them */
  gitHubAnswered(problem: string | null): void {
    this.#github = problem;
  }

  stopping(): void {
    this.#isStopping = true;
  }

  /** The clusters of the settings as they are now. What is known of those that were there before stays known. */
  setClusters(names: readonly string[]): void {
    for (const known of this.#clusters.keys()) if (!names.includes(known)) this.#clusters.delete(known);
    for (const name of names) if (!this.#clusters.has(name)) this.#clusters.set(name, UNTRIED);
  }

  /** @param problem why a cluster could not be read; null where it was */
  clusterRead(name: string, problem: string | null): void {
    const before = this.#clusters.get(name);
    if (before === undefined) return;
    this.#clusters.set(name, { wasTried: true, wasRead: before.wasRead || problem === null, problem });
  }

  conditions(): readonly Condition[] {
    const clusters = [...this.#clusters];
    const isOneRead = clusters.some(([, { wasRead }]) => wasRead);
    return [
      ...(this.#isStopping ? [{ name: 'process', problem: 'it is stopping', isNeeded: true }] : []),
      { name: 'store', problem: this.#store, isNeeded: true },
      { name: 'github', problem: this.#github, isNeeded: true },
      ...clusters.map(([name, { wasTried, problem }]) => ({
        name: `cluster ${name}`,
        problem,
        // One that does not answer must not take the webhooks away from the others.
        isNeeded: !wasTried || !isOneRead,
      })),
    ];
  }
}
