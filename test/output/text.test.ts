import { describe, expect, test } from 'vitest';
import { reportText } from '../../src/output/text.ts';
import { prose } from '../../src/untrusted/prose.ts';
import { imageProposal, imageProposalWith } from '../pull-requests/proposals.ts';
import { fullReport, proposedResult, reportOf } from './reports.ts';

describe('reportText', () => {
  test('writes places first, problems and a count last', async () => {
    await expect(reportText(fullReport(), { colour: false })).toMatchFileSnapshot('expected/report-text.txt');
  });

  test('starts an incident with file and line', () => {
    expect(reportText(reportOf([proposedResult(imageProposal())]), { colour: false })).toMatch(
      /^apps\/cart\/kustomization\.yaml:8 /,
    );
  });

  test('names what is at fault where it is not what fails', () => {
    const { object } = imageProposal().incidents[0]!.finding;
    const culprit = { kind: 'Registry', namespace: null, name: 'registry.example' };
    const text = reportText(reportOf([proposedResult(imageProposalWith({ culprit, affected: [object] }))]), {
      colour: false,
    });
    expect(text).toMatch(/^  culprit +Registry registry\.example$/m);
    expect(reportText(reportOf([proposedResult(imageProposal())]), { colour: false })).not.toContain(
      'culprit',
    );
  });

  test('has no colour unless asked for', () => {
    expect(reportText(fullReport(), { colour: false })).not.toContain('\u001b');
  });

  test('colours the diff when asked for', () => {
    const text = reportText(fullReport(), { colour: true });
    expect(text).toContain('\u001b[31m-    newTag: 2.15.1\u001b[0m');
    expect(text).toContain('\u001b[32m+    newTag: 2.14.3\u001b[0m');
  });

  test('differs by its colours only', () => {
    // oxlint-disable-next-line no-control-regex
    expect(reportText(fullReport(), { colour: true }).replace(/\u001b\[\d+m/g, '')).toBe(
      reportText(fullReport(), { colour: false }),
    );
  });

  test('lets no foreign text drive the terminal', () => {
    const summary = prose`It says ${'\u001b]0;owned\u0007\u001b[2J\r\u009b31m'}.`;
    const diff = '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-\u001b[2Ja\n+b\n';
    const text = reportText(reportOf([proposedResult(imageProposalWith({ summary }, { diff }))]), {
      colour: false,
    });
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  });

  test('counts a pull request that two incidents share once', () => {
    const result = proposedResult(imageProposal());
    expect(reportText(reportOf([result, result]), { colour: false })).toMatch(
      /2 incidents in prod-eu: 2 propose\. 1 pull request\.\n$/,
    );
  });

  test('says so when nothing is failing', () => {
    expect(reportText(reportOf([]), { colour: false })).toBe('Nothing is failing in prod-eu.\n');
  });
});
