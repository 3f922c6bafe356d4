import { type ProbeName, readProbe, type Probe } from '../facts/probes.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { isRecord, recordAt, type KubernetesObject } from '../kubernetes/objects.ts';
import { type Container, containersOf, podSpecOf, type PodSpec } from '../kubernetes/workloads.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { Commit } from '../model/commit.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { TemplateVersion } from '../model/need.ts';
import { plainText, prose, type Prose } from '../untrusted/prose.ts';
import { changedLeaves } from './changed-leaves.ts';
import { commitEvidence, describeCommit } from './commits.ts';
import { describeKept, type KeptTemplate, lastReadyTemplate } from './last-ready.ts';

type Written = Readonly<Record<string, unknown>>;

/** A probe that a container had before. */
export interface FormerProbe {
  readonly kind: 'changed';
  /** As it was written then, and as it is written now. */
  readonly before: Written;
  readonly now: Written;
  readonly probe: Probe;
  /** The container as it was then. */
  readonly container: Container;
  /** `ready`: pods with it are Ready now, or were when Faultline last saw them so. `committed`: git had it. */
  readonly basis: 'ready' | 'committed';
  /** The commit that changed it; null where only the cluster tells. */
  readonly commit: Commit | null;
  /** A clause of the pods that are or were Ready with it: `ReplicaSet shop/cart-1 (revision 1) has 3 of 3 pods Ready now`; null without them. */
  readonly wasReady: Prose | null;
  readonly evidence: readonly Evidence[];
}

/** The container had no such probe before the commit. */
interface AddedProbe {
  readonly kind: 'added';
  readonly commit: Commit;
}

/** So many versions are asked for, one number after the other until the probe differs: each costs renders. */
const VERSIONS = [2, 4, 8];

/** What a probe of a container was before, by the last Ready template and by git; null where neither has another one. */
export function* formerProbe(
  facts: ContainerFacts,
  name: ProbeName,
  ask: Ask,
): Asking<FormerProbe | AddedProbe | null> {
  const { cluster, workload, name: container } = facts;
  const key = `${name}Probe`;
  const live = facts.placed && recordAt(facts.placed.container, key);
  if (!workload.object || !live || Object.keys(live).length === 0) return null;
  const isOther = (template: KubernetesObject): boolean => {
    const written = probeIn(podSpecOf(template), container, key);
    return written !== null && changedLeaves(live, written).length > 0;
  };
  const ready = lastReadyTemplate(cluster, workload.object, isOther);
  let versions: readonly TemplateVersion[] = [];
  for (const most of VERSIONS) {
    versions = (yield* ask.templates(workload.ref, most)) ?? [];
    const head = probeIn(versions[0]?.template?.['spec'], container, key);
    const isFound = versions.some(({ template }) => {
      const written = template && probeIn(template['spec'], container, key);
      return !head || !written || changedLeaves(head, written).length > 0;
    });
    if (isFound || versions.length < most) break;
  }
  return (
    fromGit({ versions, container, name, live, ready }) ?? (ready && fromReady(ready, container, name, live))
  );
}

interface Known {
  readonly versions: readonly TemplateVersion[];
  readonly container: string;
  readonly name: ProbeName;
  readonly live: Written;
  readonly ready: KeptTemplate | null;
}

function fromGit({ versions, container, name, live, ready }: Known): FormerProbe | AddedProbe | null {
  const key = `${name}Probe`;
  const now = probeIn(versions[0]?.template?.['spec'], container, key);
  // What git has now is not what runs: a sync is due, or somebody changed the cluster.
  if (!now || changedLeaves(now, live).length > 0) return null;
  for (const [index, { template }] of versions.entries()) {
    if (index === 0) continue;
    const own = template && containerIn(template['spec'], container);
    if (!own) return null;
    const before = recordAt(own, key);
    const { commit } = versions[index - 1]!;
    if (Object.keys(before).length === 0) return { kind: 'added', commit };
    const probe = readProbe(before, name);
    if (changedLeaves(now, before).length === 0 || !probe) continue;
    const wasReady = ready && probeIn(podSpecOf(ready.template), container, key);
    const isReady = wasReady !== null && changedLeaves(before, wasReady).length === 0;
    return {
      kind: 'changed',
      before,
      now,
      probe,
      container: own,
      basis: isReady ? 'ready' : 'committed',
      commit,
      wasReady: isReady ? describeKept(ready!) : null,
      evidence: [commitEvidence(commit, `${key} changed`), ...(isReady ? readyEvidence(ready!, key) : [])],
    };
  }
  return null;
}

function fromReady(
  ready: KeptTemplate,
  container: string,
  name: ProbeName,
  live: Written,
): FormerProbe | null {
  const own = containerIn(podSpecOf(ready.template), container);
  const before = own && recordAt(own, `${name}Probe`);
  const probe = before ? readProbe(before, name) : null;
  if (!own || !before || !probe) return null;
  return {
    kind: 'changed',
    before,
    now: live,
    probe,
    container: own,
    basis: 'ready',
    commit: null,
    wasReady: describeKept(ready),
    evidence: readyEvidence(ready, `${name}Probe`),
  };
}

function readyEvidence(ready: KeptTemplate, key: string): readonly Evidence[] {
  return [quoted('object', ready.holder, ready.at, `${plainText(describeKept(ready))}, with another ${key}`)];
}

function containerIn(spec: unknown, name: string): Container | undefined {
  const found = isRecord(spec) ? containersOf(spec as PodSpec) : [];
  return found.find(({ container }) => container.name === name)?.container;
}

function probeIn(spec: unknown, container: string, key: string): Written | null {
  const own = containerIn(spec, container);
  const probe = own && recordAt(own, key);
  return probe && Object.keys(probe).length > 0 ? probe : null;
}

/** A container as it was before a commit that changed it in what `isOther` names. */
export interface FormerContainer {
  readonly container: Container;
  readonly commit: Commit | null;
  /** A clause. */
  readonly says: Prose;
  readonly evidence: readonly Evidence[];
}

/** The container as a Ready template or git had it, where `isOther` accepts it; null where neither does. */
export function* formerContainer(
  { cluster, workload, name }: ContainerFacts,
  ask: Ask,
  isOther: (former: Container) => boolean,
): Asking<FormerContainer | null> {
  if (!workload.object) return null;
  const versions = (yield* ask.templates(workload.ref, VERSIONS.at(-1)!)) ?? [];
  for (const [index, { template }] of versions.entries()) {
    const own = template && containerIn(template['spec'], name);
    if (index === 0 || !own || !isOther(own)) continue;
    const { commit } = versions[index - 1]!;
    const says = prose`${describeCommit(commit)} changed it`;
    return { container: own, commit, says, evidence: [commitEvidence(commit, `container ${name} changed`)] };
  }
  const ready = lastReadyTemplate(cluster, workload.object, (template) => {
    const own = containerIn(podSpecOf(template), name);
    return own !== undefined && isOther(own);
  });
  const own = ready && containerIn(podSpecOf(ready.template), name);
  if (!own) return null;
  const text = plainText(describeKept(ready));
  return {
    container: own,
    commit: null,
    says: describeKept(ready),
    evidence: [quoted('object', ready.holder, ready.at, text)],
  };
}
