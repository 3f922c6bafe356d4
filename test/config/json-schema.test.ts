import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { parseConfig } from '../../src/config/load.ts';

function project(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

const examples = [...project('docs/configuration.md').matchAll(/^```yaml\n([^]*?)^```$/gm)].map(
  (match) => match[1]!,
);

test('the documentation has examples', () => {
  expect(examples.length).toBeGreaterThan(3);
});

test.each(examples)(
  'this example from the documentation is valid, for Faultline and for editors: %s',
  (text) => {
    expect(parseConfig(text, 'docs/configuration.md').errors).toEqual([]);
    expect(z.fromJSONSchema(JSON.parse(configJsonSchema())).safeParse(parse(text)).error).toBeUndefined();
  },
);

test('editors mark unknown keys and modes', () => {
  const schema = z.fromJSONSchema(JSON.parse(configJsonSchema()));
  expect(schema.safeParse({ policy: { default: { mode: 'all' } } }).success).toBe(false);
  expect(schema.safeParse({ polices: {} }).success).toBe(false);
});

test('editors know the rules, and patterns of them', () => {
  const schema = z.fromJSONSchema(JSON.parse(configJsonSchema()));
  const policy = (failure: string) => ({ policy: { rules: [{ failures: [failure], mode: 'off' }] } });
  expect(schema.safeParse(policy('oom-killed')).success).toBe(true);
  expect(schema.safeParse(policy('image-*')).success).toBe(true);
  expect(schema.safeParse(policy('oom')).success).toBe(false);
});
