import type { Located } from '../model/located.ts';
import type { Guard } from '../model/finding.ts';
import { prose } from '../untrusted/prose.ts';

/** Says for each change of an immutable field that a person has to recreate the object. */
export function immutableFieldGuards({ refused }: Pick<Located, 'refused'>): readonly Guard[] {
  return refused.map(({ object, field }) => ({
    kind: 'no-auto-merge',
    reason: prose`${field.text} of a live ${object.kind} is immutable: ${object.kind} ${object.name} must be recreated`,
  }));
}
