import { refOf, sameObject } from '../kubernetes/objects.ts';
import { plainText } from '../untrusted/prose.ts';
import type { GuardFinding, GuardSuggestion } from '../model/guard-report.ts';
import type { AlsoWanted } from '../locate/also-wanted.ts';
import { locate } from '../locate/locate.ts';
import type { RenderedObject } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import type { Root } from '../sources/roots.ts';
import { decode } from '../edits/edit.ts';
import type { ForeseenBy } from './foresee.ts';
import { namespaceIn } from './planned.ts';
import { siteIn } from './site.ts';

/** Findings of one root, each at its line of the head, with what would put it right where that is proven. */
export async function placed(
  revision: Revision,
  root: Root,
  foreseen: readonly ForeseenBy[],
): Promise<readonly GuardFinding[]> {
  const rendering = await revision.render(root);
  const objects = rendering.kind === 'rendered' ? rendering.objects : [];
  const found: GuardFinding[] = [];
  for (const one of foreseen) {
    const rendered = objects.find(({ object }) =>
      sameObject({ ...refOf(object), namespace: namespaceIn(object, root) }, one.object),
    );
    const { rule, cause, level, object, field, because } = one;
    found.push({
      rule,
      cause,
      level,
      object,
      field,
      because,
      roots: [root.id],
      site: rendered ? await siteIn(revision, root, rendered, field) : null,
      suggestion: rendered ? await suggestionFor(revision, root, rendered, one) : null,
    });
  }
  return found;
}

async function suggestionFor(
  revision: Revision,
  root: Root,
  { object }: RenderedObject,
  { field, instead }: ForeseenBy,
): Promise<GuardSuggestion | null> {
  if (field === null || instead === undefined) return null;
  const { apiVersion, kind, namespace, name } = refOf(object);
  const target = {
    wanted: { apiVersion, kind, name, namespace: namespace ?? undefined },
    live: null,
    roots: [root],
    areNamed: true,
  };
  // A line that several roots share is wrong in all of them.
  const alsoWanted: AlsoWanted = {
    everywhere: true,
    change: ({ change }) => change.field.text === field && change.after === instead,
  };
  const located = await locate(revision, { target, fields: [{ field, after: instead }], alsoWanted });
  if (located.kind !== 'located' || located.proof.status !== 'proven') return null;
  const [change, ...others] = located.changes;
  const isReplaced = change !== undefined && others.length === 0 && change.site.kind === 'replace';
  const content = isReplaced ? located.files.get(change.site.file) : undefined;
  const line = content && decode(content)?.split('\n')[change!.site.line - 1];
  return { value: instead, diff: located.diff, line: line === undefined ? null : line.replace(/\r$/, '') };
}

/** Roots that share a line say the same of it: told once. Worst first, then by place. */
export function together(all: readonly GuardFinding[]): readonly GuardFinding[] {
  // What a check knows more of is not told again by the type of the field.
  const told = new Set(all.filter(({ rule }) => rule !== 'manifest').map(placeOf));
  const findings = all.filter((one) => one.rule !== 'manifest' || !told.has(placeOf(one)));
  const groups = Map.groupBy(findings, (one) => {
    const { site, rule, cause, object, field, because } = one;
    const where = site
      ? [site.file, site.line, site.column]
      : [object?.kind, object?.namespace, object?.name, field, plainText(because)];
    return JSON.stringify([rule, cause, where]);
  });
  return [...groups.values()]
    .map((group) => ({ ...group[0]!, roots: [...new Set(group.flatMap(({ roots }) => roots))].sort() }))
    .sort(worstFirst);
}

function placeOf({ object, field, site }: GuardFinding): string {
  const where = site?.column == null ? [field] : [site.file, site.line, site.column];
  return JSON.stringify([object?.kind, object?.namespace, object?.name, ...where]);
}

function worstFirst(a: GuardFinding, b: GuardFinding): number {
  const rank = ({ level }: GuardFinding): number => (level === 'error' ? 0 : 1);
  const place = ({ site, roots }: GuardFinding): string => site?.file ?? roots[0] ?? '';
  return (
    rank(a) - rank(b) ||
    (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0) ||
    (a.site?.line ?? 0) - (b.site?.line ?? 0)
  );
}
