import { carriesCurrentTemplate } from '../../facts/rollout.ts';
import { parseTime } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { formerTemplate, goingBack, type FormerTemplate } from '../../witnesses/former-template.ts';
import { describeKept } from '../../witnesses/last-ready.ts';
import { fewerReplicas } from './fewer-replicas.ts';
import { helps, isForbidden } from './former-fits.ts';
import { nearLabel } from './near-label.ts';
import { smallerRequest } from './smaller-request.ts';
import type { Remedy, Stuck } from './stuck.ts';

const SELECTION = /^spec\.(?:nodeSelector|affinity\.nodeAffinity|tolerations)\b/;

/** The fields of a template (below it) that can have brought an obstacle. */
const BROUGHT_BY: Readonly<Record<string, RegExp>> = {
  'node-selector': SELECTION,
  'node-affinity': SELECTION,
  'untolerated-taint': SELECTION,
  'pod-affinity': /^spec\.affinity\.podAffinity\b/,
  'pod-anti-affinity': /^spec\.affinity\.podAntiAffinity\b/,
  'topology-spread': /^spec\.topologySpreadConstraints\b/,
  'host-port': /^spec\.(?:hostNetwork$|containers\[[^\]]*\]\.ports\b.*\.hostPort$)/,
  'insufficient-cpu': /^spec\.(?:c|initC)ontainers\[[^\]]*\]\.resources\.(?:requests|limits)\.cpu$/,
  'insufficient-memory': /^spec\.(?:c|initC)ontainers\[[^\]]*\]\.resources\.(?:requests|limits)\.memory$/,
  'other-scheduler': /^spec\.schedulerName$/,
};

/** What git and measurements offer, the best first; null where they tell nothing. */
export function* remedyFor(stuck: Stuck, ask: Ask): Asking<Remedy | null> {
  const { workload, worst } = stuck;
  const concerns = BROUGHT_BY[worst.obstacle.cause];
  if (!concerns || carriesCurrentTemplate(workload.cluster, worst.pod) === 'outdated') return null;
  const fewer = yield* fewerReplicas(stuck, ask);
  if (fewer) return fewer;
  const since = parseTime(worst.pod.metadata.creationTimestamp) ?? workload.cluster.now;
  const former = yield* formerTemplate(workload, ask, (field) => concerns.test(field), since);
  const restored = former && restore(stuck, former);
  if (restored && restored.changes.length > 0) return restored;
  const other = nearLabel(stuck) ?? (yield* smallerRequest(stuck, ask));
  return other && restored?.introducedBy
    ? { ...other, introducedBy: restored.introducedBy }
    : (other ?? restored);
}

function restore(stuck: Stuck, former: FormerTemplate): Remedy {
  const { workload } = stuck;
  const { commit, fields, ready } = former;
  const told = fields
    .map(({ field, now, before }) => `${shortName(field)} ${shown(before)} → ${shown(now)}`)
    .join(', ');
  const remedy: Remedy = {
    changes: [],
    guards: [],
    because: [prose`It came with ${describeCommit(commit)}: ${told}.`],
    evidence: [commitEvidence(commit, told)],
    advice: [],
    introducedBy: commit,
  };
  if (!helps(stuck, former)) return remedy;
  const changes = goingBack(former, workload.ref);
  if (changes === null || isForbidden(former))
    return { ...remedy, advice: [prose`Take back what ${commit.sha.slice(0, 8)} changed there: ${told}.`] };
  return {
    ...remedy,
    changes,
    guards: [
      ready
        ? { kind: 'no-auto-merge', reason: prose`going back undoes what ${commit.author} committed` }
        : {
            kind: 'draft',
            reason: prose`going back undoes what ${commit.author} committed in ${commit.sha.slice(0, 8)}, and nothing on record shows that pods ran with the values before`,
          },
    ],
    because: [...remedy.because, ...(ready ? [prose`${describeKept(ready)} with the values before.`] : [])],
    reason: prose`the values before ${commit.sha.slice(0, 8)} let a node take the pod`,
    sureness: [
      ready ? 0.9 : 0.7,
      ready ? prose`pods with the values before are Ready` : prose`git had the values before`,
    ],
  };
}

/** The field below the pod's spec. */
function shortName(field: string): string {
  return field.replace(/^spec\.(?:jobTemplate\.spec\.)?template\.spec\./, '');
}

function shown(value: unknown): string {
  return value === null ? 'not set' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
