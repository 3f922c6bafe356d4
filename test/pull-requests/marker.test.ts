import { describe, expect, test } from 'vitest';
import { markerLine, parseMarker } from '../../src/pull-requests/marker.ts';
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
