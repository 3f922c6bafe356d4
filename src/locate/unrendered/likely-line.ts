import type { Scalar } from '../../kubernetes/objects.ts';
import type { Replacement } from '../replacements.ts';

/** A line that most likely makes a field of an object that is not rendered here, and the edit of it. */
export interface LikelyLine {
  readonly replacement: Replacement;
  /** What the field is now, and what the edit makes of it, if the line is the one. */
  readonly before: Scalar;
  readonly after: Scalar;
  /** Why it is the likely one, and what nobody can know here. The end of a sentence. */
  readonly because: string;
}
