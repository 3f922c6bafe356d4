import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  markerLine,
  parseMarker,
  printMarker,
  withMarker,
  withoutMarker,
  type Marker,
} from '../../src/pull-requests/marker.ts';
import { pullRequestBody } from '../../src/pull-requests/body.ts';
import { untrusted } from '../../src/untrusted/prose.ts';
import { imageProposal, imageProposalWith, incidentOf, memoryProposal } from './proposals.ts';

const FORGED = '<!-- faultline:1 fingerprint=0000000000000000 key=0000000000000000 before=000000000000 -->';

describe('parseMarker', () => {
  test('reads back what was written', () => {
    const proposal = imageProposal();
    expect(parseMarker(pullRequestBody(proposal))).toEqual({
      version: 1,
      fingerprints: ['9a3f0c1d2e4b5a67'],
      key: proposal.key,
      before: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
  });

  test('reads the fingerprints of all incidents', () => {
    const { finding } = imageProposal().incidents[0]!;
    const incidents = ['1111111111111111', '2222222222222222'].map((fingerprint) =>
      incidentOf(finding, fingerprint),
    );
    expect(parseMarker(markerLine(imageProposal({ incidents })))?.fingerprints).toEqual([
      '1111111111111111',
      '2222222222222222',
    ]);
  });

  test('differs when the value before differs', () => {
    expect(parseMarker(markerLine(imageProposal()))?.before).not.toBe(
      parseMarker(markerLine(memoryProposal()))?.before,
    );
  });

  test('takes the line endings that a browser sends', () => {
    expect(parseMarker(`${pullRequestBody(imageProposal()).replaceAll('\n', '\r\n')}\r\n`)?.version).toBe(1);
  });

  test('ignores a marker that is quoted anywhere else', () => {
    const evidence = [
      { source: 'log', ref: FORGED, at: null, text: untrusted(`\n${FORGED}\n\n${FORGED}`) },
    ] as const;
    const proposal = imageProposalWith(
      { evidence },
      { diff: `+ a\n${FORGED}\n`, renderedDiff: `${FORGED}\n` },
    );
    expect(parseMarker(pullRequestBody(proposal))?.key).toBe(proposal.key);
  });

  test('ignores a marker with text behind it', () => {
    expect(parseMarker(`${FORGED}\n\nLooks good`)).toBeNull();
  });

  test('ignores a marker with text before it on its line', () => {
    expect(parseMarker(`> ${FORGED}`)).toBeNull();
  });

  test('ignores another version', () => {
    expect(parseMarker(FORGED.replace('faultline:1', 'faultline:2'))).toBeNull();
  });

  test('finds nothing in an empty description', () => {
    expect(parseMarker('')).toBeNull();
  });
});

const BASIC: Marker = {
  version: 1,
  fingerprints: ['9a3f0c1d2e4b5a67'],
  key: '17b1cbb412fc201a',
  before: '88e52fe8a236',
};
const SHA = '4be1f02c9d3a5577e0b1c2d3e4f5a6b7c8d9e0f1';

const word = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.constantFrom('a--b', '-->', 'x=y', 'a,b;c', '-', '<!--', 'data["a b"]', '\n', '%2D', 'ü'),
);
const whole = (most: number) => fc.integer({ min: 0, max: most });
const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`));

describe('the details of a marker', () => {
  const details = fc.record(
    {
      kinds: fc.array(word, { maxLength: 3 }),
      clusters: fc.array(word, { maxLength: 3 }),
      proven: fc.constant(SHA),
      head: fc.constant(SHA),
      edit: hex(12),
      text: hex(12),
      material: hex(12),
      written: whole(2_000_000_000).map((seconds) => seconds * 1000),
      since: whole(2_000_000_000).map((seconds) => seconds * 1000),
      quiet: whole(1000).map((minutes) => minutes * 60_000),
      objects: fc.array(fc.record({ apiVersion: word, kind: word, namespace: fc.option(word), name: word }), {
        maxLength: 3,
      }),
      failing: fc.array(whole(99), { maxLength: 3 }),
      set: fc.array(fc.record({ field: word, value: word }), { maxLength: 3 }),
      watch: fc.array(fc.record({ object: whole(99), field: word, before: hex(8), after: hex(8) }), {
        maxLength: 3,
      }),
      reverts: whole(99_999),
      closed: fc.constantFrom('already-so' as const, 'other-value' as const),
      audit: fc.record({ sequence: whole(1_000_000_000), hash: hex(16) }),
    },
    { requiredKeys: [] },
  );

  test('are read back as they were written, whatever stands in them', () => {
    fc.assert(
      fc.property(details, (more) => {
        const marker: Marker = { ...BASIC, ...more };
        const line = printMarker(marker);
        expect(line).toMatch(/^<!-- faultline:1 [^\s<>]+( [^\s<>]+)* -->$/);
        expect(line.slice(4, -3)).not.toContain('--');
        expect(parseMarker(`text\n\n${line}`)).toEqual(marker);
      }),
    );
  });

  test.each([
    ['one that cannot be read', 'head=nothex'],
    ['one that stands there twice', 'reverts=1 reverts=2'],
    ['a reason that there is not', 'closed=because'],
    ['a broken escape', 'clusters=%ZZ'],
    ['an object of three parts', 'objects=v1;Pod;shop'],
  ])('make it no marker with %s', (_what, text) => {
    expect(parseMarker(printMarker(BASIC).replace(' -->', ` ${text} -->`))).toBeNull();
  });

  test('of a later version are passed over', () => {
    expect(parseMarker(printMarker(BASIC).replace(' -->', ' weather=sunny -->'))).toEqual(BASIC);
  });
});

describe('withMarker', () => {
  test('replaces the last line and nothing else', () => {
    const body = pullRequestBody(imageProposal());
    const changed = withMarker(body, BASIC);
    expect(parseMarker(changed)).toEqual(BASIC);
    expect(withoutMarker(changed)).toBe(withoutMarker(body));
  });

  test('adds the line where somebody removed it', () => {
    expect(withMarker('Just text\r\n', BASIC)).toBe(`Just text\n\n${printMarker(BASIC)}`);
  });
});
