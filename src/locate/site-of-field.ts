import { fieldNamed } from '../kubernetes/field-path.ts';
import { fieldOf, isScalarValue, type Field } from '../kubernetes/field.ts';
import { refOf, type ObjectRef, type Scalar } from '../kubernetes/objects.ts';
import type { Revision } from '../sources/revision.ts';
import { sitesOfField } from './candidates.ts';
import type { Match } from '../sources/find.ts';
import { chooseSource } from './choose-source.ts';
import { unreadValues } from './helm/unread-values.ts';
import type { Target } from './target.ts';
import { declined, type Declined } from '../model/declined.ts';
import type { LocatedSite } from '../model/located.ts';
import { nearFieldText } from './near-field.ts';
import { haveOneSite, severalSources } from './several-sources.ts';
import { likelySite } from './unrendered/likely-site.ts';
import { isUnseen, notRendered } from './unrendered/not-rendered.ts';
import { nameOf, ownerOf, takenFromElsewhere } from './unrendered/owner.ts';
import { unknownIn } from './desired-fields.ts';

/** A field that a root of the repository renders, and all places that control it. */
export interface PlacesOfField {
  readonly kind: 'places';
  /** Several roots where one line sets the field in all of them. */
  readonly matches: readonly [Match, ...Match[]];
  readonly object: ObjectRef;
  readonly field: Field;
  readonly value: Scalar;
  /** None where nothing was found to control it. */
  readonly sites: Awaited<ReturnType<typeof sitesOfField>>;
}

/** The one place that controls a field as it is, or why there is none: several places are listed. */
export async function siteOfField(
  revision: Revision,
  target: Target,
  field: string,
): Promise<LocatedSite | Declined> {
  const found = await placesOfField(revision, target, field);
  if (found.kind !== 'places') return found;
  const { matches, object, field: named, value, sites } = found;
  const [site] = sites;
  if (!site) return noPlace(named);
  if (sites.length > 1)
    return declined(
      'several-sites',
      `${named.text} is put together from several places`,
      sites.map((one) => `${one.file}:${one.line}`),
    );
  const { root } = matches[0];
  return {
    kind: 'site',
    object,
    field: named.text,
    before: value,
    site: { ...site, renderer: root.kind, root: root.path },
  };
}

export function noPlace({ text }: Field): Declined {
  return declined('no-site', `no place in the repository was found to control ${text}`);
}

/** All places that control a field as it is; where no render shows the object, the likely one; or why there is none. */
export async function placesOfField(
  revision: Revision,
  target: Target,
  field: string,
): Promise<PlacesOfField | LocatedSite | Declined> {
  const source = await chooseSource(revision, target);
  if (source.kind === 'declined') {
    if (!isUnseen(source)) return source;
    const owner = await ownerOf(revision, target);
    if (owner?.kind === 'declined') return owner;
    if (owner === null) return notRendered(revision, target, source);
    return (
      (await likelySite(revision, owner.root, target, field)) ??
      declined(
        'render-failed',
        `${nameOf(target)} comes from ${owner.root.id}, which takes ${takenFromElsewhere(owner.root)}: without the live object or a new value, nothing tells which line sets ${field}`,
        [owner.root.id],
      )
    );
  }
  const matches = (source.kind === 'several' ? source.matches : [source.match]) as readonly [
    Match,
    ...Match[],
  ];
  const [match] = matches;
  if (matches.length > 1 && !(await haveOneSite(revision, matches, field)))
    return severalSources(revision, target, matches, [field]);
  const found = fieldOf(match.rendered.object, field);
  if (!found || found.value === undefined) return notSet(revision, match, field);
  const unknown = unknownIn(match, found);
  if (unknown) return unknown;
  if (!isScalarValue(found.value))
    return declined('unsupported-value', `${field} is a mapping or a list; name one of its values`);
  const sites = await sitesOfField(revision, match, found);
  return { kind: 'places', matches, object: objectOf(matches), field: found, value: found.value, sites };
}

/** Nothing renders the field; a value that was meant for it may stand under a key that the chart does not read. */
async function notSet(revision: Revision, { root, rendered }: Match, field: string): Promise<Declined> {
  const unread = root.kind === 'helm' ? await unreadValues(revision, root, fieldNamed(field)) : [];
  const said = unread.map(
    ({ place, path, value }) => `; ${place} sets ${path} to ${value}, which no template of the chart reads`,
  );
  return declined(
    'field-not-found',
    `${field} is not set in what ${root.path} renders${said.join('')}${nearFieldText(rendered.object, fieldNamed(field).path, null)}`,
    unread.map(({ place }) => place),
  );
}

/** Roots that share the line may render the object into several namespaces. */
function objectOf(matches: readonly Match[]): ObjectRef {
  const [first, ...others] = matches.map(({ rendered }) => refOf(rendered.object));
  return others.every(({ namespace }) => namespace === first!.namespace)
    ? first!
    : { ...first!, namespace: null };
}
