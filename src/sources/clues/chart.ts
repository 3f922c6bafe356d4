import { containsText } from '../../tree/contains-text.ts';
import type { ChartClosure } from '../../renderers/chart.ts';
import type { ValuesInput } from '../declarations/plan.ts';
import type { Revision } from '../revision.ts';
import { isBare } from '../same-root.ts';
import type { HelmRoot } from '../roots.ts';
import type { Wanted } from '../wanted.ts';
import { areRelated, strongest, type Clue } from './clue.ts';

/** How a chart is installed, as far as that is known. */
export interface Installation {
  readonly closure: ChartClosure;
  /** The release's name; null for a chart that nothing says how it is installed. */
  readonly release: string | null;
  readonly namespace: string | null;
  readonly values: readonly ValuesInput[];
}

export function clueInRelease(revision: Revision, root: HelmRoot, wanted: Wanted): Clue | null {
  const { closure, release, values } = root;
  // What the live object says of its release counts more than any name.
  if (!isBare(root) && wanted.release === release.name) return 'related';
  const known = isBare(root) ? { release: null, namespace: null } : named(release);
  return clueInChart(revision, { closure, values, ...known }, wanted);
}

function named({ name, namespace }: HelmRoot['release']): Pick<Installation, 'release' | 'namespace'> {
  return { release: name, namespace };
}

/**
 * A template may write any name, but most are made of the release's, the chart's and what the values say. What lies in an archive, or
 * is published elsewhere, is not read; of a chart that is not here at all, its names and values are all there is to go by.
 */
export function clueInChart(revision: Revision, installation: Installation, wanted: Wanted): Clue | null {
  const { closure } = installation;
  const isUnread = closure.remote.length > 0 || closure.archives.length > 0;
  if (!isUnread && isForElsewhere(revision, installation, wanted))
    return makesNamespaces(revision, closure) && clueInTemplates(revision, closure, wanted) !== null
      ? 'open'
      : null;
  const written = isUnread ? 'open' : clueInTemplates(revision, closure, wanted);
  if (written !== 'open' || wanted.name === undefined) return written;
  const isElsewhere =
    typeof wanted.namespace === 'string' &&
    installation.namespace !== null &&
    installation.namespace !== wanted.namespace;
  if (!isTied(revision, installation, wanted.name)) return closure.parts.length === 0 ? null : 'open';
  return isElsewhere ? 'open' : 'related';
}

/** The release goes to another namespace, and nothing that it is made from speaks of this one. */
function isForElsewhere(revision: Revision, installation: Installation, { namespace }: Wanted): boolean {
  if (typeof namespace !== 'string' || installation.namespace === null) return false;
  return installation.namespace !== namespace && !speaksOf(revision, installation, namespace);
}

/** A template may put the name of a namespace together, from that of a tenant and `-preview`. The release's own is none of those. */
function makesNamespaces({ tree }: Revision, { files }: ChartClosure): boolean {
  return [...files].some(([file, role]) => {
    const content = role === 'template' ? tree.read(file) : undefined;
    const written = [...(content?.toString('latin1').matchAll(/^\s*namespace:(.*)$/gm) ?? [])];
    return written.some(([, value]) => value!.replaceAll(OWN_NAMESPACE, '').includes('{{'));
  });
}

const OWN_NAMESPACE = /\{\{-?\s*\$?\.Release\.Namespace\s*(\|\s*quote\s*)?-?\}\}/g;

function isTied(revision: Revision, installation: Installation, name: string): boolean {
  const { release, closure } = installation;
  const names = [
    ...(release === null ? [] : [release]),
    ...closure.parts.map((part) => part.name),
    ...closure.remote.map((chart) => chart.name),
  ];
  return names.some((one) => areRelated(one, name)) || speaksOf(revision, installation, name);
}

function speaksOf({ tree }: Revision, { closure, values }: Installation, text: string): boolean {
  const isIn = (file: string): boolean => {
    const content = tree.read(file);
    return content !== undefined && containsText(content, text);
  };
  return (
    values.some((input) =>
      input.kind === 'file'
        ? isIn(input.path)
        : JSON.stringify(input.kind === 'inline' ? input.values : input.value).includes(text),
    ) || [...closure.files].some(([file, role]) => role !== 'other' && isIn(file))
  );
}

/** `named` for a name that stands there as it is, `open` for one that is made. */
function clueInTemplates({ tree }: Revision, closure: ChartClosure, { kind, name }: Wanted): Clue | null {
  return strongest(
    [...closure.files].map(([file, role]): Clue | null => {
      const content = role === 'template' ? tree.read(file) : undefined;
      if (content === undefined || !(containsText(content, kind) || content.includes('kind: {{')))
        return null;
      return strongest(
        String(content)
          .split(/^---/m)
          .map((document) => clueInDocument(document, kind, name)),
      );
    }),
  );
}

function clueInDocument(document: string, kind: string, name: string | undefined): Clue | null {
  const kinds = [...document.matchAll(/^kind:\s*["']?([^"'\n]*?)["']?\s*$/gm)].map(([, text]) => text!);
  const isNone = kinds.length > 0 && !kinds.some((text) => text === kind || text.includes('{{'));
  if (isNone || !(document.includes(kind) || document.includes('{{'))) return null;
  if (name === undefined) return kinds.includes(kind) ? 'named' : 'open';
  const names = kinds.length === 0 ? [] : namesIn(document);
  if (names.length < kinds.length || names.length === 0) return 'open';
  return strongest(
    names.map((text): Clue | null => {
      if (!text.includes('{{')) return name.includes(text) ? 'named' : null;
      return fits(text, name) ? 'open' : null;
    }),
  );
}

/** The texts of `metadata.name`, where templates write that in the usual way: below `metadata:`, a level deeper. */
function namesIn(document: string): readonly string[] {
  const lines = document.split('\n');
  return lines.flatMap((line, at) => {
    if (!/^metadata:\s*(#.*)?$/.test(line)) return [];
    const below = lines.slice(at + 1);
    const first = below.find((one) => /^\s+[\w"']/.test(one));
    const indent = /^\s*/.exec(first ?? '')![0];
    const end = below.findIndex((one) => /^[\w"']/.test(one));
    const own = (end < 0 ? below : below.slice(0, end)).find((one) => one.startsWith(`${indent}name:`));
    return own === undefined
      ? []
      : [
          own
            .slice(own.indexOf(':') + 1)
            .replace(/\s#.*$/, '')
            .trim()
            .replace(/^(["'])(.*)\1$/, '$2'),
        ];
  });
}

/** What a template writes out around its expressions is in the name, in this order; of what a condition holds, nothing is known. */
function fits(template: string, name: string): boolean {
  if (/\{\{-?\s*(if|else|with|range)\b/.test(template)) return true;
  let from = 0;
  for (const piece of template.split(/\{\{.*?\}\}/)) {
    const at = name.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return true;
}
