import type { Edit } from '../edits/edit.ts';
import { fieldOf, isScalarValue, type Field } from '../kubernetes/field.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import { groupOf, refOf, type KubernetesObject, type Scalar } from '../kubernetes/objects.ts';
import { sitesOfField } from '../locate/candidates.ts';
import { patchFiles } from '../locate/own-layers.ts';
import type { Replacement } from '../locate/replacements.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import { asWritten } from './as-written.ts';
import { identitySites } from './identity-sites.ts';
import { patchReferences } from './patch-references.ts';
import { renderedWith } from './rendered-with.ts';
import { waysToTakeOut } from './take-out.ts';
import { transformerSites } from './transformer-sites.ts';

/** Layers that are looked for below one field. */
const MOST_LAYERS = 12;

type FoundSite = Replacement['site'];

/** Places that together give the field its value once the layers before are gone. */
export interface FoundLayer {
  readonly sites: readonly FoundSite[];
  readonly value: Scalar;
}

/** The field in a tree from which the layers before were taken. */
interface Standing {
  readonly revision: Revision;
  readonly match: Match;
  readonly field: Field;
  readonly sites: readonly FoundSite[];
}

/**
 * All layers that set a field, the winning one first. What wins is found as `locate` finds it; then it is taken out of the tree, and
 * what wins now is the next layer: each was seen in a render of its own. It ends where the field is gone, or nothing renders any more.
 * Of a value that is put together from several places, each place is taken out alone.
 *
 * @param sites those of the winning layer
 */
export async function findLayers(
  revision: Revision,
  match: Match,
  field: Field,
  sites: readonly FoundSite[],
): Promise<readonly FoundLayer[]> {
  const winning: Standing = { revision, match, field, sites: distinctSites(sites) };
  const layers: FoundLayer[] = [{ sites: winning.sites, value: field.value as Scalar }];
  // A manifest that renders as it is has nothing below it.
  if (match.rendered.origin) return layers;
  const seen = new Set(winning.sites.map(placeOf));
  const parts = winning.sites.map((site) => ({ ...winning, sites: [site] }));
  for (const start of parts.length > 1 ? [...parts, winning] : parts) {
    // All at once only where one at a time shows nothing.
    if (start === winning && layers.length > 1) break;
    let here = await below(start, seen);
    while (here !== null && layers.length < MOST_LAYERS) {
      layers.push({ sites: here.sites, value: here.field.value as Scalar });
      for (const site of here.sites) seen.add(placeOf(site));
      here = await below(here, seen);
    }
  }
  return layers;
}

/** The places that set a field of a rendered object, also those that `locate` does not change. */
export async function sitesSetting(
  revision: Revision,
  match: Match,
  field: Field,
): Promise<readonly FoundSite[]> {
  for (const find of [sitesOfField, transformerSites, identitySites]) {
    const sites = await find(revision, match, field);
    if (sites.length > 0) return sites;
  }
  return [];
}

/** The field without the places that set it now; null where nothing else sets it, or that cannot be seen. */
async function below(standing: Standing, seen: ReadonlySet<string>): Promise<Standing | null> {
  for (const edits of removals(standing)) {
    const found = await without(standing, edits);
    if (found === null || isRemainder(standing, found.field)) continue;
    const sites = await sitesSetting(found.revision, found.match, found.field);
    const fresh = distinctSites(sites).filter((site) => !seen.has(placeOf(site)));
    if (fresh.length > 0) return { ...found, sites: fresh };
  }
  return null;
}

/** What stays of a text when a part of it goes is no value that anything sets: `shop/cart:` of `shop/cart:2.15.1`. */
function isRemainder({ revision, field, sites }: Standing, left: Field): boolean {
  return sites.some((site) => {
    const { written } = asWritten(revision, site);
    const part = written === undefined || written === null ? '' : String(written);
    return (
      part !== '' && String(field.value) !== part && String(field.value).replace(part, '') === left.value
    );
  });
}

/** Ways to take all places out at once, the narrowest first. */
function removals({ revision, match: { root }, sites }: Standing): readonly (readonly Edit[])[] {
  const patches = root.kind === 'kustomize' ? patchFiles(revision, root) : new Set<string>();
  const ways = sites.map((site) => {
    const isResource =
      root.kind !== 'helm' &&
      isManifest(revision, site.file) &&
      !patches.has(site.file) &&
      !site.path.includes(' > ');
    return [
      ...waysToTakeOut(revision, site, isResource),
      ...(root.kind === 'kustomize' && patches.has(site.file)
        ? patchReferences(revision, root, site.file)
        : []),
    ];
  });
  const most = Math.max(0, ...ways.map((own) => own.length));
  return Array.from({ length: most }, (_, index) =>
    distinct(ways.flatMap((own) => own[Math.min(index, own.length - 1)] ?? [])),
  );
}

function isManifest(revision: Revision, file: string): boolean {
  return revision.manifests(file).objects.length > 0;
}

async function without(
  { revision, match, field }: Standing,
  edits: readonly Edit[],
): Promise<Omit<Standing, 'sites'> | null> {
  const after = await renderedWith(revision, { root: match.root, edits });
  if (!after) return null;
  const { revision: edited, root } = after;
  const isNamespace = field.text === 'metadata.namespace';
  const rendered = after.objects.find(({ object }) => isSame(object, match.rendered.object, isNamespace));
  const found = rendered && fieldOf(rendered.object, field.text);
  if (!found || found.value === undefined || found.value === null || !isScalarValue(found.value)) return null;
  return { revision: edited, match: { ...match, root, rendered }, field: found };
}

/** What a generator makes has another name when its content changes. */
function isSame(one: KubernetesObject, other: KubernetesObject, inAnyNamespace: boolean): boolean {
  const [a, b] = [refOf(one), refOf(other)];
  return (
    groupOf(a.apiVersion) === groupOf(b.apiVersion) &&
    a.kind === b.kind &&
    (inAnyNamespace || a.namespace === b.namespace) &&
    withoutHash(a.name) === withoutHash(b.name)
  );
}

function distinct(edits: readonly Edit[]): readonly Edit[] {
  return [...new Map(edits.map((edit) => [JSON.stringify(edit), edit])).values()];
}

/** Two objects that declare one release may lead to one line. */
function distinctSites(sites: readonly FoundSite[]): readonly FoundSite[] {
  return [...new Map(sites.map((site) => [placeOf(site), site])).values()];
}

function placeOf({ file, line, column }: FoundSite): string {
  return `${file}:${line}:${column}`;
}
