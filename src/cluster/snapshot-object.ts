import { refOf, sameObject, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { maskedObject } from '../untrusted/masked.ts';
import { keepManagers } from './essentials.ts';
import { readObjects } from './read-objects.ts';
import { objectFiles, readRegular, type Snapshot } from './snapshot-files.ts';

/** One object of a recorded cluster with its managed fields, where `--show-managed-fields` recorded them. */
export async function recordedObject(snapshot: Snapshot, ref: ObjectRef): Promise<KubernetesObject | null> {
  // What cannot be read was told when all of it was.
  const quiet: Snapshot = { ...snapshot, problems: [] };
  for (const file of await objectFiles(quiet)) {
    const content = await readRegular(quiet, file);
    if (content === null || !content.includes(ref.name)) continue;
    const found = readObjects(content, file, keepManagers).objects.find((object) =>
      sameObject(refOf(object), ref),
    );
    if (found) return maskedObject(found);
  }
  return null;
}
