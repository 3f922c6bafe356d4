import type { ClusterObject } from '../../model/cluster-state.ts';
import { portsOf, probeOf, type Probe } from '../../facts/probes.ts';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import {
  containerPath,
  containersOf,
  podSpecOf,
  type Container,
  type PlacedContainer,
} from '../../kubernetes/workloads.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { ownText, prose } from '../../untrusted/prose.ts';

/** Probes that ask a port which the container does not have. A name must be declared; a number need not be. */
export const foresight: Foresight = {
  causes: {
    'port-name-missing': 'a probe names a port that its container does not declare',
    'port-left': 'a probe and the declared port of its container agreed before the change, and no longer do',
  },
  foresee(outlook) {
    return outlook.objects.flatMap((object) =>
      containersOf(podSpecOf(object)).flatMap((placed) => {
        const before = outlook.before(object);
        const was = containersOf(before ? podSpecOf(before) : undefined).find(
          ({ container }) => container.name === placed.container.name,
        );
        return (['liveness', 'readiness', 'startup'] as const).flatMap((name) => {
          const probe = probeOf(placed.container, name);
          return probe ? wrongPort(object, placed, probe, was?.container ?? null) : [];
        });
      }),
    );
  },
};

function wrongPort(
  object: ClusterObject,
  placed: PlacedContainer,
  probe: Probe,
  before: Container | null,
): readonly Foreseen[] {
  const { port, name, by, host } = probe;
  const declared = portsOf(placed.container);
  if (
    port === null ||
    host !== null ||
    declared.some((one) => one.name === port || one.number === Number(port))
  )
    return [];
  const at = containerPath(object.kind, placed);
  if (at === null) return [];
  const common = { object: refOf(object), field: `${at}.${name}Probe.${by}.port`, level: 'error' as const };
  const who = prose`The ${ownText(name)} probe of container ${placed.container.name} in ${describeRef(refOf(object))}`;
  const [only, ...others] = declared;
  if (typeof port === 'string' && !/^\d+$/.test(port)) {
    const instead = only && others.length === 0 ? (only.name ?? only.number) : null;
    return [
      {
        ...common,
        cause: 'port-name-missing',
        because: prose`${who} asks port ${port}, and the container declares no port of that name.`,
        ...(instead === null ? {} : { instead }),
      },
    ];
  }
  // What listens is known from nothing but that both said the same before.
  const was = before && probeOf(before, name);
  const agreed =
    before &&
    was &&
    was.port !== null &&
    portsOf(before).find((one) => one.name === was.port || one.number === Number(was.port));
  if (!agreed || declared.length === 0) return [];
  return [
    {
      ...common,
      level: 'warning',
      cause: 'port-left',
      because: prose`${who} asks port ${port}, and the container declares ${declared.map((one) => one.number).join(', ')}; before this change both said ${agreed.number}.`,
      ...(only && others.length === 0 ? { instead: only.number } : {}),
    },
  ];
}
