import type { ConcretePath } from '../kubernetes/field-path.ts';
import { isRecord, type Json } from '../kubernetes/objects.ts';
import type { ValuesInput } from './declarations/plan.ts';
import { united, type Parameters } from './declarations/template-parameters.ts';
import type { Revision } from './revision.ts';

/** The values that a release is given, as they win over each other; what its chart says of itself is under all of it. */
export function givenValues(revision: Revision, values: readonly ValuesInput[]): Parameters {
  return values
    .map((input) => valuesIn(revision, input))
    .reduce<Parameters>((below, above) => united(below, above, []), {});
}

function valuesIn(revision: Revision, input: ValuesInput): Parameters {
  if (input.kind === 'inline') return input.values;
  if (input.kind === 'set') return nestedAt(input.name.split('.'), input.value);
  const [document] = revision.manifests(input.path).documents;
  return isRecord(document) ? document : {};
}

function nestedAt(path: ConcretePath, value: Json): Parameters {
  return path.reduceRight<Json>((inner, step) => ({ [step]: inner }), value) as Parameters;
}
