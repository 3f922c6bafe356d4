import type { ClusterObject } from '../../model/cluster-state.ts';
import {
  declaredBy,
  fits,
  isTarget,
  POD_MAKERS,
  selectorField,
  selectorOf,
  servicePortsOf,
  templateLabels,
  type Labels,
} from '../../facts/services.ts';
import { describeRef, groupOf, isRecord, refOf } from '../../kubernetes/objects.ts';
import type { Foreseen, Foresight, Outlook } from '../../model/foresight.ts';
import { listed, ownText, prose } from '../../untrusted/prose.ts';

/** Services that will lead to no pod, or to a port that their pods do not name. */
export const foresight: Foresight = {
  causes: {
    'selector-mismatch':
      'the selector of a Service fits pods before the change and none after it, or none of git and the cluster',
    'target-port-mismatch': 'a Service leads to a port by a name that none of its pods declares',
    'target-port-left':
      'a Service leads to a port number that its pods declared before the change, and no longer do',
  },
  foresee(outlook) {
    return outlook.objects
      .filter(({ kind, apiVersion }) => kind === 'Service' && apiVersion === 'v1')
      .flatMap((service) => {
        const selector = selectorOf(service);
        return selector === null ? [] : wrongIn(service, selector, outlook);
      });
  },
};

/** Something with labels that pods will have. */
interface PodMaker {
  readonly object: ClusterObject;
  readonly labels: Labels;
}

function wrongIn(service: ClusterObject, selector: Labels, outlook: Outlook): readonly Foreseen[] {
  const makers = makersIn(outlook, service);
  const chosen = makers.all.filter(({ labels }) => fits(selector, labels));
  if (chosen.length === 0) return nothingChosen(service, selector, makers, outlook);
  return wrongPorts(
    service,
    chosen.map(({ object }) => object),
    outlook,
  );
}

function nothingChosen(
  service: ClusterObject,
  selector: Labels,
  makers: ReturnType<typeof makersIn>,
  outlook: Outlook,
): readonly Foreseen[] {
  const ref = refOf(service);
  const was = outlook.before(service);
  const before = was && selectorOf(was);
  const lost = before
    ? outlook.allBefore.filter(
        (one) => isIn(one, ref.namespace) && isMaker(one) && fits(before, templateLabels(one)),
      )
    : [];
  // Whose pods it had is still there, with other labels: so it does not go elsewhere.
  const left = lost.filter((one) =>
    makers.all.some(({ object }) => object.kind === one.kind && object.metadata.name === one.metadata.name),
  );
  if (left.length === 0 && (!makers.isAll || outlook.objects.some(mayMakePods))) return [];
  const pairs = Object.entries(selector).map(([key, value]) => `${key}=${String(value)}`);
  const wrong = left[0]
    ? keyThatDiffers(
        selector,
        makers.all.find(
          ({ object }) => object.kind === left[0]!.kind && object.metadata.name === left[0]!.metadata.name,
        )!,
      )
    : onlyNearMiss(selector, makers.all);
  const key = wrong?.key ?? Object.keys(selector)[0]!;
  return [
    {
      cause: 'selector-mismatch',
      object: ref,
      field: selectorField(key),
      level: 'error',
      because: left[0]
        ? prose`${describeRef(ref)} selects ${listed(pairs)}, which no pod of git has; before this change it selected the pods of ${describeRef(refOf(left[0]))}.`
        : prose`${describeRef(ref)} selects ${listed(pairs)}, and neither git nor the cluster has pods with these labels.`,
      ...(wrong?.value === undefined ? {} : { instead: wrong.value }),
    },
  ];
}

/** The one label by which a selector misses pods; null where it is more than one. */
function keyThatDiffers(
  selector: Labels,
  { labels }: PodMaker,
): { readonly key: string; readonly value?: string } | null {
  const wrong = Object.entries(selector).filter(([key, value]) => labels[key] !== value);
  const [first] = wrong;
  if (!first || wrong.length > 1) return null;
  const value = labels[first[0]];
  return typeof value === 'string' ? { key: first[0], value } : { key: first[0] };
}

/** Of all that make pods, the only one that a single label tells apart, where the selector has another one that fits. */
function onlyNearMiss(selector: Labels, makers: readonly PodMaker[]): ReturnType<typeof keyThatDiffers> {
  if (Object.keys(selector).length < 2) return null;
  const near = makers.flatMap((maker) => keyThatDiffers(selector, maker) ?? []);
  return near.length === 1 ? near[0]! : null;
}

function wrongPorts(
  service: ClusterObject,
  makers: readonly ClusterObject[],
  outlook: Outlook,
): readonly Foreseen[] {
  const ref = refOf(service);
  const declared = makers.flatMap((maker) => declaredBy(maker));
  const was = outlook.before(service);
  return servicePortsOf(service).flatMap(({ target, field, targetKey, number }): readonly Foreseen[] => {
    if (declared.some((port) => isTarget(port, target))) return [];
    const at = { object: ref, field: `${field}.${targetKey}` };
    const who = prose`Port ${number} of ${describeRef(ref)} leads to port ${target}`;
    const pods = prose`the pods of ${listed(makers.map((maker) => describeRef(refOf(maker))))}`;
    if (typeof target === 'string') {
      const named = declared.filter(({ number: one }) => one === number);
      const instead = named.length === 1 ? (named[0]!.name ?? named[0]!.number) : undefined;
      return [
        {
          ...at,
          cause: 'target-port-mismatch',
          level: 'error',
          because: prose`${who}, a name that ${pods} do not declare.`,
          ...(instead === undefined ? {} : { instead }),
        },
      ];
    }
    const agreed =
      was !== null &&
      servicePortsOf(was).some((port) =>
        outlook.allBefore
          .filter(
            (one) =>
              isMaker(one) && isIn(one, ref.namespace) && fits(selectorOf(was) ?? {}, templateLabels(one)),
          )
          .flatMap((one) => declaredBy(one))
          .some((one) => port.field === field && isTarget(one, port.target)),
      );
    if (!agreed || declared.length === 0) return [];
    const only = declared.length === 1 ? declared[0]!.number : undefined;
    return [
      {
        ...at,
        cause: 'target-port-left',
        level: 'warning',
        because: prose`${who}, and ${pods} declare ${ownText(declared.map(({ number: one }) => one).join(', '))}; before this change both said the same.`,
        ...(only === undefined ? {} : { instead: only }),
      },
    ];
  });
}

/** All that makes pods in the namespace of a Service, and pods of the cluster that belong to nothing of git. */
function makersIn(
  outlook: Outlook,
  service: ClusterObject,
): { readonly all: readonly PodMaker[]; readonly isAll: boolean } {
  const namespace = service.metadata.namespace ?? null;
  const own = outlook.objects.filter((one) => isMaker(one) && isIn(one, namespace));
  const selector = selectorOf(service)!;
  const known = own.map(makerOf);
  if (known.some(({ labels }) => fits(selector, labels))) return { all: known, isAll: false };
  const lists = [...POD_MAKERS, 'Pod'].map((kind) => outlook.list(kind, namespace));
  const isAll = ['Deployment', 'StatefulSet', 'DaemonSet', 'Pod'].every(
    (kind) => outlook.list(kind, namespace).isAll,
  );
  // A template of git replaces the pods that the cluster has of it.
  const all = lists
    .flatMap(({ objects }) => objects)
    .filter((one) => one.kind !== 'Pod' || !isOfAny(one, outlook));
  return { all: all.map(makerOf), isAll };
}

/** Groups of custom resources that make no pods that a Service selects. */
const WITHOUT_PODS =
  /^(?:monitoring\.coreos\.com|cert-manager\.io|external-secrets\.io|bitnami\.com|gateway\.networking\.k8s\.io|networking\.istio\.io|security\.istio\.io|traefik\.(?:io|containo\.us)|keda\.sh|kyverno\.io|cilium\.io|projectcontour\.io|.*\.toolkit\.fluxcd\.io|argoproj\.io|.*\.k8s\.io)$/;

/** A custom resource whose controller may make pods, with labels that nobody here knows. */
function mayMakePods(object: ClusterObject): boolean {
  const group = groupOf(object.apiVersion);
  // One that shows its template, such as a DeploymentConfig, tells its labels.
  if (Object.keys(templateLabels(object)).length > 0) return false;
  return group.includes('.') && !WITHOUT_PODS.test(group);
}

/** Pods of a workload that git renders: its template tells what they will be. */
function isOfAny(pod: ClusterObject, outlook: Outlook): boolean {
  const owner = outlook.cluster?.ownerOf(pod as never).ref;
  return (
    owner !== undefined &&
    outlook.objects.some((one) => one.kind === owner.kind && one.metadata.name === owner.name)
  );
}

function makerOf(object: ClusterObject): PodMaker {
  return { object, labels: object.kind === 'Pod' ? (object.metadata.labels ?? {}) : templateLabels(object) };
}

function isMaker({ kind, ...object }: ClusterObject): boolean {
  const isTold = isRecord(object['spec']) && Object.keys(templateLabels(object)).length > 0;
  return (POD_MAKERS as readonly string[]).includes(kind) || kind === 'Pod' || isTold;
}

function isIn({ metadata }: ClusterObject, namespace: string | null): boolean {
  return namespace === null || metadata.namespace === undefined || metadata.namespace === namespace;
}
