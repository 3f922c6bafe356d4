import { recordAt, recordsOf, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { podSpecPath, type Container, type PodSpec } from '../kubernetes/workloads.ts';
import { quoted } from '../model/evidence.ts';
import { prose } from '../untrusted/prose.ts';
import type { Statement } from './statement.ts';

/** A memory-backed emptyDir that a container mounts: what is written there counts towards its limit. */
export interface InMemoryVolume {
  readonly name: string;
  readonly mountPath: string;
  /** As written; null without one. */
  readonly sizeLimit: string | null;
  /** Bytes; null without one. */
  readonly size: number | null;
}

/** Source: https://kubernetes.io/docs/concepts/storage/volumes/#emptydir */
export function inMemoryVolumes(container: Container, pod: PodSpec | undefined): readonly InMemoryVolume[] {
  return recordsOf(container.volumeMounts).flatMap(({ name, mountPath, readOnly }) => {
    const volume = recordsOf(pod?.volumes).find((one) => one.name === name);
    const emptyDir = recordAt(volume, 'emptyDir');
    if (emptyDir['medium'] !== 'Memory' || readOnly === true) return [];
    const text = emptyDir['sizeLimit'];
    return [
      {
        name,
        mountPath: String(mountPath),
        sizeLimit: text === undefined || text === null ? null : String(text),
        size: parseQuantity(text),
      },
    ];
  });
}

/** Share of the limit from which on a volume can be what fills it. */
const LARGE_VOLUME = 0.25;

/** The first volume whose files may take much of the limit. */
export function largeVolume(volumes: readonly InMemoryVolume[], limit: number): InMemoryVolume | undefined {
  return volumes.find(({ size }) => size === null || size >= LARGE_VOLUME * limit);
}

/** What such a volume means for a limit, which is `limit` as it is written. */
export function volumeAgainst(
  { name, mountPath, sizeLimit }: InMemoryVolume,
  owner: KubernetesObject,
  limit: string,
): Statement {
  const field = `${podSpecPath(owner.kind)}.volumes[name=${name}].emptyDir`;
  const fields = sizeLimit === null ? [`${field}.medium`] : [`${field}.sizeLimit`, `${field}.medium`];
  const written = `medium: Memory, sizeLimit: ${sizeLimit ?? 'none'}`;
  return {
    says: prose`What is written to ${mountPath} stays in memory, counts towards the limit of ${limit}, and survives a restart of the container, because the volume belongs to the pod. The metrics do not tell files in the volume from memory of the program.`,
    evidence: [quoted('object', owner, null, `volumes[name=${name}].emptyDir: ${written}`)],
    blames: fields.map((one) => ({ object: refOf(owner), field: one })),
    advice: [
      sizeLimit === null
        ? prose`Set sizeLimit on volume ${name} well below the memory limit of ${limit}, or use an emptyDir on disk (without medium: Memory).`
        : prose`Make the memory limit at least the sizeLimit of ${sizeLimit} plus what the program needs, or lower sizeLimit.`,
    ],
  };
}
