import { getField, parseFieldPath, printFieldPath } from '../../kubernetes/field-path.ts';
import { refOf, recordAt, type Scalar } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Blame } from '../../model/finding.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { valueIn } from '../../witnesses/claim-source.ts';
import { formerValueOf } from '../../witnesses/former-value.ts';
import { capacityOf, missingLabels, modesOf, requestOf, type NearVolume } from './nearest-volume.ts';
import { changeIn, fieldIn, specEvidence, takenBack, type Draft, type Waiting, type Why } from './why.ts';

/** A field of the claim and the field of the volume that it is compared with. */
interface Sides {
  /** Below the claim's spec. */
  readonly ofClaim: string;
  /** In the volume. */
  readonly ofVolume: string;
  /** Whether the claim fits with this value in its field. */
  claimFits(value: Scalar | undefined): boolean;
  /** Whether the volume fits with this value in its field. */
  volumeFits(value: Scalar | undefined): boolean;
  /** What the volume says that the claim should have, whatever history knows. */
  readonly told?: Scalar | undefined;
}

/** The claim and the one volume that is near it: what differs, and which side git's last change made differ. */
export function* whyNotNear(waiting: Waiting, near: NearVolume, ask: Ask): Asking<Why> {
  const { claim } = waiting;
  const { cause, volume, says } = near;
  const evidence = [specEvidence(volume)];
  if (cause === 'volume-already-bound')
    return { cause, clause: says, evidence, blames: nameIn(waiting), advice: [adviceOnTaken(volume, claim)] };
  const sides = sidesOf(cause, volume, claim);
  const draft = sides && (yield* draftFor(waiting, volume, sides, ask));
  const field = sides?.ofClaim ?? 'selector.matchExpressions[0].key';
  return {
    cause,
    clause: says,
    evidence,
    blames: fieldIn(waiting, field),
    advice: draft
      ? []
      : [
          prose`Change ${field} of the claim to what PersistentVolume ${volume.metadata.name} has, or create a volume that fits. ${waiting.source?.remake ?? prose``}`,
        ],
    ...(draft && { draft }),
  };
}

function* draftFor(waiting: Waiting, volume: ClusterObject, sides: Sides, ask: Ask): Asking<Draft | null> {
  const { claim, source } = waiting;
  if (!source) return null;
  const { ofClaim, ofVolume, told } = sides;
  const [at] = fieldIn(waiting, ofClaim);
  const former = yield* formerValueOf(ask, at!, valueIn(claim, ofClaim));
  if (former && sides.claimFits(former.before))
    return takenBack(changeIn(waiting, ofClaim, former.before ?? null), former.commit, source.remake);
  const field = { object: refOf(volume), field: ofVolume };
  const now = (getField(volume, parseFieldPath(ofVolume)) ?? null) as Scalar;
  const earlier = former ? null : yield* formerValueOf(ask, field, now);
  if (earlier && sides.volumeFits(earlier.before))
    return takenBack(
      [changeOf<Scalar>(field.object, ofVolume, now, earlier.before ?? null)],
      earlier.commit,
      prose`The claim binds once the volume has it.`,
    );
  if (told === undefined) return null;
  return {
    changes: changeIn(waiting, ofClaim, told),
    because: prose`With that value the claim fits PersistentVolume ${volume.metadata.name}, which differs in nothing else.`,
    restsOn: prose`the one volume that is near`,
    factor: 0.85,
    advice: [source.remake],
  };
}

function sidesOf(cause: NearVolume['cause'], volume: ClusterObject, claim: ClusterObject): Sides | null {
  const [has, wanted] = [recordAt(volume, 'spec'), recordAt(claim, 'spec')];
  const [ofVolume, ofClaim] = [has['storageClassName'] ?? '', wanted['storageClassName'] ?? ''];
  switch (cause) {
    case 'storage-class-mismatch':
      return {
        ofClaim: 'storageClassName',
        ofVolume: 'spec.storageClassName',
        claimFits: (value) => (value ?? '') === ofVolume,
        volumeFits: (value) => (value ?? '') === ofClaim,
        told: String(ofVolume),
      };
    case 'access-mode-mismatch':
      return {
        ofClaim: 'accessModes[0]',
        ofVolume: 'spec.accessModes[0]',
        claimFits: (value) => modesOf(wanted).length === 1 && modesOf(has).includes(value),
        volumeFits: (value) => modesOf(wanted).every((mode) => mode === value),
      };
    case 'capacity-too-small':
      return {
        ofClaim: 'resources.requests.storage',
        ofVolume: 'spec.capacity.storage',
        claimFits: (value) => isWithin(value, capacityOf(volume)),
        volumeFits: (value) => isWithin(requestOf(claim), value),
      };
    case 'volume-mode-mismatch':
      return {
        ofClaim: 'volumeMode',
        ofVolume: 'spec.volumeMode',
        claimFits: (value) => (value ?? 'Filesystem') === (has['volumeMode'] ?? 'Filesystem'),
        volumeFits: (value) => (value ?? 'Filesystem') === (wanted['volumeMode'] ?? 'Filesystem'),
      };
    default:
      return selectorSides(volume, claim);
  }
}

/** Null where more than one label, or an expression, does not fit. */
function selectorSides(volume: ClusterObject, claim: ClusterObject): Sides | null {
  const [key, ...others] = missingLabels(volume, claim);
  if (key === undefined || others.length > 0) return null;
  const has = volume.metadata.labels?.[key];
  const selected = recordAt(claim, 'spec', 'selector', 'matchLabels')[key];
  return {
    ofClaim: printFieldPath(['selector', 'matchLabels', key]),
    ofVolume: printFieldPath(['metadata', 'labels', key]),
    claimFits: (value) => value === undefined || value === has,
    volumeFits: (value) => value !== undefined && value === selected,
    ...(has !== undefined && { told: has }),
  };
}

function isWithin(request: unknown, capacity: unknown): boolean {
  const [asked, offered] = [parseQuantity(request), parseQuantity(capacity)];
  return asked !== null && offered !== null && asked <= offered;
}

/** The claim itself: no field of its spec is at fault. */
function nameIn({ source, claim }: Waiting): readonly Blame[] {
  return source?.spec === 'spec' ? [{ object: refOf(claim), field: 'metadata.name' }] : [];
}

function adviceOnTaken(volume: ClusterObject, claim: ClusterObject): Prose {
  const { name } = volume.metadata;
  const holder = recordAt(volume, 'spec', 'claimRef');
  const isEarlier =
    holder['name'] === claim.metadata.name && holder['namespace'] === claim.metadata.namespace;
  return isEarlier
    ? prose`If the data of PersistentVolume ${name} is meant for the new claim, remove its claimRef: kubectl patch pv ${name} --type=json -p '[{"op":"remove","path":"/spec/claimRef"}]'.`
    : prose`Create another PersistentVolume for claim ${claim.metadata.name}, or delete PersistentVolumeClaim ${String(holder['namespace'])}/${String(holder['name'])} if nothing needs its data.`;
}
