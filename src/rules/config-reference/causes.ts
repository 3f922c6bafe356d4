import type { ConfidencePart, Guard, Verdict } from '../../model/finding.ts';
import { prose } from '../../untrusted/prose.ts';
import type { CauseSpec } from '../causes.ts';

/** A cause with what is the same for each reference that breaks by it. */
interface ReferenceCause extends CauseSpec {
  /** Where no reason speaks against it. */
  readonly verdict: Verdict;
  /** How sure it is, where that is always the same. */
  readonly confidence?: readonly ConfidencePart[];
  readonly guards?: readonly Guard[];
}

export const CAUSES = {
  'object-pending': {
    means: 'an ExternalSecret, SealedSecret, Certificate or the like writes this very name, but has not',
    fix: 'none',
    outcome: 'wait; after ten minutes declined, naming it, its condition and the store behind it',
    verdict: 'decline',
    confidence: [{ factor: 0.95, reason: prose`an object that writes this very name exists` }],
  },
  'object-not-synced': {
    means: 'the repository renders the object',
    fix: 'none',
    outcome: 'declined: it waits for a sync',
    verdict: 'decline',
    confidence: [{ factor: 0.95, reason: prose`the repository renders the very object` }],
  },
  'generated-name': {
    means: 'the names differ in a generated hash alone',
    fix: 'none',
    outcome: 'declined: references to generated names are not written by hand',
    verdict: 'decline',
    confidence: [{ factor: 0.9, reason: prose`the names differ in the generated hash alone` }],
  },
  'object-renamed': {
    means: 'one commit removed this name and added another with the same content',
    fix: 'propose',
    terms: { settable: { to: 'name' }, wrongElsewhere: 'object' },
    outcome: 'fix, naming commit, author and date',
    verdict: 'fix',
  },
  'object-ambiguous': {
    means: 'two objects fit',
    fix: 'none',
    outcome: 'escalated, both named',
    verdict: 'escalate',
    confidence: [{ factor: 0.5, reason: prose`more than one candidate fits` }],
  },
  'object-misnamed': {
    means: 'exactly one object fits by keys and name',
    fix: 'propose',
    terms: { settable: { to: 'name' }, wrongElsewhere: 'object' },
    outcome: 'fix that a person merges; escalated when git does not vouch for the object',
    verdict: 'fix',
    guards: [
      { kind: 'no-auto-merge', reason: prose`the new name rests on keys and likeness, not on history` },
    ],
  },
  'object-in-other-namespace': {
    means: 'the name exists elsewhere',
    fix: 'none',
    outcome: 'declined: pods read their own namespace',
    verdict: 'decline',
    confidence: [{ factor: 0.85, reason: prose`the same name exists elsewhere` }],
  },
  'object-missing': {
    means: 'nothing tells what was meant',
    fix: 'none',
    outcome: 'declined',
    verdict: 'decline',
    confidence: [{ factor: 0.9, reason: prose`the object is missing; why is unknown` }],
  },
  'key-not-synced': {
    means: 'the repository renders the object with the key',
    fix: 'none',
    outcome: 'declined: it waits for a sync',
    verdict: 'decline',
    confidence: [{ factor: 0.95, reason: prose`the repository renders the very key` }],
  },
  'key-renamed': {
    means: 'the commit that removed the key added its value under another',
    fix: 'propose',
    terms: { settable: { to: 'name' } },
    outcome: 'fix of the key in the reference; escalated where the program names the file',
    verdict: 'fix',
  },
  'key-removed': {
    means: 'a commit removed the key and nothing replaced it',
    fix: 'propose',
    terms: { settable: { to: 'text' } },
    outcome: 'its last value is restored, for a person to merge',
    verdict: 'fix',
    confidence: [{ factor: 0.9, reason: prose`history shows the key and its last value` }],
    guards: [{ kind: 'no-auto-merge', reason: prose`the key was removed by someone, perhaps on purpose` }],
  },
  'key-missing': {
    means: 'the object never had the key, as far as is known',
    fix: 'none',
    outcome: 'escalated with the keys that there are',
    verdict: 'escalate',
  },
} as const satisfies Readonly<Record<string, ReferenceCause>>;

export type Cause = keyof typeof CAUSES;

/** The same, each with all that a cause can have. */
export const SPECS: Readonly<Record<Cause, ReferenceCause>> = CAUSES;
