import { z } from 'zod';
import { configSchema } from './schema.ts';

/** Relative to the project. */
export const SCHEMA_FILE = 'schema/faultline.schema.json';

/** What editors complete with. */
const EXAMPLES = [
  {
    policy: {
      default: { mode: 'propose' },
      rules: [
        { namespaces: ['payments*'], mode: 'monitor' },
        { namespaces: ['staging', 'dev-*'], mode: 'auto-fix', minConfidence: 0.95 },
        { workloads: ['Deployment/legacy-*'], failures: ['oom-killed'], mode: 'off' },
      ],
    },
    limits: { openPullRequests: 10, perHour: 20, memoryFactor: 2 },
    freeze: [{ from: '2026-12-20', to: '2027-01-03', timezone: 'Europe/Berlin' }],
  },
  {
    extends: 'acme/.github:policies/base.yml',
    clusters: { 'prod-eu': { sources: [{ path: 'apps/prod' }] } },
  },
];

/**
 * The JSON schema of `.github/faultline.yml`, as the file has it. Draft 7 is what editors understand best, and what SchemaStore takes; the id is
 * the address that it gives a schema of this name.
 */
export function configJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
  const head = {
    $schema,
    $id: 'https://json.schemastore.org/faultline.json',
    title: 'Faultline configuration',
  };
  return `${JSON.stringify({ ...head, ...schema, examples: EXAMPLES }, null, 2)}\n`;
}
