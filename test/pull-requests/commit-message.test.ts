import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commitMessage } from '../../src/pull-requests/commit-message.ts';
import { prose, untrusted } from '../../src/untrusted/prose.ts';
import { hostileText } from '../untrusted/hostile.ts';
import { changeOf, deployment, imageProposal, imageProposalWith } from './proposals.ts';

describe('commitMessage', () => {
  test('says what, why and on what evidence', async () => {
    await expect(commitMessage(imageProposal())).toMatchFileSnapshot('expected/image-commit.txt');
  });

  test('wraps its lines at 72, long words aside', () => {
    const lines = commitMessage(imageProposal()).split('\n');
    expect(lines.filter((line) => line.length > 72 && line.trim().includes(' '))).toEqual([]);
  });

  test('hides the value of a variable that is a secret by its name', () => {
    const field = 'spec.template.spec.containers[name=server].env[name=DB_PASSWORD].value';
    const changes = [changeOf(deployment('cart'), field, 'hunter2', 'hunter3')];
    expect(commitMessage(imageProposalWith({}, { changes }))).not.toMatch(/hunter/);
  });

  test('ends with trailers of ours alone and acts on nobody, whatever is quoted', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (first, second) => {
        const message = commitMessage(
          imageProposalWith({
            summary: prose`It broke: ${first}`,
            rootCause: prose`${second} did it.`,
            evidence: [{ source: 'log', ref: first, at: null, text: untrusted(second) }],
          }),
        );
        const trailers = message.trimEnd().split('\n\n').at(-1)!.split('\n');
        expect(
          trailers.filter((line) => !/^Faultline-(?:Rule|Incident|Proposal|Proved-On): [\w-]+$/.test(line)),
        ).toEqual([]);
        expect(message).not.toMatch(
          /(?<![A-Za-z0-9_])@[A-Za-z0-9]|#\d+(?![A-Za-z0-9_])|:\/\/|(?:co-authored|signed-off)-by\s*:|\[skip ci\]/i,
        );
      }),
      { numRuns: 200 },
    );
  });
});
