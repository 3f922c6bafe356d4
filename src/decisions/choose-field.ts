import { fieldNamed } from '../kubernetes/field-path.ts';

export type ChosenField =
  | { readonly kind: 'field'; readonly field: string }
  | { readonly kind: 'several'; readonly fields: readonly string[] }
  | { readonly kind: 'none' };

/** The field of a finding that somebody means: as the finding writes it, or its end where only one ends so (`limits.memory`). */
export function chooseField(named: string, fields: readonly string[]): ChosenField {
  const known = [...new Set(fields)];
  if (known.includes(named)) return { kind: 'field', field: named };
  const end = keysOf(named);
  const matches = known.filter((field) => {
    const keys = keysOf(field);
    return (
      end.length > 0 &&
      end.length <= keys.length &&
      end.every((key, index) => key === keys.at(index - end.length))
    );
  });
  const [only] = matches;
  if (only === undefined) return { kind: 'none' };
  return matches.length === 1 ? { kind: 'field', field: only } : { kind: 'several', fields: matches };
}

/** Keys and items of lists in one form, so that `[name="api"]` and `[name=api]` are one. */
function keysOf(field: string): readonly string[] {
  return fieldNamed(field).path.map((segment) => JSON.stringify(segment));
}
