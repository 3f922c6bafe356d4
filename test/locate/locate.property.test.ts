import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { replaceScalar } from '../../src/edits/replace-scalar.ts';
import { fieldOf } from '../../src/kubernetes/field.ts';
import { printFieldPath, readablePath, type ConcretePath } from '../../src/kubernetes/field-path.ts';
import type { Scalar } from '../../src/kubernetes/objects.ts';
import { locate } from '../../src/locate/locate.ts';
import { markedRender } from '../../src/locate/marked-render.ts';
import type { SourceScalar } from '../../src/locate/source-scalars.ts';
import { compareRenders } from '../../src/proof/compare.ts';
import { withoutHash } from '../../src/kubernetes/generated-name.ts';
import { editedFiles } from '../../src/proof/edited-files.ts';
import type { Rendered } from '../../src/renderers/rendering.ts';
import { findObject } from '../../src/sources/find.ts';
import type { Revision } from '../../src/sources/revision.ts';
import type { KustomizeRoot } from '../../src/sources/roots.ts';
import { needsTool } from '../needs.ts';
import { revisionOf } from './revisions.ts';
import { filesOf, renderedName, shapes } from './tiny-kustomizations.ts';

const test = needsTool('kustomize');

/** Some thirty builds each; a busy machine takes its time. In milliseconds. */
const PATIENCE = 120_000;

describe('on kustomizations that are made up', () => {
  test(
    'markers say of each field exactly which scalars change it',
    async () => {
      await fc.assert(
        fc.asyncProperty(shapes, async (shape) => {
          const revision = await revisionOf(filesOf(shape));
          const root = revision.roots.at('prod') as KustomizeRoot;
          const before = (await revision.render(root)) as Rendered;
          const sites = await markedRender(revision, root);
          const marked = sites.scalars.filter((scalar) => !sites.unmarked.includes(scalar));
          const changing = await Promise.all(
            marked.map(async (scalar) => ({
              scalar,
              fields: await fieldsChangedBy(scalar, revision, root, before),
            })),
          );

          let claims = 0;
          for (const { object } of before.objects) {
            for (const path of leavesOf(object)) {
              const claimed = sites.controlling(object, path).map(placeOf);
              if (claimed.length === 0) continue;
              claims += 1;
              const field = `${object.kind} ${withoutHash(object.metadata.name)} ${printFieldPath(readablePath(object, path))}`;
              const found = changing
                .filter(({ fields }) => fields.has(field))
                .map(({ scalar }) => placeOf(scalar));
              expect([field, claimed.sort()]).toEqual([field, found.sort()]);
            }
          }
          expect(claims).toBeGreaterThanOrEqual(4);
        }),
        { numRuns: 2, endOnFailure: true },
      );
    },
    PATIENCE,
  );

  test(
    'a value that is set and set back leaves every byte as it was',
    async () => {
      // Values that are written like those they replace: quotes that had to be added would stay.
      const desired = fc.constantFrom<readonly [string, string, string, Scalar]>(
        ['Deployment', 'cart', 'spec.replicas', 9],
        ['Deployment', 'cart', 'spec.template.spec.containers[name=cart].resources.limits.memory', '1536Mi'],
        ['Deployment', 'cart', 'spec.template.spec.containers[name=cart].image', 'TAG'],
        ['Deployment', 'cart', 'spec.template.spec.containers[name=cart].env[name=MODE].value', 'fast'],
        ['ConfigMap', 'settings', 'data.LEVEL', 'warn'],
        ['ConfigMap', 'settings', 'data.REGION', 'us'],
      );
      await fc.assert(
        fc.asyncProperty(shapes, desired, async (shape, [kind, name, field, wanted]) => {
          const revision = await revisionOf(filesOf(shape));
          const object = { kind, name: renderedName(shape, name) };
          const was = await valueOf(revision, object, field);
          const after = wanted === 'TAG' ? String(was).replace(/:[^:]*$/, ':9.10.1') : wanted;
          const there = await set(revision, object, field, after);
          const edited = revision.with(there.files);
          expect(await valueOf(edited, object, field)).toBe(after);
          // A generated map has another name by now; it is found without its hash.
          const back = await set(edited, object, field, was);
          for (const [file, content] of back.files)
            expect([file, String(content)]).toEqual([file, String(revision.tree.read(file))]);
          expect([...back.files.keys()]).toEqual([...there.files.keys()]);
        }),
        { numRuns: 4, endOnFailure: true },
      );
    },
    PATIENCE,
  );
});

function placeOf({ file, line, column }: SourceScalar): string {
  return `${file}:${line}:${column}`;
}

function* leavesOf(value: unknown, path: ConcretePath = []): Iterable<ConcretePath> {
  if (typeof value !== 'object' || value === null) yield path;
  else
    for (const [key, item] of Object.entries(value))
      yield* leavesOf(item, [...path, Array.isArray(value) ? Number(key) : key]);
}

/** What really changes when one scalar has another value of its type. */
async function fieldsChangedBy(
  scalar: SourceScalar,
  revision: Revision,
  root: KustomizeRoot,
  before: Rendered,
): Promise<ReadonlySet<string>> {
  const edit = { file: scalar.file, ...editOf(scalar) };
  const edited = revision.with(editedFiles(revision, [edit])!);
  const after = await edited.render((await edited.here(root))!);
  if (after.kind === 'failed') throw new Error(`${placeOf(scalar)}: ${after.message}`);
  const { changes } = compareRenders(before.objects, after.objects);
  return new Set(
    changes.map(({ object, field }) => `${object.kind} ${withoutHash(object.name)} ${field.text}`),
  );
}

function editOf(scalar: SourceScalar): { start: number; end: number; text: string } {
  const { document, path, value } = scalar;
  if (document === null) return { start: scalar.start, end: scalar.end, text: `${String(value)}-other` };
  const other =
    typeof value === 'number'
      ? value + 1
      : /^\d+Mi$/.test(String(value))
        ? '100Mi'
        : /^\d+m$/.test(String(value))
          ? '100m'
          : `${String(value)}-other`;
  const result = replaceScalar(document, path, other);
  if (result.kind !== 'edited') throw new Error(result.message);
  return result.edit;
}

async function valueOf(
  revision: Revision,
  object: { kind: string; name: string },
  field: string,
): Promise<Scalar> {
  const { matches } = await findObject(revision, { ...object, name: await nameOf(revision, object) });
  return fieldOf(matches[0]!.rendered.object, field)!.value as Scalar;
}

/** The name as it is rendered now, hash included. */
async function nameOf(revision: Revision, { kind, name }: { kind: string; name: string }): Promise<string> {
  const rendering = (await revision.render(revision.roots.at('prod')!)) as Rendered;
  return rendering.objects
    .map(({ object }) => object)
    .find((object) => object.kind === kind && withoutHash(object.metadata.name) === name)!.metadata.name;
}

async function set(revision: Revision, object: { kind: string; name: string }, field: string, after: Scalar) {
  const wanted = { ...object, name: await nameOf(revision, object) };
  const result = await locate(revision, {
    target: { wanted, live: null, roots: null },
    fields: [{ field, after }],
  });
  if (result.kind === 'declined') throw new Error(`${result.code}: ${result.reason}`);
  expect(result.changes.map(({ site }) => site.kind)).toEqual(['replace']);
  return result;
}
