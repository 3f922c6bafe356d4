import { POD_MAKERS, templateLabels } from '../../facts/services.ts';
import { matchesLabels } from '../../kubernetes/label-selector.ts';
import { describeRef, isRecord, recordAt, refOf } from '../../kubernetes/objects.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { prose } from '../../untrusted/prose.ts';

/** A PodDisruptionBudget that protected pods before a change and protects none after it. */
export const disruptionBudgets: Foresight = {
  causes: { 'budget-without-pods': 'a PodDisruptionBudget fits pods before the change, and none after it' },
  foresee(outlook) {
    return outlook.objects.flatMap((object): readonly Foreseen[] => {
      if (object.kind !== 'PodDisruptionBudget') return [];
      const namespace = object.metadata.namespace ?? null;
      const selector = recordAt(object, 'spec')['selector'];
      const before = outlook.before(object);
      const was = recordAt(before, 'spec')['selector'];
      if (!isRecord(selector) || !isRecord(was)) return [];
      const fits = (by: Readonly<Record<string, unknown>>, one: typeof object): boolean =>
        matchesLabels(by, templateLabels(one) as Readonly<Record<string, string>>) === true;
      const isMaker = ({ kind }: typeof object): boolean => (POD_MAKERS as readonly string[]).includes(kind);
      const lost = outlook.allBefore.find((one) => isMaker(one) && fits(was, one));
      const here = outlook.objects.filter(isMaker);
      const isLeft =
        lost !== undefined &&
        here.some(({ kind, metadata }) => kind === lost.kind && metadata.name === lost.metadata.name);
      if (!isLeft || here.some((one) => fits(selector, one))) return [];
      if (POD_MAKERS.some((kind) => outlook.list(kind, namespace).objects.some((one) => fits(selector, one))))
        return [];
      return [
        {
          cause: 'budget-without-pods',
          object: refOf(object),
          field: 'spec.selector',
          level: 'error',
          because: prose`${describeRef(refOf(object))} protects no pod of git any more; before this change it protected those of ${describeRef(refOf(lost))}.`,
        },
      ];
    });
  },
};
