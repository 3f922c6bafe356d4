import type { KubernetesObject } from '../kubernetes/objects.ts';
import type { Rendered, RenderedObject, RenderFailure } from '../renderers/rendering.ts';
import type { Clue } from './clues/clue.ts';
import { clueOf } from './clues/of-root.ts';
import type { Revision } from './revision.ts';
import { bareChart, UNNAMED_RELEASE, type HelmRoot, type Root } from './roots.ts';
import { isBare } from './same-root.ts';
import { matchesWanted, type Wanted } from './wanted.ts';

/** A root that renders the object. */
export interface Match {
  readonly root: Root;
  readonly rendered: RenderedObject;
  /** Why another root may be meant, one that could not be rendered; left out where none may be. */
  readonly doubt?: string;
  /** Other roots that are meant too: those that declare the same release. */
  readonly twins?: readonly Root[];
}

/** A root that may hold the object, and could not be rendered. */
export interface Unrendered {
  readonly root: Root;
  readonly failure: RenderFailure;
  readonly clue: Clue;
}

export interface Found {
  readonly matches: readonly Match[];
  readonly failures: readonly Unrendered[];
}

/**
 * Renders the roots that may hold the object, and keeps those that do. What nothing ties to the object is rendered only where no other
 * root holds it.
 *
 * @param isThere whether it is known that one of the roots holds it, whatever their files speak of
 */
export async function findObject(
  revision: Revision,
  wanted: Wanted,
  among?: readonly Root[],
  isThere = false,
): Promise<Found> {
  const roots = among ?? (await revision.allRoots());
  const clues = cluesOf(revision, roots, wanted, isThere);
  const isTied = ({ clue }: { readonly clue: Clue }): boolean => clue !== 'open' || wanted.name === undefined;
  const tied = await foundIn(revision, clues.filter(isTied), wanted);
  if (tied.matches.length > 0) return tied;
  const open = await foundIn(
    revision,
    clues.filter((one) => !isTied(one)),
    wanted,
  );
  return { matches: open.matches, failures: [...tied.failures, ...open.failures] };
}

interface Tied {
  readonly root: Root;
  readonly clue: Clue;
}

/** By the roots of a revision: one object is looked for again and again. */
const KNOWN = new WeakMap<Revision, WeakMap<readonly Root[], Map<string, readonly Tied[]>>>();
/** Objects whose roots are kept. */
const MOST_KNOWN = 2_000;

/** The roots that may hold the object, by what their files tell. */
function cluesOf(
  revision: Revision,
  roots: readonly Root[],
  wanted: Wanted,
  isThere: boolean,
): readonly Tied[] {
  const ofRevision = KNOWN.get(revision) ?? new WeakMap<readonly Root[], Map<string, readonly Tied[]>>();
  KNOWN.set(revision, ofRevision);
  const known = ofRevision.get(roots) ?? new Map<string, readonly Tied[]>();
  ofRevision.set(roots, known);
  const key = JSON.stringify([wanted, isThere]);
  const found =
    known.get(key) ??
    roots.flatMap((root) => {
      const clue = clueOf(revision, root, wanted) ?? (isThere ? 'open' : null);
      return clue === null ? [] : [{ root, clue }];
    });
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, found);
  return found;
}

async function foundIn(revision: Revision, among: readonly Tied[], wanted: Wanted): Promise<Found> {
  const results = await Promise.all(
    among.map(async ({ root, clue }) => {
      const result = await matchesIn(revision, root, wanted);
      return 'kind' in result ? { root, clue, failure: result } : result;
    }),
  );
  return {
    matches: results.flatMap((result) => ('failure' in result ? [] : result)),
    failures: results.flatMap((result) => ('failure' in result ? [result] : [])),
  };
}

async function matchesIn(
  revision: Revision,
  root: Root,
  wanted: Wanted,
): Promise<readonly Match[] | RenderFailure> {
  const rendering = await revision.render(root);
  if (rendering.kind === 'failed') return rendering;
  const matches = matching(root, rendering, wanted);
  if (!isBare(root) || (matches.length > 0 && wanted.release === undefined)) return matches;
  return matchesInReleases(revision, root, rendering, wanted);
}

function matching(root: Root, { objects }: Rendered, wanted: Wanted): readonly Match[] {
  return objects
    .filter(({ text }) => text.includes(wanted.kind))
    .filter(({ object }) => matchesWanted(object, wanted) && mayGoTo(root, object, wanted))
    .map((rendered) => ({ root, rendered }));
}

/** Where a manifest names no namespace, whoever applies it says which. */
function mayGoTo({ declared }: Root, { metadata }: KubernetesObject, { namespace }: Wanted): boolean {
  const destination = declared?.plan.namespace ?? null;
  const isOpen = metadata.namespace !== undefined || destination === null || typeof namespace !== 'string';
  return isOpen || namespace === destination;
}

/**
 * Nothing says under which name a chart is installed, and that name is part of the names that it renders: those are tried
 * that would give the wanted one.
 */
async function matchesInReleases(
  revision: Revision,
  root: HelmRoot,
  unnamed: Rendered,
  wanted: Wanted,
): Promise<readonly Match[]> {
  for (const name of releaseNames(root, unnamed, wanted)) {
    const release = { name, namespace: wanted.namespace ?? UNNAMED_RELEASE.namespace };
    const named = bareChart(root.closure, release);
    const rendering = await revision.render(named);
    const matches = rendering.kind === 'rendered' ? matching(named, rendering, wanted) : [];
    if (matches.length > 0) return matches;
  }
  return [];
}

function releaseNames(
  { closure }: HelmRoot,
  unnamed: Rendered,
  { kind, name, release }: Wanted,
): readonly string[] {
  if (release !== undefined) return [release];
  if (name === undefined) return [];
  const derived = unnamed.objects
    .map(({ object }) => object)
    .filter((object) => object.kind === kind)
    .flatMap((object) => {
      const [before, after] = object.metadata.name.split(UNNAMED_RELEASE.name);
      return before !== undefined && after !== undefined && name.startsWith(before) && name.endsWith(after)
        ? [name.slice(before.length, name.length - after.length)]
        : [];
    });
  // Charts leave their own name out where the release's contains it.
  const [chart] = closure.parts;
  const prefixes = [...name.matchAll(/-/g)].map(({ index }) => name.slice(0, index));
  const names = [...derived, UNNAMED_RELEASE.name, chart?.name ?? '', name, ...prefixes];
  return [...new Set(names)].filter((one) => /^[a-z0-9]([-a-z0-9.]{0,51}[a-z0-9])?$/.test(one)).slice(0, 8);
}
