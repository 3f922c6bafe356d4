import { type Change, changeOf } from '../../src/model/change.ts';
import { describe, expect, test } from 'vitest';
import { withinCaps } from '../../src/decisions/caps.ts';
import type { Scalar } from '../../src/kubernetes/objects.ts';
import type { Settable } from '../../src/model/finding.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { deployment } from '../pull-requests/proposals.ts';

const LIMIT = 'spec.template.spec.containers[name=api].resources.limits.memory';
const REQUEST = 'spec.template.spec.containers[name=api].resources.requests.memory';
const IMAGE = 'spec.template.spec.containers[name=api].image';
const CONFIG = 'spec.template.spec.volumes[name=c].configMap.name';
const LIMITS = { openPullRequests: 10, perHour: 20, memoryFactor: 2 };

function change(field: string, before: Scalar, after: Scalar) {
  return changeOf<Scalar>(deployment('api'), field, before, after);
}

/** As the causes state it that want such a change. */
function settable({ field: { text: field } }: Change): Settable {
  if (field === IMAGE) return { to: 'tag' };
  if (field === CONFIG) return { to: 'name' };
  if (field === 'spec.maxReplicas') return { to: 'number', times: 2 };
  return field.includes('resources') ? { to: 'amount' } : { to: 'text' };
}

const MEMORY = [change(LIMIT, '512Mi', '768Mi'), change(REQUEST, '256Mi', '384Mi')] as const;

function capped(
  one: ReturnType<typeof change>,
  text: string,
  all = [one] as readonly ReturnType<typeof change>[],
) {
  const result = withinCaps(one, text, { settable: settable(one), changes: all, limits: LIMITS });
  return result.kind === 'value' ? result.value : { refused: plainText(result.why) };
}

describe('is taken', () => {
  test.each([
    ['a limit up to the factor', MEMORY[0], '1Gi', '1Gi'],
    ['a limit below the proposed one', MEMORY[0], '600Mi', '600Mi'],
    ['a request up to its limit', MEMORY[1], '512Mi', '512Mi'],
    ['what was proposed, although it more than doubles', change(LIMIT, '64Mi', '256Mi'), '256Mi', '256Mi'],
    ['another tag', change(IMAGE, 'a.example/b:1', 'a.example/b:2'), 'a.example/b:3', 'a.example/b:3'],
    ['a tag alone', change(IMAGE, 'a.example/b:1', 'a.example/b:2'), '3.1-rc.1', 'a.example/b:3.1-rc.1'],
    [
      'a name of the same image',
      change(IMAGE, 'nginx:1', 'nginx:2'),
      'docker.io/library/nginx:3',
      'docker.io/library/nginx:3',
    ],
    ['up to twice as many replicas', change('spec.maxReplicas', 8, 14), '16', '16'],
    ['the name of a ConfigMap', change(CONFIG, 'a', 'b'), 'c.v2', 'c.v2'],
    [
      'the value of a variable',
      change('spec.containers[name=x].env[name=A].value', null, 'b'),
      'any thing',
      'any thing',
    ],
  ])('%s', (_what, one, text, value) => {
    expect(capped(one, text, MEMORY.includes(one as never) ? MEMORY : [one])).toBe(value);
  });
});

describe('is refused', () => {
  test.each([
    ['a limit above the factor', MEMORY[0], '1025Mi', 'is more than 2 times the 512Mi of now'],
    ['a limit below what it is', MEMORY[0], '256Mi', 'is less than the 512Mi of now'],
    ['a limit below its request', change(LIMIT, '64Mi', '256Mi'), '100Mi', 'below the request of 128Mi'],
    ['a request above its limit', change(REQUEST, '512Mi', '600Mi'), '900Mi', 'above the limit of 768Mi'],
    ['no quantity', MEMORY[0], 'lots', 'is not a quantity'],
    ['nothing', MEMORY[0], '0', 'is not a quantity'],
    ['less than nothing', MEMORY[0], '-1Gi', 'is not a quantity'],
    [
      'another image',
      change(IMAGE, 'a.example/b:1', 'a.example/b:2'),
      'evil.example/b:2',
      'only its tag or digest',
    ],
    [
      'an image with spaces',
      change(IMAGE, 'a.example/b:1', 'a.example/b:2'),
      'a b',
      'is not an image reference',
    ],
    ['too many replicas', change('spec.maxReplicas', 8, 14), '17', 'more than 2 times'],
    ['fewer replicas', change('spec.maxReplicas', 8, 14), '7', 'less than the 8 of now'],
    ['no number of replicas', change('spec.maxReplicas', 8, 14), '1e1', 'is not a whole number'],
    ['no replicas', change('spec.maxReplicas', 8, 14), '0', 'is not a whole number'],
    ['no name', change(CONFIG, 'a', 'b'), '../c', 'is not a name'],
    ['an empty name', change(CONFIG, 'a', 'b'), '', 'is not a name'],
  ])('%s', (_what, one, text, why) => {
    const others = [change(LIMIT, '512Mi', '768Mi'), change(REQUEST, '64Mi', '128Mi')];
    const all = [one, ...others.filter(({ field }) => field.text !== one.field.text)];
    expect(capped(one, text, MEMORY.includes(one as never) ? MEMORY : all)).toEqual({
      refused: expect.stringContaining(why),
    });
  });
});

test('nothing is taken where the cause states nothing that can be set', () => {
  const [limit] = MEMORY;
  expect(withinCaps(limit, '768Mi', { settable: undefined, changes: MEMORY, limits: LIMITS }).kind).toBe(
    'refused',
  );
});
