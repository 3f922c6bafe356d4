import { templateLabels } from '../../facts/services.ts';
import { matchesLabels } from '../../kubernetes/label-selector.ts';
import { describeRef, isRecord, recordAt, refOf } from '../../kubernetes/objects.ts';
import { fieldAt } from '../../kubernetes/field-path.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { prose } from '../../untrusted/prose.ts';

const KINDS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);

/**
 * A workload whose selector does not fit its own template, which the API server refuses.
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector
 */
export const selectorMismatch: Foresight = {
  causes: { 'selector-mismatch': 'the selector of a workload does not fit the labels of its own template' },
  foresee({ objects }) {
    return objects.flatMap((object): readonly Foreseen[] => {
      const selector = recordAt(object, 'spec')['selector'];
      if (!KINDS.has(object.kind) || !isRecord(selector)) return [];
      const labels = templateLabels(object) as Readonly<Record<string, string>>;
      if (matchesLabels(selector, labels) !== false) return [];
      const wrong = Object.entries(recordAt(selector, 'matchLabels')).find(
        ([key, value]) => labels[key] !== value,
      );
      const ref = refOf(object);
      return [
        {
          cause: 'selector-mismatch',
          object: ref,
          field: wrong ? fieldAt(['spec', 'selector', 'matchLabels', wrong[0]]).text : 'spec.selector',
          level: 'error',
          because: wrong
            ? prose`The API server refuses ${describeRef(ref)}: its selector asks for ${`${wrong[0]}=${String(wrong[1])}`}, and its template has ${labels[wrong[0]] === undefined ? 'no such label' : `${wrong[0]}=${labels[wrong[0]]}`}.`
            : prose`The API server refuses ${describeRef(ref)}: its selector does not fit the labels of its template.`,
        },
      ];
    });
  },
};
