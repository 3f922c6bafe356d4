import type { ContainerFacts } from '../../facts/subjects.ts';
import { quote } from '../../facts/observations.ts';
import { servicePortsOf } from '../../facts/services.ts';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import type { Change } from '../../model/change.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import type { Guard } from '../../model/finding.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { commitAsActor, commitEvidence } from '../../witnesses/commits.ts';
import type { Destination } from '../../witnesses/service-addresses.ts';
import type { Conclusion } from '../define-rule.ts';
import { diagnosis } from '../diagnosis.ts';
import type { Before, Moved } from './address-before.ts';
import { betterAddress, nearServices } from './better-address.ts';

/** A dead address with what shows that it matters. */
export interface Known {
  readonly container: ContainerFacts;
  readonly destination: Destination;
  /** A line of the log. */
  readonly complaint: string | null;
  readonly moved: Moved | null;
  readonly before: Before | null;
  readonly isReady: boolean;
}

export function concluded(known: Known): Conclusion {
  const { container, destination, complaint, moved, before } = known;
  const { service, address } = destination;
  const fix = fixFor(known);
  const by = fix?.by ?? moved ?? before;
  const { commit = null } = by ?? {};
  const isSecret = HAS_PASSWORD.test(address.hostIn.text);
  return diagnosis({
    cause: service === undefined ? 'wrong-host' : 'wrong-port',
    summary: summaryOf(container, destination),
    because: [
      ...(by && !isSecret ? [by.says] : []),
      ...(commit && isSecret ? [prose`${commitAsActor(commit)} changed ${address.hostIn.name}.`] : []),
      ...(complaint === null ? [] : [prose`The container writes: ${complaint}`]),
    ],
    evidence: evidenceOf(
      known,
      by && commit
        ? [commitEvidence(commit, isSecret ? 'changed the address' : changedText(by.changes))]
        : [],
    ),
    certainty: by
      ? [0.95, prose`the former address leads to a Service, and the current one to none`]
      : [0.85, prose`the log complains of the very address`],
    ...(fix
      ? { verdict: 'fix' as const, changes: fix.changes, guards: [fix.guard], reason: fix.reason }
      : { reason: prose`Which address is meant is for a person to say.` }),
    blames: [
      { object: address.portIn.at.object, field: address.portIn.at.field },
      ...(moved && service ? [{ object: refOf(service), field: moved.changes[0]!.field.text }] : []),
    ],
    ...(commit && { introducedBy: commit }),
    advice: fix ? [] : [adviceFor(known)],
  });
}

/** `changed spec.ports[name=sql].port from 5432 to 6432` */
function changedText(changes: readonly Change[]): string {
  const texts = changes.map(
    ({ field, before, after }) => `${field.text} from ${String(after)} to ${String(before)}`,
  );
  return `changed ${texts.join(', ')}`;
}

interface Fix {
  readonly changes: readonly Change[];
  readonly guard: Guard;
  readonly reason: Prose;
  /** What proves the value; null where only today's Services say so. */
  readonly by: Before | null;
}

/** A text with a password is nothing to write anew. */
const HAS_PASSWORD = /:\/\/[^\s/@]*:[^\s/@]+@/;

function fixFor({
  container: { cluster },
  destination,
  complaint,
  moved,
  before,
  isReady,
}: Known): Fix | null {
  const { service, address } = destination;
  if (HAS_PASSWORD.test(address.hostIn.text)) return null;
  if (moved?.isAlone)
    return {
      changes: moved.changes,
      guard: { kind: 'no-auto-merge', reason: prose`every client of the Service is concerned` },
      reason: prose`The Service gets back the port that its clients ask for.`,
      by: moved,
    };
  if (before && !moved) {
    const isSeen = service !== undefined || complaint !== null || !isReady;
    return {
      changes: before.changes,
      guard: isSeen
        ? { kind: 'no-auto-merge', reason: prose`the workload talks to another address after it` }
        : {
            kind: 'draft',
            reason: prose`the pods are Ready and nothing in their log complains of the address yet`,
          },
      reason: prose`The address goes back to what led to a Service.`,
      by: before,
    };
  }
  const better = betterAddress(cluster, destination);
  return (
    better && {
      changes: [better],
      guard: {
        kind: 'draft',
        reason: moved
          ? prose`the Service changed last, so a person says whether its clients follow`
          : prose`git does not show that the address ever worked, so a person confirms ${String(better.after)}`,
      },
      reason: prose`Only the Services of today say which address can be meant.`,
      by: null,
    }
  );
}

function summaryOf(
  { workload, name }: ContainerFacts,
  { address, service, namespace, name: host }: Destination,
): Prose {
  const written = address.port === null ? address.host : `${address.host}:${address.port}`;
  const where =
    address.hostIn === address.portIn
      ? address.hostIn.name
      : `${address.hostIn.name} and ${address.portIn.name}`;
  const told = prose`${describeRef(workload.ref)} gives container ${name} the address ${written} (${where})`;
  if (service === undefined) return prose`${told}, and namespace ${namespace ?? ''} has no Service ${host}`;
  const ports = servicePortsOf(service);
  const isTarget = ports.some(({ target }) => target === address.port);
  const has = listed(
    ports.map(({ number, name: called }) => (called === null ? String(number) : `${number} (${called})`)),
  );
  return prose`${told}, and ${describeRef(refOf(service))} has no port ${address.port ?? ''}${ownText(isTarget ? ', which is the port of its pods' : '')}: it has ${has}`;
}

function evidenceOf(
  { container: { workload, name }, destination: { service }, complaint }: Known,
  commits: readonly Evidence[],
): readonly Evidence[] {
  const { namespace } = workload.ref;
  const [pod] = workload.activePods;
  return [
    ...(service
      ? [
          quote(
            'object',
            service,
            null,
            `spec.ports: ${JSON.stringify(servicePortsOf(service).map(({ number, target }) => ({ port: number, targetPort: target })))}`,
          ),
        ]
      : []),
    ...(complaint === null || pod === undefined
      ? []
      : [quoted('log', `Pod ${namespace ?? ''}/${pod.metadata.name}, container ${name}`, null, complaint)]),
    ...commits,
  ];
}

function adviceFor({ container: { cluster }, destination }: Known): Prose {
  const { service, namespace, name, address } = destination;
  const field = address.portIn.name;
  if (service)
    return prose`Let ${field} name a port of the Service: kubectl get service ${name} -n ${namespace ?? ''}`;
  const near = nearServices(cluster, destination).map(({ metadata }) => metadata.name);
  return near.length > 0
    ? prose`Let ${field} name one of ${listed(near)}, or create Service ${name} in namespace ${namespace ?? ''}.`
    : prose`Create Service ${name} in namespace ${namespace ?? ''}, or let ${field} name one that is there: kubectl get services -n ${namespace ?? ''}`;
}
