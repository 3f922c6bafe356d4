import { posix } from 'node:path';
import { decode, type Edit } from '../edits/edit.ts';
import type { FieldChange } from '../proof/proof.ts';
import type { Revision } from '../sources/revision.ts';
import type { DeclineCode } from './located.ts';

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
export function sensitiveChange(changes: readonly Pick<FieldChange, 'object'>[]): Protection | null {
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
    const found = protectedFile(edit.file, text) ?? ownedLine(edit, text);
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
  const head = text
    .slice(0, 1500)
    .split('\n')
    .filter((line) => /^\s*(#|\/\/)/.test(line));
  if (head.some((line) => GENERATED.test(line)))
    return { code: 'protected-file', reason: `${file} says that it is generated` };
  if (/(^|\/)(charts\/[^/]+\/(templates|charts)|vendor|node_modules)\//.test(file)) {
    return { code: 'protected-file', reason: `${file} belongs to a vendored chart` };
  }
  return null;
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
