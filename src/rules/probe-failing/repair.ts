import { portsOf, type ProbeFailures } from '../../facts/probes.ts';
import type { ContainerFacts } from '../../facts/subjects.ts';
import { isSameField } from '../../model/change.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { ownText, prose } from '../../untrusted/prose.ts';
import { formerContainer, formerProbe } from '../../witnesses/former-probe.ts';
import { diagnose } from './diagnose.ts';
import { fixFor } from './fixes.ts';
import { cpuLimitOf, isKilledEarly, type Known, knownOf, type Told } from './known.ts';
import type { ProbeFix } from './restore.ts';

/** A failing probe with its log, and with what it was before. */
export function* knownWithPast(
  container: ContainerFacts,
  failures: ProbeFailures,
  log: string,
  ask: Ask,
): Asking<Known | null> {
  const bare = knownOf(container, failures, { log });
  if (bare === null) return null;
  const past = yield* formerProbe(container, failures.probe, ask);
  const { port } = bare.probe;
  const earlier =
    typeof port === 'string' && bare.port === null
      ? yield* formerContainer(container, ask, (former) => portsOf(former).some(({ name }) => name === port))
      : null;
  const cpu = isKilledEarly(bare) ? cpuLimitOf(bare.own) : null;
  const withMoreCpu =
    cpu === null
      ? null
      : yield* formerContainer(container, ask, (former) => (cpuLimitOf(former) ?? Infinity) > cpu);
  return knownOf(container, failures, {
    log,
    past: past?.kind === 'changed' ? past : null,
    earlier,
    withMoreCpu,
  });
}

/** The change that evidence proves, with that of other probes which fail for the same reason; null where none is proven. */
export function* repairOf(
  known: Known,
  told: Told,
  failing: readonly ProbeFailures[],
  ask: Ask,
): Asking<ProbeFix | null> {
  let repair = fixFor(known, told);
  if (repair === null) return null;
  for (const failures of failing) {
    if (failures.probe === known.probe.name || failures.pod !== known.failures.pod) continue;
    const other = yield* knownWithPast(known.container, failures, known.log, ask);
    const otherTold = other && diagnose(other);
    if (!other || otherTold?.cause !== told.cause) continue;
    repair = together(repair, fixFor(other, otherTold), other);
  }
  return repair;
}

/** Half a repair leaves the container down: then a person has to think about the other half. */
function together(one: ProbeFix, other: ProbeFix | null, { probe }: Known): ProbeFix {
  if (other === null)
    return {
      ...one,
      draft: prose`the ${ownText(probe.name)} probe fails too, and nothing proves what it should be`,
    };
  const more = other.changes.filter((change) => !one.changes.some((own) => isSameField(own, change)));
  if (more.length === 0) return one;
  return {
    ...one,
    changes: [...one.changes, ...more],
    says: [...one.says, ...other.says],
    evidence: [
      ...one.evidence,
      ...other.evidence.filter(({ ref }) => !one.evidence.some((own) => own.ref === ref)),
    ],
    certainty: one.certainty[0] <= other.certainty[0] ? one.certainty : other.certainty,
  };
}
