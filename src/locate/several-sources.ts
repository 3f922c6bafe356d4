import { fieldOf, isScalarValue } from '../kubernetes/field.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { destinationsOf } from '../sources/appliers.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import { sitesOfField } from './candidates.ts';
import { declined, type Declined } from '../model/declined.ts';
import { describeWanted, type Target } from './target.ts';

/** Two or more roots between which nothing decides, with what tells them apart: namespaces, and the lines of the fields. */
export async function severalSources(
  revision: Revision,
  { wanted, live }: Target,
  candidates: readonly Match[],
  fields: readonly string[],
): Promise<Declined> {
  const paths = candidates.map((match) => describe(match));
  const namespaces = await Promise.all(candidates.map((match) => namespaceOf(revision, match)));
  const differ = new Set(namespaces).size > 1;
  const lines = await linesOfEach(revision, candidates, fields);
  const places = paths.map((path, index) => {
    const place = placed(path, lines[index] ?? []);
    if (!differ) return place;
    return `${place} (${namespaces[index] === undefined ? 'no namespace' : `namespace ${namespaces[index]}`})`;
  });
  return declined(
    'several-sources',
    `${describeWanted(wanted)} is rendered by ${places.join(' and ')}, and nothing tells which one this is${live ? mappingFor(candidates, live) : ''}`,
    [...paths, ...new Set(lines.flat())],
  );
}

/** The one that the object names, else those that it is applied to. */
async function namespaceOf(revision: Revision, match: Match): Promise<string | undefined> {
  const own = match.rendered.object.metadata.namespace;
  if (own !== undefined) return own;
  const to = await destinationsOf(revision, match);
  return to.length === 0 ? undefined : [...new Set(to.map(({ namespace }) => namespace))].join(' and ');
}

function describe({ root, rendered }: Match): string {
  return rendered.origin ? rendered.origin.file : root.id;
}

function placed(root: string, lines: readonly string[]): string {
  if (lines.length === 0) return root;
  const places = lines.join(' and ');
  return lines.every((line) => line.startsWith(`${root}:`)) ? places : `${root} at ${places}`;
}

/** True where it does not matter which of the roots is meant: the field has one value in all, from one line. */
export async function haveOneSite(
  revision: Revision,
  matches: readonly Match[],
  field: string,
): Promise<boolean> {
  const values = matches.map(({ rendered }) => fieldOf(rendered.object, field)?.value);
  if (values.some((value) => value === undefined || value !== values[0])) return false;
  const lines = await linesOfEach(revision, matches, [field]);
  const [first] = lines;
  return first?.length === 1 && lines.every((each) => each.length === 1 && each[0] === first[0]);
}

/** More are not worth a marked render each: nobody reads so many. */
const MOST_WITH_LINES = 6;

/** Where each of the roots has the fields, as `file:line`. */
async function linesOfEach(
  revision: Revision,
  matches: readonly Match[],
  fields: readonly string[],
): Promise<readonly (readonly string[])[]> {
  if (matches.length > MOST_WITH_LINES) return [];
  const lines: string[][] = [];
  for (const match of matches) {
    const found = fields
      .map((field) => fieldOf(match.rendered.object, field))
      .filter((field) => field !== null)
      .filter(({ value }) => value !== undefined && isScalarValue(value));
    const sites = await Promise.all(found.map((field) => sitesOfField(revision, match, field)));
    lines.push([...new Set(sites.flat().map(({ file, line }) => `${file}:${line}`))]);
  }
  return lines;
}

/** What a person would write so that it is known the next time; nothing where both stand in one folder. */
function mappingFor(candidates: readonly Match[], { metadata }: KubernetesObject): string {
  const folders = new Set(candidates.map(({ root }) => root.path));
  if (folders.size < candidates.length) return '';
  const namespaces = metadata.namespace === undefined ? '' : `, namespaces: [${metadata.namespace}]`;
  const [folder] = folders;
  return `: \`clusters: {<cluster>: {sources: [{path: ${folder}${namespaces}}]}}\` in .github/faultline.yml would say that it is the first`;
}
