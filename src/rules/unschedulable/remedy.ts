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
  const told = toldOf(fields);
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
    return {
      ...remedy,
      advice: [prose`Take back what commit ${commit.sha.slice(0, 8)} did there: ${told}.`],
    };
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
      ready ? prose`pods with the values before have been Ready` : prose`git had the values before`,
    ],
  };
}

/** The parts of a pod's spec that are told as a whole where a commit added or took out all of what is in them. */
const PARTS = /^(?:nodeSelector|tolerations|topologySpreadConstraints|affinity\.\w+)/;

/** `nodeSelector.pool deck → hold`, `affinity.nodeAffinity added`. */
function toldOf(fields: FormerTemplate['fields']): string {
  const whole = (side: 'now' | 'before'): string | null => {
    const parts = new Set(fields.map(({ field }) => PARTS.exec(shortName(field))?.[0]));
    const [part] = parts;
    return parts.size === 1 && part !== undefined && fields.every((one) => one[side] === null) ? part : null;
  };
  const [added, removed] = [whole('before'), whole('now')];
  if (fields.length > 1 && added) return `${added} added`;
  if (fields.length > 1 && removed) return `${removed} taken out`;
  return fields
    .map(({ field, now, before }) => `${shortName(field)} ${shown(before)} → ${shown(now)}`)
    .join(', ');
}

/** The field below the pod's spec. */
function shortName(field: string): string {
  return field
    .replace(/^spec\.(?:jobTemplate\.spec\.)?template\.spec\./, '')
    .replace('.requiredDuringSchedulingIgnoredDuringExecution', '');
}

function shown(value: unknown): string {
  return value === null ? 'not set' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
