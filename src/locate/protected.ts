import { posix } from 'node:path';
import { decode, type Edit } from '../edits/edit.ts';
import { isRecord, recordsOf, type Json } from '../kubernetes/objects.ts';
import type { Change } from '../model/change.ts';
import type { Revision } from '../sources/revision.ts';
import type { DeclineCode } from '../model/declined.ts';

/** Why an edit must not be made although it could be. */
export interface Protection {
  readonly code: Extract<DeclineCode, 'protected-file' | 'other-writer' | 'unreadable-file'>;
  readonly reason: string;
}

/** Kinds that decide about access or hold secrets: always a person's to change. */
const SENSITIVE_KINDS = new Set([
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'NetworkPolicy',
  'SealedSecret',
  'Secret',
]);

/** Refuses changes of access rules and secrets, wherever they are written. */
export function sensitiveChange(changes: readonly Pick<Change<Json>, 'object'>[]): Protection | null {
  const kind = changes.map(({ object }) => object.kind).find((one) => SENSITIVE_KINDS.has(one));
  return kind === undefined
    ? null
    : { code: 'protected-file', reason: `a ${kind} is only ever changed by people` };
}

const GENERATED =
  /\b(do not edit|auto-?generated|generated (by|from|with)|managed by [\w-]+[;,.]? do not)\b/i;

/**
 * Files and lines that are never edited: encrypted values, Secrets, access rules, generated files, vendored charts,
 * lines that another writer owns.
 */
export function protectionOf(revision: Revision, edits: readonly Edit[]): Protection | null {
  for (const edit of edits) {
    const content = revision.tree.read(edit.file);
    const text = content && decode(content);
    if (text === undefined || text === null)
      return { code: 'unreadable-file', reason: `${edit.file} is not UTF-8 text` };
    const found =
      protectedFile(edit.file, text) ?? vendoredChart(revision, edit.file) ?? ownedLine(edit, text);
    if (found) return found;
  }
  return null;
}

function protectedFile(file: string, text: string): Protection | null {
  const name = posix.basename(file);
  if (name.startsWith('.argocd-source'))
    return { code: 'other-writer', reason: `${file} is written by Argo CD Image Updater` };
  if (/^sops:/m.test(text) || text.includes('ENC[AES256_GCM'))
    return { code: 'protected-file', reason: `${file} is encrypted with SOPS` };
  // A comment among the values is about the lines below it.
  const head = text
    .slice(0, 1500)
    .split('\n')
    .filter((line) => /^(#|\/\/)/.test(line));
  if (head.some((line) => GENERATED.test(line)))
    return { code: 'protected-file', reason: `${file} says that it is generated` };
  if (/(^|\/)(vendor|node_modules)\//.test(file))
    return { code: 'protected-file', reason: `${file} is a copy of what others publish` };
  return null;
}

/**
 * A chart in the `charts` folder of a chart that says where it is published: the next `helm dependency update` brings it again.
 * One that no dependency names, or that names no address, is the repository's own.
 */
function vendoredChart(revision: Revision, file: string): Protection | null {
  const steps = file.split('/');
  for (const [index, step] of steps.entries()) {
    const parent = steps.slice(0, index).concat('Chart.yaml').join('/');
    if (step !== 'charts' || index + 2 >= steps.length || revision.tree.entry(parent)?.kind !== 'file')
      continue;
    const name = chartName(revision, steps.slice(0, index + 2)) ?? steps[index + 1];
    const dependency = dependenciesOf(revision, parent).find((one) => one['name'] === name);
    const address = String(dependency?.['repository'] ?? '');
    if (address !== '' && !address.startsWith('file:'))
      return {
        code: 'protected-file',
        reason: `${file} belongs to a vendored chart: ${parent} takes ${name} from ${address}`,
      };
  }
  return null;
}

function chartName(revision: Revision, folder: readonly string[]): string | null {
  const [description] = revision.manifests([...folder, 'Chart.yaml'].join('/')).documents;
  const name = isRecord(description) ? description['name'] : undefined;
  return typeof name === 'string' ? name : null;
}

function dependenciesOf(revision: Revision, chart: string): readonly Readonly<Record<string, unknown>>[] {
  return [chart, chart.replace(/Chart\.yaml$/, 'requirements.yaml')]
    .flatMap((file) => (revision.tree.entry(file)?.kind === 'file' ? revision.manifests(file).documents : []))
    .flatMap((description) => (isRecord(description) ? recordsOf(description['dependencies']) : []));
}

/** Flux writes the lines that carry its marker; what we change there it would change back. */
function ownedLine(edit: Edit, text: string): Protection | null {
  const start = text.lastIndexOf('\n', edit.start - 1) + 1;
  const end = text.indexOf('\n', edit.end);
  const lines = text.slice(start, end < 0 ? undefined : end);
  return /#\s*\{\s*"\$imagepolicy"/.test(lines)
    ? {
        code: 'other-writer',
        reason: `the line in ${edit.file} is written by Flux image automation ($imagepolicy)`,
      }
    : null;
}
