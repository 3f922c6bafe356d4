import { z } from 'zod';
import { configSchema } from './schema.ts';

/** Relative to the project. */
export const SCHEMA_FILE = 'schema/faultline.schema.json';

/** The JSON schema of `.github/faultline.yml`, as the file has it. Draft 7 is what editors understand best. */
export function configJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ $schema, title: 'Faultline configuration', ...schema }, null, 2)}\n`;
}
