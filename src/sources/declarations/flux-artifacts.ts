/**
 * Flux's ArtifactGenerators make an ExternalArtifact of some folders of a GitRepository
 * (https://fluxcd.io/flux/components/source/artifactgenerators/). As long as these folders lie in it as they lie in the
 * repository, below one of its folders, a path of the artifact is a path of the repository.
 */
import { posix } from 'node:path';
import { recordsOf as recordsIn, recordAt, type KubernetesObject } from '../../kubernetes/objects.ts';
import { isManifestPath, parseManifests } from '../../renderers/manifests.ts';
import { isEmpty } from './fields.ts';
import { referred, type FluxReading } from './flux-sources.ts';
import type { PlanContext } from './plan.ts';
import { containsText } from '../../tree/contains-text.ts';

export interface Behind {
  readonly reference: Readonly<Record<string, unknown>>;
  /** In the repository. */
  readonly path: string;
  readonly reading: FluxReading;
}

/** What a reference to a source leads to in the end: itself, unless it is an artifact that is made of a GitRepository. */
export async function behindArtifact(
  reference: Readonly<Record<string, unknown>>,
  path: string,
  reading: FluxReading,
): Promise<Behind> {
  const itself = { reference, path, reading };
  const ref = referred(reference, reading.object);
  if (ref.kind !== 'ExternalArtifact') return itself;
  for (const name of generatorsOf(ref.name, reading.context)) {
    const generator = await reading.context.lookUp('ArtifactGenerator', ref.namespace, name);
    const artifact = artifactsOf(generator).find((one) => one['name'] === ref.name);
    const top = artifact ? topOf(artifact) : null;
    const source =
      top && recordsIn(recordAt(generator, 'spec')['sources']).find(({ alias }) => alias === top.alias);
    if (generator && top && source)
      return {
        reference: source,
        path: posix.join(top.folder, path),
        reading: { ...reading, object: generator },
      };
  }
  return itself;
}

function artifactsOf(generator: KubernetesObject | null): readonly Readonly<Record<string, unknown>>[] {
  return recordsIn(recordAt(generator, 'spec')['artifacts']);
}

/** Names of generators that make an artifact of this name, for one cluster or another. */
function generatorsOf(artifact: string, { tree }: PlanContext): ReadonlySet<string> {
  const contents = tree.paths().flatMap((path) => {
    const content = isManifestPath(path) ? tree.read(path) : undefined;
    return content?.includes('ArtifactGenerator') && containsText(content, artifact)
      ? [[path, content] as const]
      : [];
  });
  const objects = contents.flatMap(([path, content]) => parseManifests(path, content).objects);
  return new Set(
    objects
      .map(({ object }) => object)
      .filter((object) => object.kind === 'ArtifactGenerator')
      .filter((object) => artifactsOf(object).some(({ name }) => name === artifact))
      .map(({ metadata }) => metadata.name),
  );
}

/** The folder that is the top of the artifact; null where its parts come from here and there. */
function topOf(
  artifact: Readonly<Record<string, unknown>>,
): { readonly alias: string; readonly folder: string } | null {
  const tops = recordsIn(artifact['copy']).map(({ from, to, exclude, strategy }) => {
    const [, alias, folder] = /^@([^/]+)\/(?:(.*)\/)?\*\*$/.exec(String(from)) ?? [];
    const [, within] = /^@artifact\/(.*)$/.exec(String(to)) ?? [];
    if (alias === undefined || within === undefined || !isEmpty(exclude) || !isEmpty(strategy)) return null;
    const [source, target] = [posix.join('.', folder ?? ''), posix.join('.', within).replace(/\/$/, '')];
    if (target === '.') return { alias, folder: source };
    return source.endsWith(`/${target}`)
      ? { alias, folder: source.slice(0, -target.length - 1) }
      : source === target
        ? { alias, folder: '.' }
        : null;
  });
  const [first] = tops;
  const isSame = (top: (typeof tops)[number]): boolean =>
    top?.alias === first?.alias && top?.folder === first?.folder;
  return first && tops.every(isSame) ? first : null;
}
