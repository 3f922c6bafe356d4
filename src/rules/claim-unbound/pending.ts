import { recordAt } from '../../kubernetes/objects.ts';
import { describeTime } from '../../kubernetes/durations.ts';
import { parseTime } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { ownText, prose, saying, type Prose } from '../../untrusted/prose.ts';
import { shortened } from '../../untrusted/shorten.ts';
import { formerValueOf } from '../../witnesses/former-value.ts';
import { whyNotNear } from './mismatch.ts';
import { nearestVolume } from './nearest-volume.ts';
import { classesIn, isDefaultClass, missingClass, noDefaultClass } from './storage-class.ts';
import { changeIn, fieldIn, takenBack, type Waiting, type Why } from './why.ts';

/** Why a claim that exists is Pending: what it asks for against the volumes and classes that there are, then what its provisioner says. */
export function* whyPending(waiting: Waiting, ask: Ask): Asking<Why> {
  const { claim, unbound, workload } = waiting;
  const { cluster } = workload;
  const { storageClassName: wanted, volumeName } = recordAt(claim, 'spec');
  const near = nearestVolume(cluster, claim);
  if (typeof volumeName === 'string' && volumeName !== '') {
    if (near) return yield* whyNotNear(waiting, near, ask);
    if (cluster.presence('PersistentVolume', null, volumeName) === 'absent')
      return volumeMissing(waiting, volumeName);
  }
  const said = unbound.events.map(({ message }) => message).join('\n');
  const isNamed = typeof wanted === 'string' && wanted !== '';
  const isMissing =
    isNamed &&
    (/storageclass(?:\.storage\.k8s\.io)? "[^"]*" not found/i.test(said) ||
      cluster.presence('StorageClass', null, wanted) === 'absent');
  const failed = unbound.events.find(
    ({ reason, message }) => reason === 'ProvisioningFailed' && !MAKES_NONE.test(message),
  );
  if (near && (isMissing || !failed)) return yield* whyNotNear(waiting, near, ask);
  if (isMissing) return yield* missingClass(waiting, wanted, ask);
  if (failed) return yield* provisioningFailed(waiting, failed.message, ask);
  if (/no persistent volumes available/.test(said) || takesOnlyWhatIsThere(waiting))
    return isNamed || wanted === '' ? noVolume(waiting) : yield* noDefaultClass(waiting, ask);
  return notProvisioned(waiting, said);
}

/** The controller's words about a class without a provisioner. */
const MAKES_NONE = /no volume plugin matched|no-provisioner/i;

/** Nothing makes a volume for it: its class is the empty one, or makes none, or there is no class to take. */
function takesOnlyWhatIsThere({ claim, workload: { cluster } }: Waiting): boolean {
  const { storageClassName: wanted } = recordAt(claim, 'spec');
  if (wanted === '') return true;
  if (typeof wanted !== 'string')
    return cluster.isRecorded('StorageClass', null) && !cluster.list('StorageClass').some(isDefaultClass);
  return cluster.get('StorageClass', null, wanted)?.['provisioner'] === 'kubernetes.io/no-provisioner';
}

function volumeMissing(waiting: Waiting, name: string): Why {
  return {
    cause: 'volume-missing',
    clause: prose`it names PersistentVolume ${name}, which does not exist`,
    blames: fieldIn(waiting, 'volumeName'),
    advice: [
      prose`Create PersistentVolume ${name}, or name one that exists: kubectl get pv. ${waiting.source?.remake ?? ownText('')}`,
    ],
  };
}

function noVolume(waiting: Waiting): Why {
  const { claim, workload } = waiting;
  const { storageClassName: wanted } = recordAt(claim, 'spec');
  const volumes = workload.cluster.list('PersistentVolume');
  const size = String(recordAt(claim, 'spec', 'resources', 'requests')['storage']);
  return {
    cause: 'no-volume-available',
    clause:
      wanted === ''
        ? prose`it takes only volumes that exist (${'storageClassName: ""'}), and none that is free fits`
        : prose`its StorageClass ${String(wanted)} makes no volumes, and none that is free fits`,
    because: [
      volumes.length === 0
        ? prose`No PersistentVolume is on record.`
        : prose`${volumes.length} PersistentVolumes are on record; each differs in more than one point, or is taken.`,
    ],
    blames: fieldIn(waiting, 'storageClassName'),
    advice: [
      prose`Create a PersistentVolume of ${size} for it, or set storageClassName to a class that makes volumes: ${classesIn(workload.cluster)}. ${waiting.source?.remake ?? ownText('')}`,
    ],
  };
}

/** Words of provisioners; the first that matches tells what to do. */
const REFUSALS: readonly (readonly [RegExp, string | null, Prose])[] = [
  [
    /exceeded quota|QuotaExceeded|quota exceeded|ResourceExhausted|LimitExceeded|not enough free storage|no space left|insufficient (?:capacity|storage)/i,
    'resources.requests.storage',
    prose`Free space or raise the quota of the storage, or ask for less.`,
  ],
  [
    /UnauthorizedOperation|AccessDenied|AuthorizationFailed|permission denied|not authorized|Forbidden|Unauthenticated|InvalidClientTokenId/i,
    null,
    prose`Give the provisioner the rights that the message names: its role, or the Secret with its credentials.`,
  ],
  [
    /failed to get (?:provisioner )?secret|secrets? "[^"]+" not found/i,
    'storageClassName',
    prose`Create the Secret that the parameters of the StorageClass name.`,
  ],
  [
    /no (?:topology|available zone)|zone|availability/i,
    'storageClassName',
    prose`Compare allowedTopologies of the StorageClass with the zones of the nodes: kubectl get nodes -L topology.kubernetes.io/zone.`,
  ],
  [
    /invalid (?:argument|parameter)|InvalidArgument|InvalidParameter|unknown parameter/i,
    'storageClassName',
    prose`Correct the parameters of the StorageClass: kubectl get storageclass -o yaml.`,
  ],
  [
    /DeadlineExceeded|deadline exceeded|connection refused|Unavailable|i\/o timeout|no such host/i,
    'storageClassName',
    prose`Check that the storage behind the provisioner answers, and the log of its controller.`,
  ],
];

const MODE_REFUSED =
  /only supports? (?:ReadWriteOnce|\[?RWO)|MULTI_NODE_MULTI_WRITER|access ?modes? .{0,80}(?:not supported|unsupported)|(?:not supported|unsupported|invalid) .{0,40}access ?mode|volume capabilit\w* .{0,60}not supported/i;

function* provisioningFailed(waiting: Waiting, message: string, ask: Ask): Asking<Why> {
  if (MODE_REFUSED.test(message)) return yield* modeUnsupported(waiting, message, ask);
  const [, field, advice] = REFUSALS.find(([pattern]) => pattern.test(message)) ?? [
    null,
    'storageClassName',
    null,
  ];
  const { name, namespace } = waiting.claim.metadata;
  return {
    cause: 'provisioning-failed',
    clause: prose`its provisioner cannot make a volume${saying(shortened(message))}`,
    blames: field === null ? [] : fieldIn(waiting, field),
    advice: [
      advice ?? prose`Act on what the provisioner says: kubectl describe pvc ${name} -n ${namespace ?? ''}`,
    ],
  };
}

function* modeUnsupported(waiting: Waiting, message: string, ask: Ask): Asking<Why> {
  const { claim, source } = waiting;
  const asked = recordAt(claim, 'spec')['accessModes'];
  const mode = Array.isArray(asked) ? String(asked[0]) : '';
  const [at] = fieldIn(waiting, 'accessModes[0]');
  const former = at ? yield* formerValueOf(ask, at, mode) : null;
  const isBack = former?.before !== undefined && former.before !== mode && source !== null;
  return {
    cause: 'access-mode-unsupported',
    clause: prose`its provisioner does not make volumes for access mode ${mode}${saying(shortened(message))}`,
    blames: fieldIn(waiting, 'accessModes[0]'),
    advice: isBack
      ? []
      : [
          prose`Ask for ReadWriteOnce if one node at a time is enough, or take a StorageClass whose storage is shared, such as NFS. ${source?.remake ?? ownText('')}`,
        ],
    ...(isBack && {
      draft: takenBack(changeIn(waiting, 'accessModes[0]', former.before!), former.commit, source.remake),
    }),
  };
}

function notProvisioned(waiting: Waiting, said: string): Why {
  const { claim, workload } = waiting;
  const { cluster } = workload;
  const wanted = recordAt(claim, 'spec')['storageClassName'];
  const one = typeof wanted === 'string' ? cluster.get('StorageClass', null, wanted) : undefined;
  const [, named] = /external provisioner ["']([^"']+)["']/i.exec(said) ?? [];
  const provisioner = named ?? (typeof one?.['provisioner'] === 'string' ? one['provisioner'] : null);
  const since = parseTime(claim.metadata.creationTimestamp);
  const when = since === null ? ownText('') : prose` since ${describeTime(since)}`;
  return {
    cause: 'not-provisioned',
    clause: provisioner
      ? prose`provisioner ${provisioner} has not made a volume${when}`
      : prose`nothing has made a volume for it${when}, and no event says why`,
    blames: fieldIn(waiting, 'storageClassName'),
    advice: [
      provisioner
        ? prose`Check that provisioner ${provisioner} runs: kubectl get pods -A | grep -i csi, kubectl get csidrivers.`
        : prose`See what the claim waits for: kubectl describe pvc ${claim.metadata.name} -n ${claim.metadata.namespace ?? ''}`,
    ],
    certainty: 0.5,
  };
}
