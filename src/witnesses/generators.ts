import { posix } from 'node:path';
import type { Ask, Asking } from '../model/ask.ts';
import type { WrittenLine } from '../model/need.ts';

const KUSTOMIZATIONS = new Set(['kustomization.yaml', 'kustomization.yml', 'Kustomization']);

export function isKustomizationFile(path: string): boolean {
  return KUSTOMIZATIONS.has(posix.basename(path));
}

/** The lines on which generators of these folders name what they make. */
export function* generatorLines(
  name: string,
  folders: readonly string[],
  ask: Ask,
): Asking<readonly WrittenLine[]> {
  const found = yield* ask.each(folders.map((folder) => ask.writtenLines(null, folder, name)));
  return found
    .flatMap((lines) => lines ?? [])
    .filter(({ file, text }) => isKustomizationFile(file) && isNameOf(text, name));
}

function isNameOf(line: string, name: string): boolean {
  const [, value] = /^(?:-\s+)?name:\s*["']?([^"'\s#]+)/.exec(line) ?? [];
  return value === name;
}

/** `deploy/config/kustomization.yaml:4` */
export function describeLine({ file, line }: WrittenLine): string {
  return `${file}:${line}`;
}
