import yaml from 'js-yaml';
import { isRecord } from '../kubernetes/objects.ts';
import { KUBECTL_SCHEMA, yamlProblem } from './manifests.ts';
import { readStrictly, type StrictDocument } from './strict-yaml.ts';

/*
 * What Kustomize takes a string of a kustomization for. It decides by the string alone, before it looks for a file: a file
 * that happens to have such a name is never read. (api/internal/loader, api/internal/git and api/internal/target of Kustomize 5.)
 */

/** Go's `url.Parse` finds the scheme `http` or `https`: the file is downloaded. */
export function isDownload(reference: string): boolean {
  return /^https?:/i.test(reference);
}

/** What git would clone: a folder is looked for only where the string is none of these. */
export function isGitAddress(reference: string): boolean {
  if (reference.startsWith('/')) return false;
  const plain = reference.split('?')[0]!.replace(/^git::/i, '');
  const [, scheme = ''] = /^((?:ssh|https?|file):\/\/)/i.exec(plain) ?? [];
  const unschemed = plain.slice(scheme.length);
  const [user = ''] = /^[a-zA-Z][a-zA-Z0-9-]*@/.exec(unschemed) ?? [];
  const rest = unschemed.slice(user.length);
  const isGitHub = /^github\.com[/:]/i.test(rest);
  if (scheme === '' && user === '' && !isGitHub) return false;
  if (/^file:/i.test(scheme)) return true;
  const slash = rest.indexOf('/');
  const colon = scheme === '' ? rest.indexOf(':') : -1;
  const end = colon > 0 && (slash < 0 || colon < slash) ? colon : slash;
  const path = end < 0 ? '' : rest.slice(end + 1);
  return /_git\/|\/\/|\.git/.test(path) || path.split('/').length >= 2;
}

/** A download or a clone. */
export function isRemote(reference: string): boolean {
  return isDownload(reference) || isGitAddress(reference) || /^[a-z][a-z0-9+.-]*:\/\//i.test(reference);
}

/** What nothing in the repository answers to, and only a network could: for saying what is missing. */
export function looksRemote(reference: string): boolean {
  return (
    isRemote(reference) ||
    /^[a-z+]+:\/\/|^git@|^git::|^(github|gitlab|bitbucket)\.(com|org)[/:]|\?(ref|version|timeout|submodules)=|\.git(\/\/|$|\?)/i.test(
      reference,
    )
  );
}

/**
 * An entry of a list whose entries are a path or YAML. Kustomize reads each as YAML first, and takes for a path what is no
 * object. `unclear` is what one reader could take for this and another for that.
 */
export type PathOrInline =
  | { readonly kind: 'path' }
  | { readonly kind: 'inline'; readonly documents: readonly StrictDocument[] }
  | { readonly kind: 'unclear'; readonly why: string };

/** Of generators, transformers and validators, which steer Kustomize. */
export function configurationEntry(entry: string): PathOrInline {
  if (isPath(entry)) return { kind: 'path' };
  const { documents, problem } = readStrictly(Buffer.from(entry));
  if (problem) return { kind: 'unclear', why: problem.message };
  return areObjects(documents.map(({ value }) => value)) && !isDownload(entry)
    ? { kind: 'inline', documents }
    : { kind: 'unclear', why: NEITHER };
}

/** Of patchesStrategicMerge: the content of an inline patch is handed on as it is. */
export function isInlinePatch(entry: string): boolean | { readonly why: string } {
  if (isPath(entry)) return false;
  const documents: unknown[] = [];
  try {
    yaml.loadAll(entry, (document) => documents.push(document), { schema: KUBECTL_SCHEMA });
  } catch (error) {
    return { why: yamlProblem(error).message };
  }
  const found = documents.filter((document) => document !== null && document !== undefined);
  return areObjects(found) && !isDownload(entry) ? true : { why: NEITHER };
}

const NEITHER = 'is neither a path nor an object with kind and metadata.name';

function isPath(entry: string): boolean {
  try {
    return yaml.load(entry, { schema: KUBECTL_SCHEMA }) === entry;
  } catch {
    return false;
  }
}

/** What Kustomize asks of objects. */
function areObjects(values: readonly unknown[]): boolean {
  return (
    values.length > 0 && values.every((value) => isText(value, 'kind') && isText(metadataOf(value), 'name'))
  );
}

function metadataOf(value: unknown): unknown {
  return isRecord(value) ? value['metadata'] : undefined;
}

function isText(value: unknown, key: string): boolean {
  return isRecord(value) && typeof value[key] === 'string' && value[key] !== '';
}
