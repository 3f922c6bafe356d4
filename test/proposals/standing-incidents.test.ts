import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { Repository } from '../../src/git/repository.ts';
import { MINUTE } from '../../src/kubernetes/durations.ts';
import { objectKey, refOf, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import { changeOf } from '../../src/model/change.ts';
import type { ClusterState } from '../../src/model/cluster-state.ts';
import type { Commit } from '../../src/model/commit.ts';
import type { Incident } from '../../src/model/incident.ts';
import { StandingIncidents, type Surroundings, type Worked } from '../../src/proposals/standing-incidents.ts';
import { wishesByObject } from '../../src/proposals/wanted-by-incident.ts';
import type { Revision } from '../../src/sources/revision.ts';
import { ref } from '../incidents/findings.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const FIELD = 'spec.template.spec.containers[name=server].resources.limits.memory';
const commit: Commit = { sha: 'a'.repeat(40), author: 'Ada', email: 'ada@example.com', at: 0, subject: 'x' };

function ferry(more: object = {}): KubernetesObject {
  const metadata = { name: 'ferry', namespace: 'pier', resourceVersion: '1' };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, ...more };
}

function clusterOf(objects: readonly KubernetesObject[], now = NOW): ClusterState {
  return buildState({ name: 'prod', now, objects, recorded: { Deployment: 'all', Application: 'all' } });
}

function incident(name: string, after: string): Incident {
  const changes = [changeOf(ref('Deployment', name), FIELD, '1Gi', after)];
  return { fingerprint: name, finding: { changes } } as unknown as Incident;
}

const revision = {} as Revision;

/** Scans that read `reads`, and answer with something located unless told otherwise. */
class Scans {
  readonly standing = new StandingIncidents();
  reads: (around: Surroundings) => unknown = ({ cluster }) => cluster.get('Deployment', 'pier', 'ferry');
  tip = 'b'.repeat(40);
  located: unknown = { kind: 'located', changes: [] };
  isWhole = true;

  /** Fingerprints of the incidents that had to be worked out. */
  async scan(
    incidents: readonly Incident[],
    cluster: ClusterState,
    at = revision,
  ): Promise<readonly string[]> {
    const worked: string[] = [];
    const repository = { onBranch: async () => ({ head: { sha: this.tip } }) } as unknown as Repository;
    const wishes = wishesByObject(incidents);
    await this.standing.of(
      incidents,
      { cluster, repository, revision: at, wishes },
      async (known, around) => {
        const all = incidents.map((told, index): Worked => {
          const before = known[index];
          if (before) return before;
          worked.push(told.fingerprint);
          this.reads(around[index]!);
          const origin = { introducedBy: commit, introducedIn: null, lastAutomaticChange: null };
          return {
            placed: { located: this.located } as unknown as Worked['placed'],
            origin,
            blames: [],
            told,
          };
        });
        return { all, isWhole: this.isWhole };
      },
    );
    return worked;
  }
}

describe('an incident that stands', () => {
  const one = incident('ferry', '2Gi');
  const before = clusterOf([ferry({ spec: { replicas: 1 } })]);

  test.each<[string, ClusterState]>([
    ['in the same state', before],
    [
      'later, where all objects are read anew',
      clusterOf([ferry({ spec: { replicas: 1 } })], NOW + 60 * MINUTE),
    ],
    [
      'while the status of its workload changes',
      clusterOf([ferry({ spec: { replicas: 1 }, status: { readyReplicas: 0 } })]),
    ],
    [
      'while something else changes',
      clusterOf([
        ferry({ spec: { replicas: 1 } }),
        { ...ferry(), metadata: { name: 'tug', namespace: 'pier' } },
      ]),
    ],
  ])('is not worked out again %s', async (_when, after) => {
    const scans = new Scans();
    expect(await scans.scan([one], before)).toEqual(['ferry']);
    expect(await scans.scan([one], after)).toEqual([]);
    expect(scans.standing.kept).toBe(1);
  });

  test('is worked out again when its object changes', async () => {
    const scans = new Scans();
    await scans.scan([one], before);
    expect(await scans.scan([one], clusterOf([ferry({ spec: { replicas: 2 } })]))).toEqual(['ferry']);
    expect(await scans.scan([one], clusterOf([]))).toEqual(['ferry']);
  });

  test('is worked out again when a list that was read has one more', async () => {
    const scans = new Scans();
    scans.reads = ({ cluster }) => cluster.list('Application');
    await scans.scan([one], before);
    const metadata = { name: 'pier', namespace: 'argocd' };
    const application = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata };
    const more = clusterOf([ferry({ spec: { replicas: 1 } }), application]);
    expect(await scans.scan([one], more)).toEqual(['ferry']);
    const synced = clusterOf([ferry(), { ...application, status: { sync: { revision: 'c' } } }]);
    expect(await scans.scan([one], synced)).toEqual(['ferry']);
  });

  test('is worked out again when it says something new, or at another commit', async () => {
    const scans = new Scans();
    await scans.scan([one], before);
    expect(await scans.scan([{ ...one }], before)).toEqual(['ferry']);
    expect(await scans.scan([one], before)).toEqual(['ferry']);
    expect(await scans.scan([one], before, {} as Revision)).toEqual(['ferry']);
    expect(await scans.scan([one], before)).toEqual(['ferry']);
  });

  test('is worked out again when another one wants the same value, or no longer does', async () => {
    const scans = new Scans();
    const same = incident('tug', '2Gi');
    const other = incident('barge', '3Gi');
    await scans.scan([one], before);
    expect(await scans.scan([one, other], before)).toEqual(['barge']);
    expect(await scans.scan([one, other, same], before)).toEqual(['ferry', 'tug']);
    expect(await scans.scan([one, other, same], before)).toEqual([]);
    expect(await scans.scan([one, other], before)).toEqual(['ferry']);
  });

  test('is worked out again when another one wants what goes with its edit', async () => {
    const scans = new Scans();
    const other = incident('barge', '3Gi');
    scans.reads = ({ wishes }) => wishes.get(objectKey(ref('Deployment', 'barge')));
    await scans.scan([one], before);
    expect(await scans.scan([one, other], before)).toEqual(['ferry', 'barge']);
    expect(await scans.scan([one, other], before)).toEqual([]);
    expect(await scans.scan([one, { ...other }], before)).toEqual(['barge']);
  });

  test('is worked out again when another branch that it is deployed from moves', async () => {
    const scans = new Scans();
    scans.reads = ({ noteBranch }) => noteBranch('prod', scans.tip);
    await scans.scan([one], before);
    expect(await scans.scan([one], before)).toEqual([]);
    const tip = 'd'.repeat(40);
    scans.tip = tip;
    expect(await scans.scan([one], before)).toEqual(['ferry']);
  });

  test.each<[string, (scans: Scans) => void]>([
    [
      'something failed',
      (scans) => (scans.reads = ({ problems }) => problems.push({ where: 'x', message: 'y' })),
    ],
    ['the time was read', (scans) => (scans.reads = ({ cluster }) => cluster.now)],
    ['the answer may be another one', (scans) => (scans.reads = ({ passes }) => passes())],
    ['a budget cut it short', (scans) => (scans.isWhole = false)],
  ])('is worked out each time where %s', async (_what, set) => {
    const scans = new Scans();
    set(scans);
    await scans.scan([one], before);
    expect(await scans.scan([one], before)).toEqual(['ferry']);
  });

  test('is worked out again after ten minutes where something was not known', async () => {
    const scans = new Scans();
    scans.located = { kind: 'declined', code: 'no-site', reason: 'x', candidates: [] };
    await scans.scan([one], before);
    const at = (minutes: number) => clusterOf([ferry({ spec: { replicas: 1 } })], NOW + minutes * MINUTE);
    expect(await scans.scan([one], at(9))).toEqual([]);
    expect(await scans.scan([one], at(10))).toEqual(['ferry']);
  });

  test('is forgotten once it is gone', async () => {
    const scans = new Scans();
    await scans.scan([one], before);
    await scans.scan([], before);
    expect(await scans.scan([one], before)).toEqual(['ferry']);
  });
});

test('the reads of one incident are its own', async () => {
  const scans = new Scans();
  scans.reads = ({ cluster, wishes }) => wishes.get(refOf(cluster.list('Deployment')[0]!).name);
  const [a, b] = [incident('ferry', '2Gi'), incident('tug', '3Gi')];
  await scans.scan([a, b], clusterOf([ferry()]));
  expect(scans.standing.kept).toBe(0);
  await scans.scan([b, a], clusterOf([ferry()]));
  expect(scans.standing.kept).toBe(2);
});
