import { MINUTE } from '../kubernetes/durations.ts';
import type { BlamedField } from '../model/blame.ts';
import type { Change } from '../model/change.ts';
import type { ClusterProblem, ClusterState } from '../model/cluster-state.ts';
import type { Incident } from '../model/incident.ts';
import type { Repository } from '../git/repository.ts';
import type { Revision } from '../sources/revision.ts';
import { observed, type ObservedState } from './observed-state.ts';
import type { Origin } from './origins.ts';
import type { Placed } from './place-fixes.ts';
import type { Wishes } from './wanted-by-incident.ts';

/** What was worked out about one incident, from its finding to its lines, edit, proof and origin. */
export interface Worked {
  readonly placed: Placed;
  readonly origin: Origin;
  readonly blames: readonly BlamedField[];
  /** The incident with the lines in git among its evidence. */
  readonly told: Incident;
}

/** What an incident is worked out from beside its finding: everything that is read goes through here, and is noted. */
export interface Surroundings {
  readonly cluster: ClusterState;
  readonly wishes: Wishes;
  readonly noteBranch: (branch: string, tip: string | null) => void;
  /** What failed. */
  readonly problems: ClusterProblem[];
  /** What is worked out is not kept. */
  readonly passes: () => void;
}

interface Standing {
  /** The very finding: an incident that says the same is the same object. */
  readonly incident: Incident;
  readonly neighbours: readonly Incident[];
  readonly state: ObservedState;
  readonly wishes: ReadonlyMap<string, readonly Change[]>;
  readonly branches: ReadonlyMap<string, string | null>;
  readonly worked: Worked;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

interface Begun extends Pick<Standing, 'incident' | 'neighbours' | 'state' | 'wishes' | 'branches'> {
  readonly surroundings: Surroundings;
  readonly mayPass: () => boolean;
}

/** How long an answer that something is not known is believed: a chart, a registry or a tool may be back. In milliseconds. */
const UNKNOWN_FOR = 10 * MINUTE;

/**
 * What was worked out about the incidents of one cluster at one commit. An incident keeps it while it says the same, while everything
 * that was read for it reads the same, and while no other incident wants what could go with its edit.
 */
export class StandingIncidents {
  #revision: Revision | null = null;
  #standing = new Map<string, Standing>();

  /** How much of the next answer was known already, for tests and measurements. */
  kept = 0;

  /**
   * Works out what is not known.
   *
   * @param work answers for the incidents whose place in `known` is null, in the order of all of them
   */
  async of(
    incidents: readonly Incident[],
    { cluster, repository, revision, wishes }: StandingInput,
    work: (known: readonly (Worked | null)[], around: readonly Surroundings[]) => Promise<WorkedAll>,
  ): Promise<readonly Worked[]> {
    if (this.#revision !== revision) this.#standing.clear();
    this.#revision = revision;
    const neighbours = neighboursOf(incidents);
    const known = await Promise.all(
      incidents.map(async (incident, index) => {
        const standing = this.#standing.get(incident.fingerprint);
        const holds =
          standing?.incident === incident &&
          isSameList(standing.neighbours, neighbours[index]!) &&
          (await stillHolds(standing, { cluster, repository, wishes }));
        return holds ? standing.worked : null;
      }),
    );
    this.kept = known.filter((one) => one !== null).length;
    const begun = incidents.map((incident, index) => begin(incident, neighbours[index]!, cluster, wishes));
    const { all, isWhole } = await work(
      known,
      begun.map(({ surroundings }) => surroundings),
    );
    const standing = new Map<string, Standing>();
    for (const [index, one] of begun.entries()) {
      const { fingerprint } = one.incident;
      const before = this.#standing.get(fingerprint);
      if (known[index] && before) standing.set(fingerprint, before);
      else if (isWhole && !one.mayPass())
        standing.set(fingerprint, { ...one, worked: all[index]!, at: cluster.now });
    }
    this.#standing = standing;
    return all;
  }
}

interface StandingInput {
  readonly cluster: ClusterState;
  readonly repository: Repository;
  /** As it was checked out: another object stands for another commit, or for other settings. */
  readonly revision: Revision;
  readonly wishes: Wishes;
}

interface WorkedAll {
  readonly all: readonly Worked[];
  /** False where something was cut short, so that another time may answer otherwise. */
  readonly isWhole: boolean;
}

function begin(
  incident: Incident,
  neighbours: readonly Incident[],
  cluster: ClusterState,
  wishes: Wishes,
): Begun {
  const state = observed(cluster);
  const asked = new Map<string, readonly Change[]>();
  const branches = new Map<string, string | null>();
  const problems: ClusterProblem[] = [];
  let passes = false;
  const surroundings: Surroundings = {
    cluster: state.cluster,
    problems,
    wishes: {
      get: (key) => {
        const found = wishes.get(key);
        asked.set(key, found ?? []);
        return found;
      },
    },
    noteBranch: (branch, tip) => void branches.set(branch, tip),
    passes: () => {
      passes = true;
    },
  };
  const mayPass = (): boolean => passes || problems.length > 0;
  return { incident, neighbours, state, wishes: asked, branches, surroundings, mayPass };
}

async function stillHolds(
  { state, wishes: asked, branches, worked, at }: Standing,
  { cluster, repository, wishes }: Omit<StandingInput, 'revision'>,
): Promise<boolean> {
  if (!isSure(worked) && !(Math.abs(cluster.now - at) < UNKNOWN_FOR)) return false;
  for (const [key, before] of asked) if (!isSameList(before, wishes.get(key) ?? [])) return false;
  if (!state.readsTheSameIn(cluster)) return false;
  for (const [branch, tip] of branches)
    if (((await repository.onBranch(branch))?.head?.sha ?? null) !== tip) return false;
  return true;
}

/** Whether it rests on nothing that was not known. */
function isSure({ placed: { located }, origin, blames }: Worked): boolean {
  return (
    located?.kind === 'located' && origin.introducedBy !== null && blames.every(({ site }) => site !== null)
  );
}

/** Those that want the same value somewhere: one edit may serve them all. */
function neighboursOf(incidents: readonly Incident[]): readonly (readonly Incident[])[] {
  const byValue = new Map<string, Incident[]>();
  for (const incident of incidents)
    for (const value of valuesOf(incident)) {
      const known = byValue.get(value) ?? [];
      if (known.at(-1) !== incident) known.push(incident);
      byValue.set(value, known);
    }
  return incidents.map((incident) => [
    ...new Set(valuesOf(incident).flatMap((value) => byValue.get(value) ?? [])),
  ]);
}

function valuesOf({ finding }: Incident): readonly string[] {
  return finding.changes.map(({ after }) => JSON.stringify(after));
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
