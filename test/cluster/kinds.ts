import { kindsRead } from '../../src/incidents/kinds-read.ts';
import { rules } from '../../src/rules/index.ts';

/** What the program lists in a live cluster. */
export const KINDS = kindsRead(rules);
