import { describe, expect, test } from 'vitest';
import { plainText } from '../../src/untrusted/prose.ts';
import { foreseen, guarded } from './guarded.ts';
import { DEPLOYMENT, QUAY } from './quay.ts';

const FILE = '.github/faultline-expectations.yml';
const MEMORY = 'spec.template.spec.containers[name=server].resources.limits.memory';

function expecting(bounds: string, object = 'Deployment/ferry', field = MEMORY): string {
  return `expectations:\n  - object: ${object}\n    namespace: quay\n    field: ${field}\n${bounds}`;
}

const AT_LEAST = expecting('    atLeast: 256Mi\n    since: "#123"\n');
const lower = { 'quay/ferry.yaml': DEPLOYMENT.replace('memory: 256Mi', 'memory: 192Mi') };
const higher = { 'quay/ferry.yaml': DEPLOYMENT.replace('memory: 256Mi', 'memory: 512Mi') };

describe('an expectation', () => {
  test('is told at the line that breaks it, with where it comes from and the edit that meets it', async () => {
    const { findings } = await guarded({ ...QUAY, [FILE]: AT_LEAST }, lower);
    const line = DEPLOYMENT.split('\n').findIndex((text) => text.includes('limits:')) + 1;
    expect(findings).toMatchObject([
      {
        rule: 'expectation',
        cause: 'not-met',
        level: 'error',
        site: { file: 'quay/ferry.yaml', line },
        suggestion: { value: '256Mi' },
      },
    ]);
    expect(plainText(findings[0]!.because)).toBe(
      `Deployment quay/ferry would have 192Mi in ${MEMORY}, and at least 256Mi is expected (${FILE}:2, since #123).`,
    );
  });

  test('is told in the root that it names', async () => {
    const file = AT_LEAST.replace('    atLeast', '    root: quay\n    atLeast');
    expect(await foreseen({ ...QUAY, [FILE]: file }, lower)).toEqual([
      expect.stringContaining('expectation/not-met'),
    ]);
  });

  test('that a change brings and does not meet itself is told at its own line', async () => {
    const file = expecting('    atLeast: 1Gi\n');
    const { findings } = await guarded(QUAY, { ...lower, [FILE]: file });
    expect(findings).toMatchObject([
      { cause: 'not-met-from-the-start', level: 'warning', site: { file: FILE, line: 2 } },
    ]);
    expect(plainText(findings[0]!.because)).toBe(
      `This change expects at least 1Gi in ${MEMORY} of Deployment quay/ferry, and sets 192Mi: change the expectation or the value.`,
    );
    expect(await foreseen({ ...QUAY, [FILE]: file }, lower)).toEqual([]);
    expect(await foreseen(QUAY, { ...higher, [FILE]: expecting('    atLeast: 512Mi\n') })).toEqual([]);
  });

  test('is told where the field goes away', async () => {
    const without = { 'quay/ferry.yaml': DEPLOYMENT.replace(/ {12}limits: .*\n/, '') };
    const equal = expecting('    equals: 256Mi\n');
    expect(await foreseen({ ...QUAY, [FILE]: equal }, without)).toEqual([
      expect.stringContaining('expectation/not-met'),
    ]);
  });

  test.each([
    ['it is met', AT_LEAST, higher],
    [
      'the same amount is written otherwise',
      expecting('    equals: 512Mi\n'),
      { 'quay/ferry.yaml': DEPLOYMENT.replace('memory: 256Mi', 'memory: 0.5Gi') },
    ],
    ['it was not met before', expecting('    atLeast: 1Gi\n'), lower],
    ['it is about another object', expecting('    atLeast: 256Mi\n', 'Deployment/barge'), lower],
    ['neither side has the field', expecting('    equals: true\n', 'Deployment/ferry', 'spec.paused'), lower],
    ['the change deletes it in the open', AT_LEAST, { ...lower, [FILE]: null }],
    ['the change lowers it in the open', AT_LEAST, { ...lower, [FILE]: expecting('    atLeast: 128Mi\n') }],
    [
      'the limit goes away, so that there is none to run into',
      AT_LEAST,
      { 'quay/ferry.yaml': DEPLOYMENT.replace(/ {12}limits: .*\n/, '') },
    ],
    ['it is about another root', AT_LEAST.replace('    atLeast', '    root: other\n    atLeast'), lower],
    ['the object goes away', AT_LEAST, { 'quay/ferry.yaml': '# nothing\n' }],
  ] as const)('is silent where %s', async (_what, file, edits) => {
    const { findings } = await guarded({ ...QUAY, [FILE]: file }, edits);
    expect(findings.filter(({ rule }) => rule === 'expectation')).toEqual([]);
  });

  test.each([
    ['expectations: [{object: ferry, field: spec.replicas, equals: 1}]\n', `${FILE}:1:`],
    [
      'expectations: [{object: Deployment/ferry, field: spec.replicas}]\n',
      'expected atLeast, atMost or equals',
    ],
    [expecting('    equals: 1\n', 'Deployment/ferry', 'spec..replicas'), 'is not a field path'],
  ])('that is a mistake holds nothing, and is named: %j', async (file, message) => {
    const { findings, leftOut } = await guarded({ ...QUAY, [FILE]: file }, lower);
    expect(findings).toEqual([]);
    expect(leftOut.map(plainText).join()).toContain(message);
  });
});
