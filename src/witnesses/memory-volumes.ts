import { recordAt, recordsOf } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import type { Container, PodSpec } from '../kubernetes/workloads.ts';

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
