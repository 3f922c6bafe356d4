import { open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogRequest } from '../model/cluster-state.ts';
import { LOG_TAIL, maskedLogTail, type MaskedText } from '../untrusted/masked.ts';
import { fileKind, isInside, type Snapshot } from './snapshot-files.ts';

export async function readLog({ root, isFolder }: Snapshot, request: LogRequest): Promise<MaskedText | null> {
  const file = isFolder ? logFile(request) : null;
  if (file === null) return null;
  try {
    const path = await realpath(join(root, file));
    return isInside(root, path) && (await fileKind(path)).isFile ? await readTail(path) : null;
  } catch {
    return null;
  }
}

/** Where a recording has a log; null where a name would lead out of the folder. */
export function logFile({ namespace, pod, container, previous }: LogRequest): string | null {
  if (![namespace, pod, container].every(isPathComponent)) return null;
  return join('logs', namespace, pod, `${container}${previous ? '.previous' : ''}.log`);
}

/** Names come from objects, that is from outside; none may lead out of the folder. */
function isPathComponent(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name);
}

/** The last 256 KiB, from the start of a line. */
async function readTail(path: string): Promise<MaskedText> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - LOG_TAIL);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
    return maskedLogTail(buffer.subarray(0, bytesRead), start === 0);
  } finally {
    await file.close();
  }
}
