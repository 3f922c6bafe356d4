import { EXPECTATIONS_FILE } from '../config/defaults.ts';
import { expectationsIn } from '../config/expectations.ts';
import type { NewCheck } from '../github/host.ts';
import { expectationsOf } from '../guard/expectations.ts';
import { count } from '../kubernetes/times.ts';
import { treeOf } from '../tree/tree.ts';
import { inline } from '../untrusted/markdown.ts';
import { plainText, prose, untrusted } from '../untrusted/prose.ts';

/** The check run of a pull request that changes the expectations: a file with a mistake would hold nothing. */
export async function expectationsCheck(text: string): Promise<Omit<NewCheck, 'head'>> {
  const { expectations, problems } = await expectationsOf(treeOf({ [EXPECTATIONS_FILE]: text }));
  const name = 'Faultline expectations';
  if (problems.length === 0) {
    const title = `Valid: ${count(expectations.length, 'expectation')}`;
    const summary = 'The guard holds later pull requests to them.';
    return { name, conclusion: 'success', title, summary, annotations: [] };
  }
  return {
    name,
    conclusion: 'failure',
    title: count(problems.length, 'error'),
    summary: problems.map((problem) => `- ${inline(prose`${plainText(problem)}`)}`).join('\n'),
    annotations: expectationsIn(text).errors.map(({ file, line, message }) => ({
      path: file,
      line,
      message: plainText(untrusted(message)),
    })),
  };
}
