import type { Json, Path, Source } from './sources.ts';
import { lineOf, lineOfValue, misspelled, withScalar } from './sources.ts';

/** What a kind of breakage has to choose from: one root of the base as it is written and as the tool renders it. */
export interface Ground {
  /** Documents of kinds, of every file that the root reads. */
  readonly manifests: readonly Source[];
  readonly kustomizations: readonly Source[];
  readonly rendered: readonly Json[];
  readonly textOf: (file: string) => string | null;
  readonly random: () => number;
}

/** One edit that is known to be wrong, or, where no cause is expected, known to be harmless. */
export interface Breakage {
  /** What was done, for people. */
  readonly what: string;
  /** Files as they become; null: removed. */
  readonly files: Readonly<Record<string, string | null>>;
  /** Lines of the head at which a person would look for the mistake. */
  readonly right: (head: Head) => readonly Place[];
  /** Whether what is rendered now shows the mistake: an edit that an overlay hides breaks nothing. Null: the root no longer renders. */
  readonly shows: (rendered: readonly Json[] | null) => boolean;
}

export interface Place {
  readonly file: string;
  readonly line: number | null;
}

/** Manifests as they are after an edit. */
export interface Head {
  readonly manifests: readonly Source[];
}

export interface Kind {
  readonly name: string;
  /** `rule/cause` of findings that name this mistake; null for a harmless change. */
  readonly finds: RegExp | null;
  /** Whether only a cluster can tell. */
  readonly needsCluster?: boolean;
  readonly candidates: (ground: Ground) => readonly (() => Breakage | null)[];
}

/** An edit of one scalar, at whose line the mistake is. */
export function scalarWritten(
  source: Source,
  path: Path,
  written: string,
  shows: Breakage['shows'],
  also: Breakage['right'] = () => [],
): Breakage | null {
  const text = withScalar(source, path, written);
  if (text === null) return null;
  const { file } = source;
  return {
    what: `${source.value.kind ?? 'kustomization'} ${source.value.metadata?.name ?? ''} ${path.join('.')}: ${written}`,
    files: { [file]: text },
    right: (head) => [{ file, line: lineOfValue(source, path) }, ...also(head)],
    shows,
  };
}

/** The name at a path with one slip, where the slip reaches what is rendered. */
export function nameMisspelled(source: Source, path: Path, name: string, ground: Ground): Breakage | null {
  const wrong = misspelled(name, ground.random);
  // A slip that meets another name is no mistake that anybody could see.
  if (holds(ground.rendered, wrong)) return null;
  return scalarWritten(source, path, wrong, (rendered) => rendered !== null && holds(rendered, wrong));
}

export function holds(rendered: readonly Json[], text: string): boolean {
  return JSON.stringify(rendered).includes(`${text}"`);
}

export function placeOf(source: Source, path: Path): Place {
  return { file: source.file, line: lineOf(source, path) };
}

export function workloadsIn({ manifests }: Ground): readonly Source[] {
  return manifests.filter(({ value }) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(value.kind));
}
