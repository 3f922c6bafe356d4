import { describe, expect, test } from 'vitest';
import { reportMarkdown } from '../../src/output/markdown.ts';
import { parseMarker } from '../../src/pull-requests/marker.ts';
import { pullRequestBody } from '../../src/pull-requests/body.ts';
import { imageProposal, imageProposalWith, deployment } from '../pull-requests/proposals.ts';
import { parseGfm, readText } from '../untrusted/gfm.ts';
import { declinedResult, fullReport, proposedResult, reportOf } from './reports.ts';

function titles(markdown: string): readonly string[] {
  return (parseGfm(markdown).children ?? [])
    .filter((node) => node.type === 'heading' && node.depth === 1)
    .map(readText);
}

describe('reportMarkdown', () => {
  test('prints pull requests, then reports, then problems', () => {
    expect(titles(reportMarkdown(fullReport()))).toEqual([
      'fix(cart): restore image tag 2.14.3 (2.15.1 does not exist)',
      'fix(pricing): raise memory limit to 768Mi',
      'Deployment shop/cart: image-pull, tag-not-found',
      'Problems',
    ]);
  });

  test('prints the description as GitHub would get it', () => {
    const markdown = reportMarkdown(reportOf([proposedResult(imageProposal())]));
    expect(markdown).toContain(pullRequestBody(imageProposal()));
    expect(parseMarker(markdown)?.key).toBe(imageProposal().key);
  });

  test('prints a pull request that two incidents share once', () => {
    const result = proposedResult(imageProposal());
    expect(titles(reportMarkdown(reportOf([result, result])))).toHaveLength(1);
  });

  test('prints a refusal as a sentence', () => {
    expect(reportMarkdown(reportOf([declinedResult()]))).toContain(
      '**No edit.** Two places in `apps/cart` could control the value.',
    );
  });

  test('lets no name into the title as markup', () => {
    const object = deployment('<b>*x*</b>');
    expect(titles(reportMarkdown(reportOf([proposedResult(imageProposalWith({ object }))])))[0]).toContain(
      'fix(<b>*x*</b>)',
    );
  });

  test('says so when nothing is failing', () => {
    expect(reportMarkdown(reportOf([]))).toBe('Nothing is failing in `prod-eu`.\n');
  });
});
