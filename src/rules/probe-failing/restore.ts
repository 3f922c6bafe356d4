import { sameValue } from '../../kubernetes/compare.ts';
import { parseFieldPath } from '../../kubernetes/field-path.ts';
import type { Container } from '../../kubernetes/workloads.ts';
import type { Change } from '../../model/change.ts';
import type { Commit } from '../../model/commit.ts';
import type { Evidence } from '../../model/evidence.ts';
import { allowedBy, portNumber, portsOf, type Probe } from '../../facts/probes.ts';
import { counted, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { describeCommit } from '../../witnesses/commits.ts';
import { changedLeaves, type ChangedLeaf, changesAt, isSameRun } from '../../witnesses/changed-leaves.ts';
import type { FormerProbe } from '../../witnesses/former-probe.ts';
import { type Known, troubleIn } from './known.ts';

/** Changes of a probe, and what proves them. */
export interface ProbeFix {
  readonly changes: readonly Change[];
  /** Sentences for the root cause. */
  readonly says: readonly Prose[];
  readonly evidence: readonly Evidence[];
  /** How sure the values are, 0 to 1, and what vouches for them. */
  readonly certainty: readonly [number, Prose];
  readonly introducedBy?: Commit;
  /** Where a person has to think before anything is merged. */
  readonly draft?: Prose;
}

const HANDLER = /^(?:httpGet|tcpSocket|grpc|exec)\b/;

/** What the probe asks, as it was before; null where nothing proves that it would be answered. */
export function restoredHandler(known: Known): ProbeFix | null {
  const { past, own, answer, listening } = known;
  if (!past || isOlderThan(known)) return null;
  const leaves = changedLeaves(past.now, past.before).filter(({ field }) => HANDLER.test(field));
  const port = portNumber(past.probe, own);
  const ports = portsOf(own).map(({ number }) => number);
  const isHeard = listening.some((one) => one.port === port && !one.isLoopback);
  const isThere =
    past.probe.by === 'exec' || isHeard || (port !== null && (ports.length === 0 || ports.includes(port)));
  if (leaves.length === 0 || !isThere) return null;
  // Another program may answer otherwise; only where it listens is in its own words.
  const isPortAlone = leaves.every(({ field }) => field.endsWith('.port'));
  if (!isSameProgram(past.container, known) && !(isPortAlone && isHeard)) return null;
  // The path was found under the former port, and may be as wrong.
  if (answer.kind === 'status' && isPortAlone && answer.status !== 404) return null;
  const differs = prose`asks ${whatOf(known.probe)}; before it asked ${whatOf(past.probe)}`;
  return restored(known, leaves, differs);
}

/** How long and how often the probe may fail, as it was before; null where nothing proves that it was enough. */
export function restoredTiming(known: Known, isEnough: (former: Probe) => boolean): ProbeFix | null {
  const { past } = known;
  if (
    !past ||
    isOlderThan(known) ||
    !isSameProgram(past.container, known) ||
    !isEnough(past.probe) ||
    troubleIn(known) !== null
  )
    return null;
  const differing = changedLeaves(past.now, past.before);
  // What it asks changed too: then it may be that which fails.
  if (differing.some(({ field }) => HANDLER.test(field))) return null;
  if (!sameCpu(past.container, known)) return null;
  const leaves = differing.filter(({ field }) => TIMINGS.has(field));
  return leaves.length === 0 ? null : restored(known, leaves, timingsOf(past.probe, known.probe));
}

/** `lets it fail for 2 seconds (…); before it let it fail for 35` */
function timingsOf(was: Probe, is: Probe): Prose {
  if (allowedBy(was) === allowedBy(is))
    return prose`waits ${counted(is.timeoutSeconds, 'second')} for an answer; before it waited ${was.timeoutSeconds}`;
  const sum = prose`initialDelaySeconds ${was.initialDelaySeconds}, failureThreshold ${was.failureThreshold} × periodSeconds ${was.periodSeconds}`;
  return prose`lets the container fail for ${counted(allowedBy(is), 'second')}; before it was ${allowedBy(was)} (${sum})`;
}

/** What the probe asks is as it was. */
export function isOfTimingAlone({ now, before }: FormerProbe): boolean {
  return changedLeaves(now, before).every(({ field }) => TIMINGS.has(field));
}

const TIMINGS = new Set(['initialDelaySeconds', 'periodSeconds', 'failureThreshold', 'timeoutSeconds']);

/** @param differs `asks …; before it asked …` */
function restored(known: Known, leaves: readonly ChangedLeaf[], differs: Prose): ProbeFix | null {
  const past = known.past!;
  const changes = changesOf(known, leaves);
  if (changes === null || changes.length === 0) return null;
  const { commit, wasReady } = past;
  const probe = prose`the ${ownText(known.probe.name)} probe ${differs}`;
  return {
    changes,
    says: [
      commit ? prose`Since ${describeCommit(commit)} ${probe}.` : prose`In the current template ${probe}.`,
      ...(wasReady === null ? [] : [prose`${wasReady} with what it was.`]),
    ],
    evidence: past.evidence,
    certainty:
      past.basis === 'ready'
        ? [0.95, prose`pods have been Ready with what the probe was`]
        : [0.8, prose`git had the value until the commit, and the container runs the same program`],
    ...(commit && { introducedBy: commit }),
  };
}

/** The changes of a probe; null where there is no template, or where a list would have to change its length. */
export function changesOf(
  { container: { path, workload }, probe }: Pick<Known, 'container' | 'probe'>,
  leaves: readonly ChangedLeaf[],
): readonly Change[] | null {
  return path === null ? null : changesAt(workload.ref, `${path}.${probe.name}Probe`, leaves);
}

/** `httpGet /healthz at port 8080` */
export function whatOf({ by, port, path, scheme, command }: Probe): Prose {
  if (by === 'exec') return prose`exec of ${command.join(' ')}`;
  const what =
    by === 'httpGet'
      ? prose`${ownText(scheme === 'HTTPS' ? 'httpGet over HTTPS' : 'httpGet')} ${path ?? '/'}`
      : ownText(by);
  return prose`${what} at port ${String(port)}`;
}

/** The probe failed before the commit that changed it. */
function isOlderThan({ past, failures }: Known): boolean {
  return past?.commit != null && past.commit.at > failures.firstSeen;
}

/** What runs, with which words and settings, is the same: it answers as it did. */
export function isSameProgram(former: Container, { own, container }: Known): boolean {
  return isSameRun(former, { placed: container.placed ?? { container: own } });
}

function sameCpu(former: Container, { own, container }: Known): boolean {
  const now = container.placed?.container ?? own;
  return sameValue(
    parseFieldPath('resources.limits.cpu'),
    now.resources?.limits?.['cpu'],
    former.resources?.limits?.['cpu'],
  );
}
