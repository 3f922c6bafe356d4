import type { Json } from '../kubernetes/objects.ts';
import type { Prose } from '../untrusted/prose.ts';
import type { Change } from './change.ts';
import type { Commit } from './commit.ts';
import type { Site } from './site.ts';

/** A field of the failing object's template that is not what it was; a list of plain values is one value. */
export interface TemplateChange extends Change<Json> {
  /** The line that sets the field at the head; null where there is none, or it is not known. */
  readonly site: Site | null;
}

/** A commit that changed the template in the rendered sense, with its part in the difference. */
export interface ChangedBefore {
  readonly commit: Commit;
  /** None where the commit broke the workload without changing its template: it renamed what that refers to. */
  readonly changes: readonly TemplateChange[];
}

/** What is different from when the workload was last known to be Ready. */
export interface ChangesBefore {
  /** What the template of now is compared with: a clause. Null where it is compared with none, and the rule names the commit. */
  readonly since: Prose | null;
  /** The newest first. */
  readonly commits: readonly ChangedBefore[];
  /** What differs although git still has the old value: something changed it in the cluster. */
  readonly outsideGit: readonly TemplateChange[];
  /** What differs without that it is known who changed it. */
  readonly unexplained: readonly TemplateChange[];
}
