import { containersIn, workloadsIn, type ContainerFacts } from '../../facts/subjects.ts';
import { servicePortsOf } from '../../facts/services.ts';
import { refOf, sameObject, type KubernetesObject } from '../../kubernetes/objects.ts';
import { containersOf, podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf, type Change } from '../../model/change.ts';
import type { Commit } from '../../model/commit.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { commitAsActor } from '../../witnesses/commits.ts';
import { lastChangeOf } from '../../witnesses/last-change.ts';
import { describeKept, lastReadyTemplate } from '../../witnesses/last-ready.ts';
import {
  addressesOf,
  destinationOf,
  leadsSomewhere,
  textsOf,
  type Destination,
  type WrittenText,
} from '../../witnesses/service-addresses.ts';

/** What was there before and led somewhere. */
export interface Before {
  readonly changes: readonly Change[];
  /** A sentence: who changed it, or where it still runs. */
  readonly says: Prose;
  readonly commit: Commit | null;
}

/** The address before the last commit that changed it, or in the last template whose pods are Ready; null where none led to a Service of today. */
export function* addressBefore(
  container: ContainerFacts,
  ask: Ask,
  { address: { hostIn, portIn } }: Destination,
): Asking<Before | null> {
  const written = hostIn === portIn ? [hostIn] : [hostIn, portIn];
  const past = yield* lastChangeOf(
    ask,
    hostIn.at.object,
    written.map(({ at }) => at.field),
  );
  if (past) {
    const was = written.map((one): WrittenText => {
      const text = past.before.get(one.at.field);
      return typeof text === 'string' || typeof text === 'number' ? { ...one, text: String(text) } : one;
    });
    const changes = changesBetween(written, was);
    if (changes.length > 0 && doLead(container, was)) {
      const [change] = changes;
      const name = written.find(({ at }) => at.field === change!.field.text)!.name;
      const says = prose`${commitAsActor(past.commit)} changed ${name} from ${String(change!.after)} to ${String(change!.before)}.`;
      return { changes, says, commit: past.commit };
    }
  }
  return lastReady(container, written);
}

function lastReady(container: ContainerFacts, written: readonly WrittenText[]): Before | null {
  const { cluster, workload, name } = container;
  if (workload.object === undefined) return null;
  const textsIn = (template: KubernetesObject): readonly WrittenText[] => {
    const placed = containersOf(podSpecOf(template)).find((one) => one.container.name === name);
    const path = `${podSpecPath(workload.ref.kind) ?? ''}.containers[name=${name}]`;
    return placed ? textsOf(placed.container, { owner: workload.ref, path }, cluster) : [];
  };
  const of = (template: KubernetesObject): readonly WrittenText[] => {
    const texts = textsIn(template);
    return written.map((one) => ({
      ...one,
      text: texts.find((other) => other.name === one.name)?.text ?? one.text,
    }));
  };
  const kept = lastReadyTemplate(cluster, workload.object, (template) =>
    of(template).some(({ text }, index) => text !== written[index]!.text),
  );
  if (!kept) return null;
  const was = of(kept.template);
  const changes = changesBetween(written, was);
  return changes.length > 0 && doLead(container, was)
    ? { changes, says: prose`${describeKept(kept)}, and it has ${was[0]!.text}.`, commit: null }
    : null;
}

function changesBetween(now: readonly WrittenText[], was: readonly WrittenText[]): readonly Change[] {
  return now.flatMap(({ at, text }, index) =>
    text === was[index]!.text ? [] : [changeOf(at.object, at.field, text, was[index]!.text)],
  );
}

/** Every address of these texts that names a Service leads to one. */
function doLead({ cluster, workload }: ContainerFacts, texts: readonly WrittenText[]): boolean {
  const pod = workload.object && podSpecOf(workload.object);
  const found = addressesOf(texts).flatMap(
    (address) => destinationOf(cluster, address, workload.ref.namespace, pod) ?? [],
  );
  return found.length > 0 && found.every(leadsSomewhere);
}

/** A Service that had the port until a commit gave it another. */
export interface Moved extends Before {
  /** Nobody else asks the Service for a port that it has. */
  readonly isAlone: boolean;
}

/** Null where the Service never had the port, as far as git tells, or where the address changed after it. */
export function* serviceBefore(
  container: ContainerFacts,
  ask: Ask,
  { service, address }: Destination,
): Asking<Moved | null> {
  const { port, hostIn, portIn } = address;
  if (service === undefined || port === null) return null;
  const ref = refOf(service);
  const ports = servicePortsOf(service);
  const past = yield* lastChangeOf(
    ask,
    ref,
    ports.map(({ field }) => `${field}.port`),
  );
  const changed = ports.find(({ field }) => Number(past?.before.get(`${field}.port`)) === port);
  if (!past || !changed) return null;
  const text = yield* lastChangeOf(ask, hostIn.at.object, [hostIn.at.field, portIn.at.field]);
  if (text && text.commit.at > past.commit.at) return null;
  return {
    changes: [changeOf(ref, `${changed.field}.port`, changed.number, port)],
    says: prose`${commitAsActor(past.commit)} changed the port of the Service from ${port} to ${changed.number}.`,
    commit: past.commit,
    isAlone: !othersAsk(container, service, changed.number),
  };
}

/** Whether another workload asks the Service for its port of today. */
function othersAsk(
  { cluster, workload: own }: ContainerFacts,
  service: KubernetesObject,
  port: number,
): boolean {
  return workloadsIn(cluster)
    .filter(({ ref }) => !sameObject(ref, own.ref))
    .flatMap(containersIn)
    .some(({ placed, path, workload }) => {
      const texts = placed ? textsOf(placed.container, { owner: workload.ref, path }, cluster) : [];
      return addressesOf(texts).some((address) => {
        const destination =
          address.port === port ? destinationOf(cluster, address, workload.ref.namespace, undefined) : null;
        return destination?.service === service;
      });
    });
}
