import type { Repository } from '../git/repository.ts';
import { placesOfField, noPlace, type PlacesOfField } from '../locate/site-of-field.ts';
import type { Target } from '../locate/target.ts';
import type { Declined } from '../model/declined.ts';
import type { Blame, FieldLayer, PastValue } from '../model/layers.ts';
import type { LocatedSite } from '../model/located.ts';
import type { Renderers } from '../renderers/renderers.ts';
import { History } from '../sources/history.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import { findLayers, sitesSetting } from './find-layers.ts';
import { layerKind, layerOrigin } from './layer-kind.ts';
import { asWritten } from './as-written.ts';
import { LineAuthors, writtenAt } from './line-author.ts';

/** What a blame needs beside the files: commits, and a way to render them. */
export interface BlameInput {
  readonly revision: Revision;
  readonly repository: Repository;
  readonly renderers: Renderers;
}

/** Values of the past that are told. */
const MOST_VALUES = 8;

/**
 * Which places set a field of a rendered object, who wrote them, and what the field was before. The winning place is the one that
 * `locate` names.
 */
export async function blame(input: BlameInput, target: Target, field: string): Promise<Blame | Declined> {
  const found = await placesOfField(input.revision, target, field);
  if (found.kind === 'declined') return found;
  return found.kind === 'site' ? likely(input, found) : rendered(input, found);
}

/** No render shows the object: there is one line that seems to set the field. */
async function likely(input: BlameInput, { object, field, before, site }: LocatedSite): Promise<Blame> {
  const authors = new LineAuthors(input.repository, input.renderers, input.revision);
  const layer: FieldLayer = {
    site,
    kind: site.renderer !== 'helm' ? 'file' : site.path.startsWith('spec.') ? 'inline-values' : 'values-file',
    origin: null,
    value: before,
    written: writtenAt(input.revision, site),
    wins: true,
    isConfirmed: false,
    ...(await authors.of(site)),
  };
  const value = before;
  return { ...blameOf(input, { object, field, value }), layers: [layer], history: [] };
}

async function rendered(input: BlameInput, found: PlacesOfField): Promise<Blame | Declined> {
  const { revision } = input;
  const { matches, object, field, value } = found;
  const [match] = matches;
  const sites = found.sites.length > 0 ? found.sites : await sitesSetting(revision, match, field);
  if (sites.length === 0) return noPlace(field);
  const layers = await findLayers(revision, match, field, sites);
  const authors = new LineAuthors(input.repository, input.renderers, revision);
  const { root } = match;
  const placed = layers.flatMap((layer, index) =>
    layer.sites.map(async (found): Promise<FieldLayer> => {
      const { path, written } = asWritten(revision, found);
      const site = { ...found, path };
      const author = await authors.of(site);
      return {
        site: { ...site, renderer: root.kind, root: root.path },
        kind: layerKind(revision, root, site),
        origin: layerOrigin(revision, root, site),
        value: layer.value,
        written,
        wins: index === 0,
        isConfirmed: true,
        ...author,
      };
    }),
  );
  return {
    ...blameOf(input, { object, field: field.text, value }),
    layers: await Promise.all(placed),
    history: await historyOf(input, match, field.text),
  };
}

function blameOf(
  { repository }: BlameInput,
  about: Pick<Blame, 'object' | 'field' | 'value'>,
): Omit<Blame, 'layers' | 'history'> {
  const { head, remote } = repository;
  return { kind: 'blame', ...about, head: head?.sha ?? null, remote, live: null };
}

/** The values of the field in the rendered sense, newest first. */
async function historyOf(
  { repository, renderers }: BlameInput,
  match: Match,
  field: string,
): Promise<readonly PastValue[]> {
  const { head } = repository;
  const versions = await new History(repository, renderers).fieldVersions(match, field, MOST_VALUES);
  if (!head || versions === null) return [];
  return Promise.all(
    versions.map(async ({ value, commit }) => ({
      value,
      commit,
      pullRequest: await repository.pullRequestOf(commit, head.sha),
    })),
  );
}
