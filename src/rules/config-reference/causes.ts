import type { Causes } from '../causes.ts';

export const CAUSES = {
  'object-pending': {
    means: 'an ExternalSecret, SealedSecret, Certificate or the like writes this very name, but has not',
    fix: 'none',
    outcome: 'wait; after ten minutes declined, naming it and its condition',
  },
  'object-not-synced': {
    means: 'the repository renders the object',
    fix: 'none',
    outcome: 'declined: it waits for a sync',
  },
  'generated-name': {
    means: 'the names differ in a generated hash alone',
    fix: 'none',
    outcome: 'declined: references to generated names are not written by hand',
  },
  'object-renamed': {
    means: 'one commit removed this name and added another with the same content',
    fix: 'propose',
    terms: { settable: { to: 'name' }, wrongElsewhere: 'object' },
    outcome: 'fix, naming commit, author and date',
  },
  'object-ambiguous': { means: 'two objects fit', fix: 'none', outcome: 'escalated, both named' },
  'object-misnamed': {
    means: 'exactly one object fits by keys and name',
    fix: 'propose',
    terms: { settable: { to: 'name' }, wrongElsewhere: 'object' },
    outcome: 'fix that a person merges; escalated when git does not vouch for the object',
  },
  'object-in-other-namespace': {
    means: 'the name exists elsewhere',
    fix: 'none',
    outcome: 'declined: pods read their own namespace',
  },
  'object-missing': { means: 'nothing tells what was meant', fix: 'none', outcome: 'declined' },
  'key-not-synced': {
    means: 'the repository renders the object with the key',
    fix: 'none',
    outcome: 'declined: it waits for a sync',
  },
  'key-renamed': {
    means: 'the commit that removed the key added its value under another',
    fix: 'propose',
    terms: { settable: { to: 'name' } },
    outcome: 'fix of the key in the reference; escalated where the program names the file',
  },
  'key-removed': {
    means: 'a commit removed the key and nothing replaced it',
    fix: 'propose',
    terms: { settable: { to: 'text' } },
    outcome: 'its last value is restored, for a person to merge',
  },
  'key-missing': {
    means: 'the object never had the key, as far as is known',
    fix: 'none',
    outcome: 'escalated with the keys that there are',
  },
} as const satisfies Causes;

export type Cause = keyof typeof CAUSES;
