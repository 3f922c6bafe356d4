/** Writes schema/faultline.schema.json, which editors check `.github/faultline.yml` with. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { configJsonSchema, SCHEMA_FILE } from '../src/config/json-schema.ts';

mkdirSync(new URL('../schema/', import.meta.url), { recursive: true });
writeFileSync(new URL(`../${SCHEMA_FILE}`, import.meta.url), configJsonSchema());
