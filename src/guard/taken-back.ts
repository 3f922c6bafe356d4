import { decode } from '../edits/edit.ts';
import { openDocument } from '../edits/open-document.ts';
import { scalarAt } from '../edits/scalars.ts';
import { splitDocuments } from '../edits/split.ts';
import type { Repository } from '../git/repository.ts';
import { concretePath, parseFieldPath } from '../kubernetes/field-path.ts';
import { fieldOf, isScalarValue } from '../kubernetes/field.ts';
import { describeRef, refOf, sameObject, type Scalar } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { documentValue } from '../edits/reach.ts';
import { sitesOfField } from '../locate/candidates.ts';
import type { GuardFinding, RootDifference } from '../model/guard-report.ts';
import type { Root } from '../sources/roots.ts';
import type { Tree } from '../tree/tree.ts';
import { prose } from '../untrusted/prose.ts';
import type { Side } from './side.ts';

/** Lines whose last commit is asked for. */
const MOST_LINES = 20;
/** What a commit of Faultline's says of itself. */
const INCIDENT = /^Faultline-Incident: (\S{1,100})$/m;

interface TakingBack {
  readonly repository: Repository;
  readonly base: string;
  readonly before: Side;
  readonly after: Side;
}

/** Changes that give a field back what a merged fix of Faultline's replaced, or part of it. */
export async function takenBack(
  compared: readonly { readonly difference: RootDifference; readonly before: Root | null }[],
  context: TakingBack,
): Promise<readonly GuardFinding[]> {
  const found: GuardFinding[] = [];
  const seen = new Set<string>();
  for (const { difference, before: root } of compared) {
    if (root === null || difference.status !== 'changed') continue;
    const rendering = await context.before.revision.render(root);
    if (rendering.kind === 'failed') continue;
    for (const { object, field, before, after } of difference.changes) {
      if (!isScalarValue(before) || !isScalarValue(after) || before === null || seen.size >= MOST_LINES)
        continue;
      const rendered = rendering.objects.find((one) => sameObject(refOf(one.object), object));
      const at = rendered && fieldOf(rendered.object, field.text);
      if (!rendered || !at || at.depth < at.path.length) continue;
      const [site] = await sitesOfField(context.before.revision, { root, rendered }, at);
      if (!site || seen.has(`${site.file}:${site.line}`)) continue;
      seen.add(`${site.file}:${site.line}`);
      const fix = await fixAt(site, context);
      if (!fix) continue;
      found.push({
        rule: 'own-fix',
        cause: 'fix-taken-back',
        level: 'warning',
        object,
        field: field.text,
        because: prose`${field.text} of ${describeRef(object)} goes back to ${String(after)}: commit ${fix.sha.slice(0, 10)} (${fix.subject}) set it for incident ${fix.incident}.`,
        roots: [root.id],
        site: { file: site.file, line: fix.line, column: null },
        suggestion: null,
      });
    }
  }
  return found;
}

interface Fix {
  readonly sha: string;
  readonly subject: string;
  readonly incident: string;
  /** Of the head. */
  readonly line: number;
}

/** The merged fix that last changed a line of the base, where the head takes it back; null for any other line. */
async function fixAt(
  {
    file,
    document,
    line,
    path,
  }: { readonly file: string; readonly document: number; readonly line: number; readonly path: string },
  { repository, base, before, after }: TakingBack,
): Promise<Fix | null> {
  const commit = await repository.blame(file, line, base);
  const message = commit && (await repository.messageOf(commit.sha));
  const incident = message && INCIDENT.exec(message)?.[1];
  if (!commit || !incident) return null;
  const earlier = await repository.treeAt(`${commit.sha}^`);
  const place = { file, document, path };
  const [was, fixed, is] = [
    await valueIn(earlier, place),
    await valueIn(before.revision.tree, place),
    await valueIn(after.revision.tree, place),
  ];
  if (!was || !fixed || !is || !isBack(was.value, fixed.value, is.value)) return null;
  return { sha: commit.sha, subject: commit.subject, incident, line: is.line };
}

/** The old value, or less of what the fix gave more of. */
function isBack(was: Scalar, fixed: Scalar, is: Scalar): boolean {
  if (String(was) === String(is)) return true;
  const [old, more, now] = [was, fixed, is].map((one) => parseQuantity(one));
  return old != null && more != null && now != null && old < more && now < more;
}

/** A scalar as a file has it, and its line. */
async function valueIn(
  tree: Tree,
  {
    file,
    document: index,
    path,
  }: { readonly file: string; readonly document: number; readonly path: string },
): Promise<{ readonly value: Scalar; readonly line: number } | null> {
  await tree.load([file]);
  const content = tree.read(file);
  const text = content && decode(content);
  const range = typeof text === 'string' ? splitDocuments(text)[index] : undefined;
  if (typeof text !== 'string' || !range) return null;
  const document = openDocument(text, range, { language: file.endsWith('.json') ? 'json' : 'yaml' });
  if ('code' in document) return null;
  const at = concretePath(documentValue(document), parseFieldPath(path));
  const scalar = at && scalarAt(document, at);
  return !scalar || 'code' in scalar ? null : { value: scalar.value, line: scalar.line };
}
