import { DAY, describeDuration } from '../../kubernetes/durations.ts';
import { describeRef, type Scalar } from '../../kubernetes/objects.ts';
import { describeBytes, MEBIBYTE, parseQuantity } from '../../kubernetes/quantities.ts';
import { containerPath, containersOf, podSpecOf } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import type { Commit } from '../../model/commit.ts';
import { counted, joinProse, listed, ownText, plainText, prose, type Prose } from '../../untrusted/prose.ts';
import { podsWanted, shortageFor } from '../../witnesses/capacity.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { cpuUse, printCores } from '../../witnesses/cpu-use.ts';
import { samplesByPod } from '../../witnesses/pod-series.ts';
import { maximumOf, quantileOf, valuesOf, type Samples } from '../../witnesses/series.ts';
import type { Conclusion } from '../define-rule.ts';
import { diagnosis } from '../diagnosis.ts';
import { asDraft } from '../raise.ts';
import { summaryOf, type MissingRequest } from './lacking.ts';
import { partly } from './wording.ts';

const WEEK = 7 * 24;
const WORKING_SET = 'container_memory_working_set_bytes';
/** A day of samples has a peak and a night; less is a guess. */
const ENOUGH = 0.9 * DAY;
/** Where nothing tells the size: a tenth of a core is what examples and charts begin with. */
const FIRST_CPU = '100m';

/** A request for a container, with what vouches for its size. */
interface Sized {
  readonly container: string;
  readonly request: string;
  readonly basis: 'history' | 'measured' | 'hardly measured' | 'nothing';
  readonly says: Prose;
  readonly evidence: readonly Evidence[];
  readonly commit?: Commit;
}

/** Requests for containers of the template: what git had before, else what the week's use tells. */
export function* sizedRequests(missing: MissingRequest, ask: Ask): Asking<Conclusion> {
  const { failure, resource, owner, containers } = missing;
  const placed = containersOf(podSpecOf(owner)).filter(({ container }) =>
    containers.includes(container.name),
  );
  const paths = new Map(placed.map((one) => [one.container.name, containerPath(owner.kind, one)!]));
  const sizes: Sized[] = [];
  for (const name of containers) {
    const sized = yield* sizeOf(missing, `${paths.get(name)!}.resources.requests.${resource}`, name, ask);
    if (sized) sizes.push(sized);
  }
  const found = {
    summary: summaryOf(missing, containers),
    evidence: [...failure.evidence, ...sizes.flatMap(({ evidence }) => evidence)],
    blames: containers.map((name) => ({ object: failure.target, field: `${paths.get(name)!}.name` })),
  };
  if (sizes.length < containers.length)
    return diagnosis({
      cause: 'missing-request',
      ...found,
      because: partly(failure),
      certainty: [0.95, prose`pods and template are on record`],
      reason: prose`How much ${resource} the containers need was not measured, so no value is proven.`,
      advice: [
        prose`Measure it (kubectl top pod -n ${failure.target.namespace ?? 'default'} --containers) and set resources.requests.${resource} of ${listed(containers)} in ${describeRef(failure.target)}.`,
      ],
    });
  const shortage = shortageOf(missing, sizes);
  if (shortage)
    return diagnosis({
      cause: 'no-room',
      ...found,
      because: [
        ...partly(failure),
        prose`A request of ${listed(sizes.map(({ request }) => request))} would be right, but ${shortage.says}`,
      ],
      verdict: 'escalate',
      certainty: [0.9, prose`pods, template and quota are on record`],
      reason: prose`The request does not fit: ${shortage.says}`,
      advice: [
        prose`Make room for it first, then set resources.requests.${resource} of ${listed(containers)}.`,
      ],
    });
  return concluded(missing, sizes, found, paths);
}

type Found = Pick<Conclusion, 'summary' | 'evidence' | 'blames'>;

function concluded(
  missing: MissingRequest,
  sizes: readonly Sized[],
  found: Found,
  paths: ReadonlyMap<string, string>,
): Conclusion {
  const { failure, resource } = missing;
  const changes = sizes.map(({ container, request }) =>
    changeOf<Scalar>(
      failure.target,
      `${paths.get(container)!}.resources.requests.${resource}`,
      null,
      request,
    ),
  );
  const isProven = sizes.every(({ basis }) => basis === 'history' || basis === 'measured');
  const commit = sizes.find((one) => one.commit)?.commit;
  const conclusion: Conclusion = {
    ...diagnosis({
      cause: 'missing-request',
      ...found,
      because: [...partly(failure), ...sizes.map(({ says }) => says)],
      certainty: [
        isProven ? 0.93 : 0.85,
        isProven ? prose`what vouches for the size is on record` : prose`the size is in doubt`,
      ],
      reason: prose`${joinProse(
        sizes.map(({ says }) => says),
        ' ',
      )}`,
      advice: [
        prose`Watch kubectl describe hpa ${failure.ref.name} -n ${failure.ref.namespace ?? 'default'}: ScalingActive turns True with the new pods.`,
      ],
    }),
    verdict: 'fix',
    changes,
    guards: [
      {
        kind: 'no-auto-merge',
        reason: prose`With a request the autoscaler begins to scale, and all pods are recreated.`,
      },
    ],
    ...(commit && { introducedBy: commit }),
  };
  if (isProven) return conclusion;
  return asDraft(
    conclusion,
    sizes.some(({ basis }) => basis === 'nothing')
      ? prose`Nothing on record tells how much the container uses, so ${FIRST_CPU} is a value to begin with: a person has to size it, since the autoscaler follows use as a share of it.`
      : prose`The use was measured for less than a day: a person has to say whether that is enough to size the request.`,
  );
}

function* sizeOf(
  { failure, resource, owner }: MissingRequest,
  field: string,
  container: string,
  ask: Ask,
): Asking<Sized | null> {
  const versions = yield* ask.history(failure.target, field);
  const removal = versions?.[0]?.value === undefined ? versions?.[0] : undefined;
  const before = removal && versions?.find(({ value }) => value !== undefined);
  if (removal && before)
    return {
      container,
      request: String(before.value),
      basis: 'history',
      says: prose`Container ${container} requested ${String(before.value)} until ${describeCommit(removal.commit)} removed it.`,
      evidence: [commitEvidence(removal.commit, `request of ${String(before.value)} removed`)],
      commit: removal.commit,
    };
  const ref = failure.cluster.ownerOf(owner).ref;
  if (resource === 'cpu') {
    const use = yield* cpuUse(ask, ref, container, WEEK);
    if (use)
      return measured({
        container,
        resource,
        metric: use.metric,
        byPod: use.byPod,
        printed: printCores,
        shown: (cores) => printCores(cores),
        now: failure.cluster.now,
      });
    return {
      container,
      request: FIRST_CPU,
      basis: 'nothing',
      says: prose`Its use was not measured.`,
      evidence: [],
    };
  }
  if (resource !== 'memory') return null;
  const answer = yield* ask.metric({
    metric: WORKING_SET,
    labels: { namespace: ref.namespace ?? '', container },
    hours: WEEK,
  });
  const byPod = samplesByPod(ref, answer);
  return byPod.size === 0
    ? null
    : measured({
        container,
        resource,
        metric: WORKING_SET,
        byPod,
        printed: (bytes) => `${Math.max(16, Math.ceil(bytes / MEBIBYTE / 16 - 1e-9) * 16)}Mi`,
        shown: describeBytes,
        now: failure.cluster.now,
      });
}

interface Measured {
  readonly container: string;
  readonly resource: string;
  readonly metric: string;
  readonly byPod: ReadonlyMap<string, Samples>;
  printed(amount: number): string;
  shown(amount: number): string;
  readonly now: number;
}

/** The request that 95 % of the samples of the busiest pod stay below. */
function measured({ container, resource, metric, byPod, printed, shown, now }: Measured): Sized {
  const peaks = [...byPod.values()].map((samples) => quantileOf(valuesOf(samples), 0.95));
  const p95 = maximumOf(peaks);
  const times = [...byPod.values()].flatMap((samples) => [samples[0]![0], samples.at(-1)![0]]);
  const span = maximumOf(times) - Math.min(...times);
  const request = printed(p95);
  return {
    container,
    request,
    basis: span >= ENOUGH ? 'measured' : 'hardly measured',
    says: prose`In 95 % of ${spanOf(span)} of samples container ${container} of the busiest pod used less than ${request} of ${resource}.`,
    evidence: [
      quoted(
        'metric',
        metric,
        now,
        `container ${container}: P95 of the busiest pod ${shown(p95)} over ${plainText(spanOf(span))}`,
      ),
    ],
  };
}

/** `7 days`, `5 h`. */
function spanOf(span: number): Prose {
  return span < 2 * DAY ? ownText(describeDuration(span)) : counted(Math.round(span / DAY), 'day');
}

function shortageOf({ failure, owner, resource, pods }: MissingRequest, sizes: readonly Sized[]) {
  const spec = podSpecOf(owner);
  if (!spec) return null;
  const count = Math.max(pods.length, podsWanted(owner, failure.cluster));
  const more = sizes.reduce((sum, { request }) => sum + (parseQuantity(request) ?? 0), 0) * count;
  return shortageFor(failure.cluster, failure.cluster.ownerOf(owner).ref, spec, count, {
    [`requests.${resource}`]: more,
  });
}
