import { sameValue } from '../kubernetes/compare.ts';
import { differences } from '../proof/compare.ts';
import type { Json, KubernetesObject } from '../kubernetes/objects.ts';
import { findObject, type Match, type Wanted } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { Root } from '../sources/roots.ts';
import type { Declined } from './located.ts';
import { declined } from './declined.ts';
import type { FileProblem } from '../renderers/rendering.ts';

/** Which rendered object is meant. */
export interface Target {
  readonly wanted: Wanted;
  /** The object as it lives in the cluster, to tell apart roots that render the same name. */
  readonly live: KubernetesObject | null;
  /** Only these roots: named by the caller, or by the mapping for this cluster. */
  readonly roots: readonly Root[] | null;
}

/** The one root that renders the object, or why there is none. */
export async function chooseSource(
  revision: Revision,
  target: Target,
): Promise<{ kind: 'chosen'; match: Match } | Declined> {
  const { wanted, live, roots } = target;
  const name = `${wanted.kind} ${wanted.namespace ? `${wanted.namespace}/` : ''}${wanted.name}`;
  const { matches, failures } = await findObject(revision, wanted, roots ?? undefined);
  const [first] = matches;
  if (!first) {
    const [failed] = failures;
    if (failed)
      return declined(
        'render-failed',
        `${failed.root.path} may hold ${name} but could not be rendered: ${failed.failure.message}`,
        failures.map(({ root }) => root.path),
      );
    const unreadable = unreadableMentions(revision, wanted, roots ?? revision.roots.all);
    if (unreadable.length > 0) {
      const [{ file, line, message }] = unreadable as [FileProblem];
      return declined(
        'unreadable-file',
        `${file}${line === null ? '' : `:${line}`} may hold ${name}, and ${message}`,
        unreadable.map((problem) => problem.file),
      );
    }
    return declined('object-not-found', `${name} is not rendered by any root of this repository`);
  }
  const candidates = matches.length === 1 ? matches : closest(matches, live);
  const [chosen] = candidates;
  if (chosen && candidates.length === 1) {
    // A root that the tool refuses cannot be what is deployed; one that needs the network can.
    const deployable = live === null ? failures : failures.filter(({ failure }) => failure.code !== 'error');
    const certain =
      roots !== null ||
      (live !== null && chosen.rendered.object.metadata.namespace === live.metadata.namespace);
    const [failed] = deployable;
    if (!failed || certain) return { kind: 'chosen', match: chosen };
    return declined(
      'render-failed',
      `${name} is in ${chosen.root.path}, but ${failed.root.path} may hold it too and could not be rendered: ${failed.failure.message}`,
      [chosen.root.path, failed.root.path],
    );
  }
  const paths = candidates.map((match) => describe(match));
  return declined(
    'several-sources',
    `${name} is rendered by ${paths.join(' and ')}, and nothing tells which one this is`,
    paths,
  );
}

/** Manifests that speak of the kind and the name, and cannot be read. */
function unreadableMentions(
  revision: Revision,
  { kind, name }: Wanted,
  roots: readonly Root[],
): readonly FileProblem[] {
  return roots
    .flatMap((root) => (root.kind === 'plain' ? root.files : []))
    .flatMap((file) => {
      const { problem } = revision.manifests(file);
      const content = problem && revision.tree.read(file);
      return problem && content?.includes(kind) && content.includes(name ?? '') ? [problem] : [];
    });
}

function describe({ root, rendered }: Match): string {
  return rendered.origin ? rendered.origin.file : root.path;
}

/** The matches that no other match is closer to the live object than: fewer differences, and only such as the other has too. */
function closest(matches: readonly Match[], live: KubernetesObject | null): readonly Match[] {
  if (live === null) return matches;
  const gaps = matches.map(({ rendered }) => gapsOf(rendered.object, live));
  const best = matches.filter((_, index) =>
    gaps.every((other, at) => at === index || isProperSubset(gaps[index]!, other)),
  );
  return best.length === 1 ? best : matches;
}

function isProperSubset(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size < b.size && [...a].every((gap) => b.has(gap));
}

/** Fields that the manifest sets and the live object has with another meaning. What only the live object has was added by the cluster. */
function gapsOf(rendered: KubernetesObject, live: KubernetesObject): ReadonlySet<string> {
  const gaps = differences(rendered as unknown as Json, live as unknown as Json)
    .filter(
      ({ path, before, after }) =>
        before !== undefined && path[0] !== 'status' && !sameValue(path, after, before),
    )
    .map(({ path }) => JSON.stringify(path));
  return new Set(gaps);
}
