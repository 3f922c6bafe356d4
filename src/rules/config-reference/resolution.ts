import { describeRef, type ObjectRef } from '../../kubernetes/objects.ts';
import { ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import type { Commit } from '../../model/commit.ts';
import type { ConfidencePart, Culprit, Guard, Verdict, WantedChange } from '../../model/finding.ts';
import type { Broken } from '../../facts/broken-references.ts';
import type { Cause } from './causes.ts';

/** What became of one broken reference. */
export interface Resolution {
  readonly cause: Cause;
  readonly verdict: Verdict;
  /** What happened, in whole sentences: the second part of the root cause. */
  readonly explanation: Prose;
  readonly reason: Prose;
  readonly wanted: readonly WantedChange[];
  readonly evidence: readonly Evidence[];
  readonly confidence: readonly ConfidencePart[];
  readonly guards: readonly Guard[];
  readonly advice: readonly Prose[];
  /** What is at fault where it is not the workload's reference. */
  readonly culprit?: Culprit;
  /** The commit that broke the reference, where history tells. */
  readonly introducedBy?: Commit;
}

export function resolution(
  cause: Cause,
  verdict: Verdict,
  rest: Partial<Resolution> & Pick<Resolution, 'explanation' | 'reason'>,
): Resolution {
  return { cause, verdict, wanted: [], evidence: [], confidence: [], guards: [], advice: [], ...rest };
}

export function culpritOf({ kind, namespace, name }: ObjectRef): Culprit {
  return { kind, namespace, name };
}

/** `ConfigMap templates`, with the kind as our own word. */
export function nameOf(broken: Broken): Prose {
  return prose`${ownText(broken.missing.kind)} ${broken.missing.name}`;
}

/** Every place that writes the object's name gets the new one. */
export function renameTo(broken: Broken, name: string): readonly WantedChange[] {
  return broken.references.map(({ field }) => ({
    object: broken.owner.ref,
    field,
    before: broken.missing.name,
    after: name,
  }));
}

/** The keys that the references need, and those that the kubelet found missing. */
export function keysNeeded(broken: Broken): readonly string[] {
  return [
    ...new Set([
      ...broken.references.flatMap(({ keys }) => keys.map(({ key }) => key)),
      ...(broken.keys ?? []),
    ]),
  ];
}

export function describeCommit(commit: Commit): Prose {
  return prose`commit ${commit.sha.slice(0, 8)} by ${commit.author} on ${new Date(commit.at).toISOString().slice(0, 10)} (“${commit.subject}”)`;
}

export function commitEvidence(commit: Commit, text: string): Evidence {
  return quoted('git', commit.sha.slice(0, 8), commit.at, `${text} — ${commit.subject} (${commit.author})`);
}

export function objectEvidence(object: Parameters<typeof describeRef>[0], text: string): Evidence {
  return quoted('object', object, null, text);
}

/** `a`, `a and b`, `a, b and c`; each one foreign text. */
export function listOf(names: readonly string[]): Prose {
  const shown = names.length > 8 ? [...names.slice(0, 7), `${names.length - 7} more`] : names;
  return shown.reduce<Prose>((text, name, index) => {
    if (index === 0) return prose`${name}`;
    return index === shown.length - 1 ? prose`${text} and ${name}` : prose`${text}, ${name}`;
  }, ownText(''));
}
