import { removedApiIn, type RemovedApi } from '../../facts/removed-apis.ts';
import { refusedObject } from '../../facts/refused-object.ts';
import {
  describeRef,
  groupOf,
  recordAt,
  refOf,
  type KubernetesObject,
  type ObjectRef,
} from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { targetNamespace } from './complaint.ts';
import type { Detail, Stuck } from './detail.ts';

/** A version that Kubernetes removed: the new one, where the manifest is right under it as it stands. */
export function* detailOfRemovedApi({ cluster, object, complaint, ask }: Stuck): Asking<Detail | null> {
  const { message } = complaint;
  const removed = removedApiIn(message);
  if (removed === null) return null;
  const { kind, apiVersion, removedIn, instead } = removed;
  const applies = describeRef(refOf(object));
  const now = cluster.versions.kubernetes;
  const gone = prose`Kubernetes ${removedIn} removed ${kind} of ${apiVersion}${now === null ? ownText('') : prose`; this cluster runs ${now}`}.`;
  // Helm compares with the manifests that it stored when the version was still served.
  if (/current release manifest/.test(message))
    return {
      summary: prose`${applies} cannot be upgraded: the manifest that Helm stored has ${kind} of ${apiVersion}, which is not served.`,
      because: [gone],
      evidence: [],
      reason: prose`What Helm stored is in the cluster, not in git.`,
      advice: [
        prose`Run helm mapkubeapis ${object.metadata.name} -n ${targetNamespace(object) ?? ''}: it rewrites the stored manifest. The chart has to have the new version too.`,
      ],
    };
  const named = yield* manifestsOf(removed, targetNamespace(object), message, ask);
  const [first, ...others] = named;
  const ref = first && refOf(first);
  const summary = prose`${applies} cannot apply ${ref ? describeRef(ref) : ownText(kind)}: ${apiVersion} is not served any more.`;
  const blames = ref ? [{ object: ref, field: 'apiVersion' }] : [];
  const held = first ? whyNot(removed, first) : prose`which manifest has it is not known`;
  const rest =
    others.length === 0
      ? []
      : [
          prose`${listed(others.map((one) => describeRef(refOf(one))))} ${ownText(others.length === 1 ? 'has' : 'have')} the same version and will fail next.`,
        ];
  if (held !== null || !ref || instead === null)
    return {
      summary,
      blames,
      because: [gone, ...rest],
      evidence: [],
      reason: prose`The manifest needs more than another apiVersion: ${held ?? prose`nothing takes the place of ${kind}`}.`,
      advice: [
        instead === null
          ? prose`Remove ${kind}: nothing takes its place.`
          : prose`Rewrite it for ${instead}: https://kubernetes.io/docs/reference/using-api/deprecation-guide/`,
      ],
    };
  return {
    summary,
    blames,
    because: [gone, prose`${instead} has the same fields.`, ...rest],
    evidence: [],
    verdict: 'fix',
    changes: [changeOf(ref, 'apiVersion', apiVersion, instead)],
    reason: prose`The new version has the same fields.`,
    guards: [
      {
        kind: 'no-auto-merge',
        reason: prose`a person has to check that older clusters which read this file serve ${instead} too`,
      },
    ],
    advice: [],
  };
}

/** What git renders with the removed version: the object that the message names first. */
function* manifestsOf(
  { kind, apiVersion }: RemovedApi,
  namespace: string | null,
  message: string,
  ask: Ask,
): Asking<readonly KubernetesObject[]> {
  const refused = refusedObject(message, namespace);
  const place = refused?.namespace ?? namespace;
  const rendered = (yield* ask.renderedKind(kind, place)) ?? [];
  const names = rendered.filter(({ ref }) => ref.apiVersion === apiVersion).map(({ ref }) => ref.name);
  const ordered = [...new Set([...(refused?.kind === kind ? [refused.name] : []), ...names])];
  const refs = ordered.map((name): ObjectRef => ({ apiVersion, kind, namespace: place, name }));
  const objects = yield* ask.each(refs.map((ref) => ask.rendered(ref)));
  return objects.filter(
    (one) => one !== null && one.apiVersion === apiVersion,
  ) as readonly KubernetesObject[];
}

/** Why another apiVersion alone is not enough; null where it is. */
function whyNot({ apiVersion, instead, differs }: RemovedApi, manifest: KubernetesObject): Prose | null {
  if (differs !== null) return ownText(differs);
  if (instead !== null && groupOf(instead) !== groupOf(apiVersion)) return prose`its group changes too`;
  const selector = recordAt(manifest, 'spec', 'selector');
  // An empty selector of policy/v1beta1 selects no pods, one of policy/v1 all of the namespace.
  return manifest.kind === 'PodDisruptionBudget' && Object.keys(selector).length === 0
    ? prose`its empty selector would select all pods of the namespace`
    : null;
}
