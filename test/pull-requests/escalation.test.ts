import { describe, expect, test } from 'vitest';
import { escalationReport } from '../../src/pull-requests/escalation.ts';
import { prose } from '../../src/untrusted/prose.ts';
import { toMarkdown } from '../../src/writers/markdown.ts';
import { imageProposal, memoryProposal, PROPOSE } from './proposals.ts';

const [INCIDENT] = imageProposal().incidents;

function escalationText(...input: Parameters<typeof escalationReport>): string {
  return toMarkdown(escalationReport(...input));
}

describe('escalationReport', () => {
  test('tells what is known, why nothing is changed, and between which places', async () => {
    const text = escalationText(
      INCIDENT!,
      { ...PROPOSE, action: 'decline', reason: prose`Two places could control the value.` },
      {
        kind: 'declined',
        code: 'several-sites',
        reason: 'two places in apps/cart could control the value, and nothing separates them',
        candidates: ['apps/cart/kustomization.yaml:8', 'apps/cart/patch.yaml:9'],
      },
    );
    await expect(`${text}\n`).toMatchFileSnapshot('expected/declined-report.txt');
  });

  test('shows the edit that only policy holds back', () => {
    const { incidents, located } = memoryProposal();
    expect(escalationText(incidents[0]!, { ...PROPOSE, action: 'monitor' }, located)).toContain(
      '- `apps/overlays/prod/memory.yaml:14`: memory limit from `512Mi` to `768Mi`',
    );
  });

  test('has no marker, since it is no pull request', () => {
    expect(escalationText(INCIDENT!, PROPOSE, null)).not.toContain('<!--');
  });
});
