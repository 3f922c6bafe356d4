import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { locate } from '../../src/locate/locate.ts';
import type { LocateResult } from '../../src/model/located.ts';
import type { Site } from '../../src/model/site.ts';
import { needsTool } from '../needs.ts';
import { type Request, targetOf, toolsFor } from './fixture-cases.ts';
import { filesBelow, revisionOf } from './revisions.ts';

/*
 * fixtures/locate/<case>/ is a repository (`before/`), what is asked for (`request.json`), what comes out
 * (`expected.json`), the files that the edit changes (`after/`, none when declined), and the reason (`why.md`).
 */

const folder = resolve(import.meta.dirname, '../../fixtures/locate');

describe('fixtures/locate', () => {
  for (const name of readdirSync(folder)) {
    const here = join(folder, name);
    const read = (file: string): unknown => JSON.parse(readFileSync(join(here, file), 'utf8'));
    const tried = needsTool(...toolsFor(filesBelow(join(here, 'before'))));

    tried(name, async () => {
      const result = await answerTo(read('request.json') as Request, join(here, 'before'));
      expect(told(result)).toEqual(read('expected.json'));
      expect(textsOf(result)).toEqual(
        existsSync(join(here, 'after')) ? texts(filesBelow(join(here, 'after'))) : {},
      );
    });

    test(`${name} says why`, () => {
      expect(readFileSync(join(here, 'why.md'), 'utf8')).toMatch(/^\S[^]*\n$/);
    });
  }
});

async function answerTo(request: Request, before: string): Promise<LocateResult> {
  const revision = await revisionOf(filesBelow(before));
  return locate(revision, {
    target: targetOf(request, revision),
    fields: request.fields.map(({ set, after = null, ...rest }) =>
      set === undefined ? { ...rest, after } : { ...rest, after: set, isText: true },
    ),
  });
}

/** The answer in the words of expected.json. */
function told(result: LocateResult): unknown {
  if (result.kind === 'declined') {
    const { code, reason, candidates } = result;
    return { declined: code, reason, candidates };
  }
  const { changes, derived, proof } = result;
  return {
    sites: changes.map(({ site }) => printed(site)),
    proof: proof.status,
    ...(proof.reason === null ? {} : { reason: proof.reason }),
    changes: Object.fromEntries(
      proof.roots.map((root) => [
        root.by === undefined ? root.root : `${root.root} (${root.by})`,
        root.changes.map(
          ({ object, field, before, after }) =>
            `${object.kind}/${object.name} ${field.text}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
        ),
      ]),
    ),
    ...(derived.length === 0
      ? {}
      : {
          derived: derived.map(({ object, field, because }) => `${object.kind} ${field.text} (${because})`),
        }),
  };
}

function printed({ kind, file, document, line, column, path, renderer, root, likely }: Site): string {
  const place = `${kind} ${file}:${line}:${column} ${path}, document ${document}, ${renderer} root ${root}`;
  return likely === undefined ? place : `${place}, likely: ${likely}`;
}

function textsOf(result: LocateResult): Readonly<Record<string, string>> {
  return result.kind === 'located' ? texts(Object.fromEntries(result.files)) : {};
}

function texts(files: Readonly<Record<string, Buffer>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => [path, content.toString('latin1')]),
  );
}
