import { builtInApiVersion } from '../kubernetes/types/built-in.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';

/** The object that a message of the API server, Flux, Argo CD or Helm is about. */
export interface RefusedObject {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  /** The fields that the API server names: `spec.selector`. */
  readonly fields: readonly string[];
}

const WORD = String.raw`[A-Za-z][A-Za-z0-9]*`;
const NAME = String.raw`[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?`;

/** In the order in which they tell most: with the namespace, then without. */
const FORMS: readonly RegExp[] = [
  // kustomize-controller: Deployment/pier/web dry-run failed
  new RegExp(
    String.raw`(?<kind>${WORD})/(?<namespace>${NAME})/(?<name>${NAME}) (?:dry-run failed|namespace not specified|status:|not found|apply failed|validation error)`,
  ),
  // Helm: Deployment "web" in namespace "pier" exists and cannot be imported
  new RegExp(String.raw`(?<kind>${WORD}) "(?<name>${NAME})" in namespace "(?<namespace>${NAME})"`),
  // Argo CD's health of hooks, Helm: resource Deployment/pier/web not ready
  new RegExp(String.raw`resource (?<kind>${WORD})/(?<namespace>${NAME})/(?<name>${NAME})`),
  // Helm: cannot patch "web" with kind Deployment
  new RegExp(String.raw`cannot patch "(?<name>${NAME})" with kind (?<kind>${WORD})`),
  // API server: Deployment.apps "web" is invalid
  new RegExp(
    String.raw`(?<kind>[A-Z][A-Za-z0-9]*)(?:\.[a-z0-9.-]+)? "(?<name>${NAME})" is (?:invalid|forbidden)`,
  ),
  // Helm: resource mapping not found for name: "web" namespace: "pier" from "": no matches for kind "Ingress"
  new RegExp(
    String.raw`resource mapping not found for name: "(?<name>${NAME})" namespace: "(?<namespace>${NAME})?" from .{0,80}no matches for kind "(?<kind>${WORD})"`,
  ),
  // kubectl and Argo CD: the object that could not be mapped
  new RegExp(
    String.raw`could not find [\w.-]*/?(?<kind>${WORD}) for requested resource (?<namespace>${NAME})/(?<name>${NAME})`,
  ),
  // What stands before a message of Argo CD that names no object: Ingress web: admission webhook … denied
  new RegExp(String.raw`^(?<kind>[A-Z][A-Za-z0-9]*) (?<name>${NAME}): `),
  // Server-side apply: failed to create typed patch object (pier/web; apps/v1, Kind=Deployment)
  new RegExp(
    String.raw`typed patch object \((?:(?<namespace>${NAME})/)?(?<name>${NAME}); [\w./-]+, Kind=(?<kind>${WORD})\)`,
  ),
];

/** Null where the message names no object. */
export function refusedObject(message: string, namespace: string | null): RefusedObject | null {
  for (const form of FORMS) {
    const { kind, name, namespace: own } = form.exec(message)?.groups ?? {};
    if (kind === undefined || name === undefined) continue;
    return { kind, name, namespace: own ?? namespace, fields: fieldsIn(message) };
  }
  return null;
}

const FIELD = String.raw`(?:spec|metadata|data|roleRef|subjects|webhooks)(?:\.[\w-]+|\[[^\]]{1,80}\])*`;

/** How the fields are named that an object may not have so. */
const FIELD_FORMS: readonly RegExp[] = [
  // is invalid: spec.selector: Invalid value: …; is invalid: [spec.a: Required value, spec.b: Forbidden: …]
  new RegExp(
    String.raw`\b(${FIELD}): (?:Invalid value|Required value|Forbidden|Unsupported value|Duplicate value|Too long|Not found|field )`,
    'g',
  ),
  // strict decoding error: unknown field "spec.template.spec.containers[0].resource"
  new RegExp(String.raw`unknown field "(${FIELD})"`, 'g'),
  // Server-side apply: .spec.template.spec.containers[name="web"].env[name="PORT"].value: expected string, got &value.valueUnstructured{Value:80}
  new RegExp(
    String.raw`\.(${FIELD}): (?:field not declared in schema|expected \w+, got|duplicate entries)`,
    'g',
  ),
];

function fieldsIn(message: string): readonly string[] {
  const found = FIELD_FORMS.flatMap((form) => [...message.matchAll(form)]);
  return [...new Set(found.map(([, field]) => field!.replace(/\[(\w+)="([^"]*)"\]/g, '[$1=$2]')))];
}

/** Kinds whose live object tells more than the message: what deploys and what it needs. */
const RECORDED = new Set([
  'Deployment',
  'DaemonSet',
  'StatefulSet',
  'Job',
  'CronJob',
  'Service',
  'PersistentVolumeClaim',
]);

/** Names the object fully: by the cluster's record of it, else by the group that Kubernetes gives its kind. Null for a custom kind that is not recorded. */
export function refOfRefused(
  cluster: ClusterState,
  { kind, namespace, name }: RefusedObject,
): ObjectRef | null {
  const live = RECORDED.has(kind) ? cluster.get(kind, namespace, name) : undefined;
  if (live) return { apiVersion: live.apiVersion, kind, namespace: live.metadata.namespace ?? null, name };
  const apiVersion = builtInApiVersion(kind);
  return apiVersion === null ? null : { apiVersion, kind, namespace, name };
}
