import { createContext, runInContext } from 'node:vm';

/** Milliseconds. */
const PATIENCE = 20;

const sandbox = createContext({ pattern: '', text: '' });

/** Syntax that Go and JavaScript read differently, or only one of them reads. */
const DISPUTED = /\[\[:|\\[AzZQECpPbB]|\(\?(?!:)/;

/**
 * Whether a text matches a pattern of a CRD; null where that is not known. The pattern is foreign: one that takes too long says
 * nothing.
 */
export function matchesPattern(pattern: string, text: string): boolean | null {
  if (DISPUTED.test(pattern) || pattern.length > 1000 || text.length > 1000) return null;
  Object.assign(sandbox, { pattern, text });
  try {
    return runInContext('new RegExp(pattern, "u").test(text)', sandbox, { timeout: PATIENCE }) === true;
  } catch {
    return null;
  }
}
