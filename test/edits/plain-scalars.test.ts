import { describe, expect, test } from 'vitest';
import { ambiguousScalar, coreType } from '../../src/edits/plain-scalars.ts';

const DISPUTED =
  'yes No on OFF y N 0644 00 0o17 0x1F 0b11 1_000 1_0.5 12:30 190:20:30 1e3 1.5e+3 .5 5. 2024-01-31 2001-12-14t21:59:43Z << = 9007199254740993';
const UNDISPUTED =
  'true False null ~ 0 8080 -1 +1 1.5 -0.25 .inf -.INF .nan nginx 512Mi 500m 1.2.3 v1 10.0.0.1 a:b 1h30m -x 0.5.1 yess 08:xx sha256:12ab';

describe('plain scalars', () => {
  test.each(DISPUTED.split(' '))('%s is read differently by different parsers', (source) => {
    expect(ambiguousScalar(source)).toBe(true);
  });

  test.each(UNDISPUTED.split(' '))('%s is read the same everywhere', (source) => {
    expect(ambiguousScalar(source)).toBe(false);
  });

  test.each([
    ['', 'null'],
    ['TRUE', 'boolean'],
    ['0644', 'integer'],
    ['1e3', 'float'],
    ['yes', 'string'],
    ['1_000', 'string'],
  ])('%j is a %s in YAML 1.2', (source, type) => {
    expect(coreType(source)).toBe(type);
  });
});
