import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../src/edits/edit.ts';
import type { ScalarSite } from '../../src/edits/reach.ts';
import { scalarAt, scalars } from '../../src/edits/scalars.ts';
import { replaceScalar } from '../../src/edits/replace-scalar.ts';
import { inverseEdit } from './inverse-edit.ts';
import type { Scalar } from '../../src/kubernetes/objects.ts';
import { type Manifest, manifests } from './manifests.ts';

interface Place extends Manifest {
  readonly site: ScalarSite;
}

const MANIFESTS: readonly (readonly Place[])[] = manifests().map((manifest) =>
  scalars(manifest.document).map((site) => ({ ...manifest, site })),
);

/** An edit costs as much as its document is long, and each of them has its peculiarities: each place is taken once, and then mostly those in short ones. */
const SHORT = MANIFESTS.filter(([place]) => place!.text.length < 400);

const PLACES: fc.Arbitrary<Place> = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom(...SHORT) },
    { weight: 1, arbitrary: fc.constantFrom(...MANIFESTS) },
  )
  .chain((places) => fc.constantFrom(...places));

const WORDS = [
  'yes',
  '0644',
  '1_000',
  'null',
  '',
  '~',
  '- a',
  'a: b',
  'a #b',
  '#',
  '&x',
  '*x',
  '!t',
  '@',
  '%',
  '{{ x }}',
  '---',
  '...',
  '=',
  '<<',
  '[',
  'a,b',
  '? x',
  "it's",
  '"',
  '\\',
  'x\ty',
  'two\nlines\n',
  'text\n',
  'é🦊',
  '\u2028',
  '\uFEFFx',
  ' x',
  'x ',
  ':',
  'a:',
  '12:30',
  '1e3',
  '.5',
  '512Mi',
  'nginx:1.25',
];

const VALUES: fc.Arbitrary<Scalar> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 2, arbitrary: fc.stringMatching(/^[a-z0-9:#,'"[\]{} \-?|>&*!%@`.\n\t]{0,10}$/) },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
);

/** Refusals that a random value may meet; any other one is a bug. */
const FORGIVEN = ['unsupported-value', 'unsupported-style', 'shared-through-alias'];

describe('replacing any scalar of any manifest by any value', () => {
  test('changes its bytes and no others, and can be undone', { timeout: 60_000 }, () => {
    let edits = 0;
    const styles = new Set<string>();
    fc.assert(
      fc.property(PLACES, VALUES, ({ text, document, site }, value) => {
        const there = replaceScalar(document, site.path, value);
        if (there.kind === 'problem') {
          expect(FORGIVEN).toContain(there.code);
          return;
        }
        edits += 1;
        styles.add(site.style);
        const changed = applyEdits(text, [there.edit]);
        const { start, end, text: added } = there.edit;
        expect(changed.slice(0, start) + changed.slice(start + added.length)).toBe(
          text.slice(0, start) + text.slice(end),
        );
        if (site.through === 'own') expect(start >= site.start && end <= site.end).toBe(true);
        expect(scalarAt(there.after, site.path)).toMatchObject({ value: value === 0 ? 0 : value });
        expect(applyEdits(changed, [inverseEdit(text, there.edit)])).toBe(text);

        const back = replaceScalar(there.after, site.path, site.value, { source: site.source });
        if (back.kind === 'problem') {
          expect(FORGIVEN).toContain(back.code);
          return;
        }
        edits += 1;
        const restored = applyEdits(changed, [back.edit]);
        if (site.through === 'own' && site.style !== 'empty') expect(restored).toBe(text);
      }),
      { numRuns: 1750, examples: MANIFESTS.flat().map((place): [Place, Scalar] => [place, 'nginx:1.25']) },
    );
    expect(edits).toBeGreaterThan(3000);
    expect([...styles].sort()).toEqual(['alias', 'double', 'empty', 'folded', 'literal', 'plain', 'single']);
  });
});
