import { describe, expect, test } from 'vitest';
import { parseAssignment, parseDuration, parseReason } from '../../src/chatops/arguments.ts';
import { chooseField } from '../../src/decisions/choose-field.ts';

describe('a duration', () => {
  test.each([
    ['90m', 90 * 60_000, ''],
    ['24h', 24 * 3_600_000, ''],
    ['7d until the release', 7 * 86_400_000, 'until the release'],
    ['7D', 7 * 86_400_000, ''],
  ])('%s', (text, duration, rest) => {
    expect(parseDuration(text)).toEqual({ duration, rest });
  });

  test.each(['', '24', 'h', '1.5h', '-1h', '24hours', '24 h', '2w', '1h30m', 'tomorrow', '999999h'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});

describe('an assignment', () => {
  test.each([
    ['limits.memory=1Gi', 'limits.memory', '1Gi'],
    ['limits.memory = 1Gi', 'limits.memory', '1Gi'],
    ['spec.containers[name=api].image=a/b:1', 'spec.containers[name=api].image', 'a/b:1'],
    ['data["a=b"]=c', 'data["a=b"]', 'c'],
    ['env[name=X].value="a b"', 'env[name=X].value', 'a b'],
    [String.raw`value="a \"b\" \\ c"`, 'value', String.raw`a "b" \ c`],
    ["value='a b=c'", 'value', 'a b=c'],
    ['value=""', 'value', ''],
    ['value=a=b', 'value', 'a=b'],
  ])('%s', (text, field, value) => {
    expect(parseAssignment(text)).toEqual({ field, value });
  });

  test.each([
    '',
    'limits.memory',
    '=1Gi',
    'limits.memory=',
    'limits.memory 1Gi',
    'limits.memory=1Gi now',
    'value="open',
    'value="a" b',
    "value='a",
    'a b=c',
    'a]=b',
    'a[=b',
    `value=${'x'.repeat(501)}`,
  ])('%j is none', (text) => {
    expect(parseAssignment(text)).toBeNull();
  });
});

describe('a reason', () => {
  test('is one line of bounded length, without its quotes', () => {
    expect(parseReason('  "we   know"  ')?.toJSON()).toBe('we know');
    expect(parseReason('x'.repeat(1000))?.toJSON()).toHaveLength(300);
  });

  test('is masked', () => {
    expect(parseReason('password=hunter2xyz')?.toJSON()).toBe('password=***');
  });

  test.each(['', '  ', '""'])('%j is none', (text) => {
    expect(parseReason(text)).toBeNull();
  });
});

describe('a field of the finding', () => {
  const LIMIT = 'spec.template.spec.containers[name=api].resources.limits.memory';
  const REQUEST = 'spec.template.spec.containers[name=api].resources.requests.memory';

  test.each([LIMIT, 'limits.memory', 'resources.limits.memory', '[name="api"].resources.limits.memory'])(
    '%s',
    (named) => {
      expect(chooseField(named, [LIMIT, REQUEST])).toEqual({ kind: 'field', field: LIMIT });
    },
  );

  test('that may be several is not chosen', () => {
    expect(chooseField('memory', [LIMIT, REQUEST])).toEqual({ kind: 'several', fields: [LIMIT, REQUEST] });
  });

  test.each(['cpu', 'spec.replicas', 'limits', 'emory', '', '..', 'spec', '[', 'x.resources.limits.memory'])(
    '%j is none',
    (named) => {
      expect(chooseField(named, [LIMIT, REQUEST]).kind).toBe('none');
    },
  );
});
