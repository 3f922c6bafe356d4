import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { InputError } from '../../src/errors/input-error.ts';
import { parseSettings } from '../../src/service/settings.ts';

const folder = join(import.meta.dirname, '../../schema');

/** Whether Faultline itself takes the text. */
const accepts: Readonly<Record<string, (text: string) => boolean>> = {
  faultline: (text) => parseConfig(text, 'f.yml').errors.length === 0,
  'faultline-service': (text) => {
    try {
      parseSettings(text, '/etc/f.yml', { XDG_STATE_HOME: '/var' });
      return true;
    } catch (error) {
      if (error instanceof InputError) return false;
      throw error;
    }
  },
};

interface Schema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

function schemaOf(name: string): Schema {
  return JSON.parse(readFileSync(join(folder, `${name}.schema.json`), 'utf8'));
}

function casesIn(kind: 'test' | 'negative_test', name: string): readonly (readonly [string, string])[] {
  const here = join(folder, kind, name);
  return readdirSync(here).map((file) => [file, readFileSync(join(here, file), 'utf8')] as const);
}

/** The paths of properties without a description. */
function undescribed(schema: unknown, path = ''): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = Object.entries((schema as Schema).properties ?? {})
    .filter(([, { description }]) => description === undefined)
    .map(([key]) => `${path}.${key}`);
  const below = Object.entries(schema).flatMap(([key, value]) =>
    key === 'examples' || key === 'default' ? [] : undescribed(value, `${path}.${key}`),
  );
  return [...own, ...below];
}

describe.each(Object.keys(accepts))('schema/%s.schema.json', (name) => {
  const schema = schemaOf(name);
  const ajv = new Ajv.default({ strict: true, strictTypes: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);

  test('is a draft 7 with all that SchemaStore asks for', () => {
    expect(schema).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: `https://json.schemastore.org/${name}.json`,
      title: expect.any(String),
      description: expect.any(String),
    });
  });

  test('describes every property', () => {
    expect(undescribed(schema)).toEqual([]);
  });

  test('has examples that it takes itself', () => {
    expect(schema.examples!.length).toBeGreaterThan(0);
    for (const example of schema.examples!)
      expect(validate(example), ajv.errorsText(validate.errors)).toBe(true);
  });

  test.each(casesIn('test', name))('takes %s, and so does Faultline', (_file, text) => {
    expect(validate(parse(text)), ajv.errorsText(validate.errors)).toBe(true);
    expect(accepts[name]!(text)).toBe(true);
  });

  test.each(casesIn('negative_test', name))('refuses %s, and so does Faultline', (_file, text) => {
    expect(validate(parse(text))).toBe(false);
    expect(accepts[name]!(text)).toBe(false);
  });
});
