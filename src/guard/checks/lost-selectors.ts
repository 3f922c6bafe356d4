import { POD_MAKERS, templateLabels } from '../../facts/services.ts';
import { fieldAt } from '../../kubernetes/field-path.ts';
import { matchesLabels } from '../../kubernetes/label-selector.ts';
import { describeRef, groupOf, isRecord, recordAt, refOf } from '../../kubernetes/objects.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight, Outlook } from '../../model/foresight.ts';
import { ownText, prose } from '../../untrusted/prose.ts';

/** Who selects by labels, what, and which of its causes it is. */
interface Selecting {
  readonly group: string;
  readonly field: string;
  readonly cause: keyof typeof CAUSES;
  readonly does: string;
  readonly kinds: readonly string[];
}

const CAUSES = {
  'budget-without-pods': 'a PodDisruptionBudget fits pods before the change, and none after it',
  'policy-without-pods': 'a NetworkPolicy fits pods before the change, and none after it',
  'monitor-without-targets':
    'a ServiceMonitor or PodMonitor fits something before the change, and nothing after it',
} as const;

const SELECTING: Readonly<Record<string, Selecting>> = {
  PodDisruptionBudget: {
    group: 'policy',
    field: 'selector',
    cause: 'budget-without-pods',
    does: 'protects',
    kinds: POD_MAKERS,
  },
  NetworkPolicy: {
    group: 'networking.k8s.io',
    field: 'podSelector',
    cause: 'policy-without-pods',
    does: 'applies to',
    kinds: POD_MAKERS,
  },
  ServiceMonitor: {
    group: 'monitoring.coreos.com',
    field: 'selector',
    cause: 'monitor-without-targets',
    does: 'watches',
    kinds: ['Service'],
  },
  PodMonitor: {
    group: 'monitoring.coreos.com',
    field: 'selector',
    cause: 'monitor-without-targets',
    does: 'watches',
    kinds: POD_MAKERS,
  },
};

/** Selectors that fitted something of their root before a change, which is still there, and fit nothing after it. */
export const lostSelectors: Foresight = {
  causes: CAUSES,
  foresee(outlook) {
    return outlook.objects.flatMap((object) => {
      const selecting = SELECTING[object.kind];
      return selecting?.group === groupOf(object.apiVersion) ? lostBy(outlook, object, selecting) : [];
    });
  },
};

function lostBy(
  outlook: Outlook,
  object: ClusterObject,
  { field, cause, does, kinds }: Selecting,
): readonly Foreseen[] {
  const selector = recordAt(object, 'spec')[field];
  const was = recordAt(outlook.before(object), 'spec')[field];
  if (!isRecord(selector) || !isRecord(was)) return [];
  const fits = (by: Readonly<Record<string, unknown>>, one: ClusterObject): boolean =>
    kinds.includes(one.kind) && matchesLabels(by, labelsOf(one)) === true;
  const lost = outlook.allBefore.find((one) => fits(was, one));
  const isThere = (one: ClusterObject): boolean =>
    one.kind === lost?.kind && one.metadata.name === lost.metadata.name;
  const isNow = outlook.objects.find(isThere);
  if (!lost || !isNow || outlook.objects.some((one) => fits(selector, one))) return [];
  const namespace = object.metadata.namespace ?? null;
  if (kinds.some((kind) => outlook.list(kind, namespace).objects.some((one) => fits(selector, one))))
    return [];
  return [
    {
      cause,
      object: refOf(object),
      field: fieldAt(['spec', field, ...keyThatDiffers(selector, labelsOf(isNow))]).text,
      level: 'error',
      because: prose`${describeRef(refOf(object))} ${ownText(does)} nothing of git any more; before this change its selector fitted ${describeRef(refOf(lost))}.`,
    },
  ];
}

/** The way to the one label by which a selector misses what it fitted; none where it is more than one. */
function keyThatDiffers(
  selector: Readonly<Record<string, unknown>>,
  labels: Readonly<Record<string, string>>,
): readonly string[] {
  const wrong = Object.entries(recordAt(selector, 'matchLabels')).filter(
    ([key, value]) => labels[key] !== value,
  );
  return wrong.length === 1 ? ['matchLabels', wrong[0]![0]] : [];
}

function labelsOf(object: ClusterObject): Readonly<Record<string, string>> {
  return object.kind === 'Service'
    ? (object.metadata.labels ?? {})
    : (templateLabels(object) as Readonly<Record<string, string>>);
}
