import { jsonDocuments } from './as-json.ts';
import { schemaText } from './chart-schema.ts';
import { disputedBytes, type TextProblem } from './disputed.ts';
import { readStrictly } from './strict-yaml.ts';

/** What steers Helm, of a chart and of those that lie in its `charts/`: it is printed anew from what was read. */
const STEERING = /^(?:charts\/[^/]+\/)*(?:Chart\.yaml|Chart\.lock|requirements\.yaml|requirements\.lock)$/;
const SCHEMA = /^(?:charts\/[^/]+\/)*values\.schema\.json$/;
const VALUES = /^(?:charts\/[^/]+\/)*values\.yaml$/;

/** A file of a chart as Helm gets it, by its path in the chart. Templates and files that only templates read stay as they are. */
export function handedIn(within: string, content: Buffer): Buffer | TextProblem {
  if (STEERING.test(within)) {
    const { documents, problem } = readStrictly(content);
    if (problem) return problem;
    if (documents.length > 1) return { line: null, message: 'has more than one document' };
    return Buffer.from(jsonDocuments(documents.map(({ value }) => value)));
  }
  if (SCHEMA.test(within)) {
    const schema = schemaText(content);
    return typeof schema === 'string' ? Buffer.from(schema) : schema;
  }
  return VALUES.test(within) ? (disputedBytes(content) ?? content) : content;
}
