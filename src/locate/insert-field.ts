import { insertItem, insertKey } from '../edits/insert.ts';
import { documentValue } from '../edits/reach.ts';
import type { OpenDocument } from '../edits/open-document.ts';
import { type FieldPath, getAt, parseFieldPath } from '../kubernetes/field-path.ts';
import { isNewItem, isNewVariable } from '../kubernetes/field.ts';
import { isRecord, type Json } from '../kubernetes/objects.ts';
import { additionOf, edited } from './addition.ts';
import type { Place } from './own-documents.ts';
import type { Replacement } from './replacements.ts';
import type { DesiredField } from './desired-fields.ts';

export function insertInto(place: Place, { field, after }: DesiredField): Replacement | null {
  const document = insertField(place.document, place, parseFieldPath(field.text), after as Json);
  return document && additionOf(place.file, place.document, document, field.text);
}

/** Adds one field, with the parents that it lacks; null where this document cannot hold it. */
function insertField(
  document: OpenDocument,
  place: Place,
  steps: FieldPath,
  value: Json,
): OpenDocument | null {
  const object = getAt(documentValue(document), place.within);
  const here: (string | number)[] = [...place.within];
  let node: unknown = object;
  for (const [index, step] of steps.entries()) {
    const rest = steps.slice(index + 1);
    if (isNewItem(steps, index) && Array.isArray(node) && node.length === 0)
      return edited(insertItem(document, here, (nested(steps.slice(index), value) as readonly Json[])[0]!));
    if (typeof step === 'object') {
      if (!Array.isArray(node)) return null;
      const at = node.findIndex((item) => isRecord(item) && String(item[step.key]) === step.value);
      if (at < 0)
        return place.mayAddItems || isNewVariable(steps, index)
          ? edited(insertItem(document, here, { [step.key]: step.value, ...(nested(rest, value) as object) }))
          : null;
      here.push(at);
      node = node[at] as unknown;
    } else if (typeof step === 'number') {
      // An index counts in the rendered list; a patch's list is another one.
      if (place.mayAddItems || !Array.isArray(node) || step > node.length) return null;
      if (step === node.length) return rest.length === 0 ? edited(insertItem(document, here, value)) : null;
      here.push(step);
      node = node[step] as unknown;
    } else {
      if (!isRecord(node)) return null;
      const child = node[step];
      if (child === undefined || child === null || index === steps.length - 1) {
        if (child !== undefined && child !== null) return null;
        const inner = nested(rest, value);
        if (inner === undefined || (!place.mayAddItems && !canBeNew(steps, index + 1))) return null;
        return edited(insertKey(document, here, step, inner, { after: PREDECESSORS[step] ?? [] }));
      }
      here.push(step);
      node = child;
    }
  }
  return null;
}

/** From here on the path has keys alone, or ends with an item of its own. */
function canBeNew(steps: FieldPath, from: number): boolean {
  const at = steps.findIndex((step, index) => index >= from && typeof step !== 'string');
  return at < 0 || isNewItem(steps, at);
}

/** Where people put a key: behind the first of these that is there. */
const PREDECESSORS: Readonly<Record<string, readonly string[]>> = {
  resources: ['envFrom', 'env', 'ports', 'args', 'command', 'imagePullPolicy', 'image', 'name'],
  image: ['name'],
  replicas: [],
  limits: ['requests'],
};

/** `limits.memory` with 1Gi becomes {limits: {memory: 1Gi}}; items of lists carry the key that names them. */
export function nested(steps: FieldPath, value: Json): Json | undefined {
  return steps.reduceRight<Json | undefined>((inner, step, index) => {
    if (inner === undefined) return undefined;
    if (typeof step === 'number') return isNewItem(steps, index) ? [inner] : undefined;
    if (typeof step === 'string') return { [step]: inner };
    return isRecord(inner) ? [{ [step.key]: step.value, ...(inner as Record<string, Json>) }] : undefined;
  }, value);
}
