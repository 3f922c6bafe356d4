import { CORE_SCHEMA, load, type LoadOptions, Type, YAMLException } from 'js-yaml';
import { DEEPEST } from './checked-object.ts';

const MERGE = new Type('tag:yaml.org,2002:merge', {
  kind: 'scalar',
  resolve: (text) => text === '<<' || text === null,
});

/**
 * YAML as kubectl prints it: the core schema, in which times stay strings, and merge keys for what people wrote by hand.
 * Like kubectl, takes the last of two equal keys.
 */
export const OPTIONS: LoadOptions = { schema: CORE_SCHEMA.extend({ implicit: [MERGE] }), json: true };

/** The most values that aliases may make of one document. kubectl prints no aliases at all. */
const MOST_VALUES = 1_000_000;

export function readScalar(text: string): unknown {
  return (load(`- ${text}`, OPTIONS) as readonly unknown[])[0];
}

/** Takes whatever the YAML library takes, except what would cost too much to walk. */
export function readStrictly(text: string): unknown {
  return refuseBombs(load(text, OPTIONS), text);
}

/** Parses, but would cost too much to walk. */
class Hostile extends Error {}

/** Aliases share what they name, so a bomb costs nothing until somebody walks it. Without them the parser limits the depth. */
function refuseBombs(document: unknown, text: string): unknown {
  if (!/[\s[{,]\*[^\s*]/.test(text)) return document;
  if (expandedSize(document) > MOST_VALUES)
    throw new Hostile(`aliases make more than ${MOST_VALUES} values of it; refused`);
  if (isDeeperThan(document, DEEPEST)) throw new Hostile('aliases nest it too deep; refused');
  return document;
}

/** The number of values with every alias written out; infinite when an alias names what it stands in. */
function expandedSize(root: unknown): number {
  const sizes = new Map<object, number>();
  const size = (node: unknown, depth: number): number => {
    if (typeof node !== 'object' || node === null) return 1;
    const known = sizes.get(node);
    if (known !== undefined) return known;
    if (depth > DEEPEST) return Infinity;
    sizes.set(node, Infinity);
    let total = 1;
    for (const child of Object.values(node)) total += size(child, depth + 1);
    sizes.set(node, total);
    return total;
  };
  return size(root, 0);
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) if (isDeeperThan((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}

/** From 1. */
export function lineOf(error: unknown): number {
  return error instanceof YAMLException ? (error.mark?.line ?? 0) + 1 : 1;
}

export function describeYamlError(error: unknown): string {
  if (error instanceof Hostile) return error.message;
  if (error instanceof YAMLException) return `expected YAML or JSON: ${error.reason}`;
  throw error;
}
