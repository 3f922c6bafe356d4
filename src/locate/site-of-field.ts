import { fieldNamed } from '../kubernetes/field-path.ts';
import { fieldOf, isScalarValue } from '../kubernetes/field.ts';
import { refOf, type ObjectRef, type Scalar } from '../kubernetes/objects.ts';
import type { Revision } from '../sources/revision.ts';
import { sitesOfField } from './candidates.ts';
import type { Match } from '../sources/find.ts';
import { chooseSource } from './choose-source.ts';
import { unreadValues } from './helm/unread-values.ts';
import type { Target } from './target.ts';
import { declined, type Declined } from '../model/declined.ts';
import type { LocatedSite } from '../model/located.ts';
import { haveOneSite, severalSources } from './several-sources.ts';
import { likelySite } from './unrendered/likely-site.ts';
import { isUnseen, notRendered } from './unrendered/not-rendered.ts';
import { nameOf, ownerOf, takenFromElsewhere } from './unrendered/owner.ts';
import { unknownIn } from './desired-fields.ts';

/** The one place that controls a field as it is, or why there is none: several places are listed. */
export async function siteOfField(
  revision: Revision,
  target: Target,
  field: string,
): Promise<LocatedSite | Declined> {
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
  const matches = source.kind === 'several' ? source.matches : [source.match];
  const [match] = matches as [Match, ...Match[]];
  if (matches.length > 1 && !(await haveOneSite(revision, matches, field)))
    return severalSources(revision, target, matches, [field]);
  const found = fieldOf(match.rendered.object, field);
  if (!found || found.value === undefined) return notSet(revision, match, field);
  const unknown = unknownIn(match, found);
  if (unknown) return unknown;
  if (!isScalarValue(found.value))
    return declined('unsupported-value', `${field} is a mapping or a list; name one of its values`);
  const sites = await sitesOfField(revision, match, found);
  const [site] = sites;
  const places = sites.map((one) => `${one.file}:${one.line}`);
  if (!site) return declined('no-site', `no place in the repository was found to control ${found.text}`);
  if (sites.length > 1)
    return declined('several-sites', `${found.text} is put together from several places`, places);
  return {
    kind: 'site',
    object: objectOf(matches),
    field: found.text,
    before: found.value as Scalar,
    site: { ...site, renderer: match.root.kind, root: match.root.path },
  };
}

/** Nothing renders the field; a value that was meant for it may stand under a key that the chart does not read. */
async function notSet(revision: Revision, { root }: Match, field: string): Promise<Declined> {
  const unread = root.kind === 'helm' ? await unreadValues(revision, root, fieldNamed(field)) : [];
  const said = unread.map(
    ({ place, path, value }) => `; ${place} sets ${path} to ${value}, which no template of the chart reads`,
  );
  return declined(
    'field-not-found',
    `${field} is not set in what ${root.path} renders${said.join('')}`,
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
