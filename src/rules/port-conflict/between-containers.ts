import { quoteFields } from '../../facts/observations.ts';
import { isToldToListen, numberOf, tellsToListen } from '../../facts/port-mentions.ts';
import { portsOf } from '../../facts/probes.ts';
import { containersIn, type ContainerFacts } from '../../facts/subjects.ts';
import { fieldOf, isScalarValue } from '../../kubernetes/field.ts';
import { describeRef, type Scalar } from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf, type Change } from '../../model/change.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { quoted } from '../../model/evidence.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, commitAsActor } from '../../witnesses/commits.ts';
import { lastChangeOf, type LastChange } from '../../witnesses/last-change.ts';
import type { Conclusion } from '../define-rule.ts';
import { diagnosis } from '../diagnosis.ts';
import type { Failing } from './failing.ts';

/** A container that has the port. */
export interface Holder {
  readonly container: ContainerFacts;
  readonly port: number;
}

/** The other container that has the port: it declares it, or is told to listen there. Of a line without a port: one that both declare. */
export function otherContainer(own: ContainerFacts, said: number | null): Holder | null {
  const others = containersIn(own.workload).filter(
    (one) => one.name !== own.name && one.instances.some(({ placed }) => placed.role !== 'init'),
  );
  const declares = ({ instances }: ContainerFacts, port: number) =>
    instances.some(({ placed }) => portsOf(placed.container).some(({ number }) => number === port));
  const listens = ({ instances }: ContainerFacts, port: number) =>
    instances.some(({ placed }) => isToldToListen(placed.container, port));
  const declared = own.instances.flatMap(({ placed }) =>
    portsOf(placed.container).map(({ number }) => number),
  );
  for (const port of said === null ? declared : [said]) {
    const other = others.find((one) => declares(one, port)) ?? others.find((one) => listens(one, port));
    if (other) return { container: other, port };
  }
  return null;
}

/** Who has the port and which commit brought that about; the port before it, where that frees it. */
export function* betweenContainers(
  own: ContainerFacts,
  ask: Ask,
  { pod, evidence }: Failing,
  { line }: { readonly line: string },
  { container: other, port }: Holder,
): Asking<Conclusion> {
  const { workload } = own;
  const fields = [other, own].flatMap((one) => fieldsWith(one, port));
  const names = [other, own].flatMap((one) => one.field('name').map(({ field }) => field));
  const past = yield* lastChangeOf(ask, workload.ref, [...fields.map(({ field }) => field), ...names]);
  const changes = past ? freeing(own, past, fields, port) : [];
  const added = past && [other, own].find(({ path }) => past.before.get(`${path}.name`) === null);
  const isInjected = other.path === null;
  return diagnosis({
    cause: 'containers-conflict',
    summary: prose`${describeRef(workload.ref)}: container ${own.name} cannot listen on port ${port}, which container ${other.name} of the same pod has`,
    because: [
      ...(isInjected ? [prose`Container ${other.name} is not in the pod template: admission added it.`] : []),
      ...(past && added ? [prose`${commitAsActor(past.commit)} added container ${added.name}.`] : []),
      ...(past && !added && changes.length > 0
        ? [prose`${commitAsActor(past.commit)} gave both the same port.`]
        : []),
    ],
    evidence: [
      quoted(
        'log',
        `Pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name}, container ${own.name}`,
        null,
        line,
      ),
      ...evidence.slice(0, 2),
      ...[own, other].flatMap(({ name, instances }) =>
        quoteFields(
          pod,
          instances[0]!.placed.container as never,
          ['ports', 'args', 'env'],
          `container ${name}: `,
        ),
      ),
      ...(past ? [commitEvidence(past.commit, 'changed a port of the two containers')] : []),
    ],
    certainty: [0.95, prose`the log says that the port is in use, and another container of the pod has it`],
    ...(changes.length > 0
      ? {
          verdict: 'fix' as const,
          changes,
          reason: prose`Before that commit the two containers had ports of their own.`,
          guards: [{ kind: 'no-auto-merge' as const, reason: prose`clients may know the port by now` }],
        }
      : { reason: prose`Which of the two gets another port is for a person to say.` }),
    blames: fields,
    ...(past && { introducedBy: past.commit }),
    advice: changes.length > 0 ? [] : [adviceFor(own, other, port, added?.name ?? null)],
  });
}

/** The fields of a container's template in which the port stands. */
function fieldsWith({ field, placed }: ContainerFacts, port: number) {
  if (!placed) return [];
  const { container } = placed;
  const ports = portsOf(container).flatMap(({ number }, index) =>
    number === port ? field(`ports[${index}].containerPort`) : [],
  );
  const variables = (container.env ?? []).flatMap(({ name, value }) =>
    tellsToListen(name, String(value ?? ''), port) ? field(`env[name=${name}].value`) : [],
  );
  const words = (['command', 'args'] as const).flatMap((list) =>
    (container[list] ?? []).flatMap((text, index) =>
      tellsToListen(String(text), String(text), port) ? field(`${list}[${index}]`) : [],
    ),
  );
  return [...ports, ...variables, ...words];
}

/** What the last commit changed, back to what it was, where the port does not stand in it. */
function freeing(
  { workload }: ContainerFacts,
  { before }: LastChange,
  fields: readonly { readonly field: string }[],
  port: number,
): readonly Change[] {
  const values = fields.flatMap(({ field }) => {
    const was = before.get(field);
    return was === undefined ? [] : [{ field, was }];
  });
  const isFree =
    values.length > 0 && values.every(({ was }) => was !== null && !numberOf(port).test(String(was)));
  return isFree
    ? values.map(({ field, was }) => changeOf(workload.ref, field, scalarOf(workload.object, field), was))
    : [];
}

function scalarOf(object: ClusterObject | undefined, field: string): Scalar {
  const value = object && fieldOf(object, field)?.value;
  return value === undefined || !isScalarValue(value) ? null : value;
}

function adviceFor(own: ContainerFacts, other: ContainerFacts, port: number, added: string | null): Prose {
  if (added !== null)
    return prose`Give container ${added} a port of its own, or take it out of the pod again.`;
  return prose`Give container ${own.name} or ${other.name} another port than ${port}, and what asks for it (containerPort, probes, the targetPort of its Service) the same one.`;
}
