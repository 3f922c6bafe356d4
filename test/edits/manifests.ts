import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decode } from '../../src/edits/edit.ts';
import { innerDocument } from '../../src/edits/literal-block.ts';
import type { OpenDocument } from '../../src/edits/open-document.ts';
import { scalars } from '../../src/edits/scalars.ts';
import { splitDocuments } from '../../src/edits/split.ts';
import { opened } from './opened.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/edits/', import.meta.url));

export interface Manifest {
  readonly file: string;
  readonly text: string;
  readonly document: OpenDocument;
}

/** Every document of the manifests in fixtures/edits, and of the patches written inside them. */
export function manifests(): readonly Manifest[] {
  return readdirSync(FOLDER).flatMap((file) => {
    const text = decode(readFileSync(FOLDER + file))!;
    return splitDocuments(text).flatMap((range) => {
      const outer = opened(text, range.index, file.endsWith('.json') ? 'json' : 'yaml');
      const inner = scalars(outer)
        .filter((site) => site.style === 'literal')
        .map((site) => innerDocument(outer, site.path))
        .filter((document) => document.kind === 'document')
        .filter((document) => document.root.kind !== 'scalar');
      return [outer, ...inner].map((document) => ({ file, text, document }));
    });
  });
}
