import { denialIn, type Denial } from './denials.ts';

/**
 * What the API server says when it refuses an object, read into values. Sources: plugin/pkg/admission/{limitranger,serviceaccount,priority,
 * runtimeclass} of k8s.io/kubernetes, resourcequota, webhook and policy/validating of k8s.io/apiserver, policy/ of k8s.io/pod-security-admission.
 * Older versions begin some of them with a capital, so the case never counts.
 */
export type Refusal =
  | QuotaRefusal
  | { readonly kind: 'quota-needs-values'; readonly quota: string; readonly needs: readonly Needed[] }
  | { readonly kind: 'limit-range'; readonly bounds: readonly [Bound, ...Bound[]] }
  | DefaultBelowRequest
  | PodSecurityRefusal
  | MissingObject
  | WebhookUnavailable
  | Denial
  | { readonly kind: 'terminating' }
  | { readonly kind: 'unknown' };

export interface QuotaRefusal {
  readonly kind: 'quota';
  readonly quota: string;
  readonly counts: readonly Count[];
}

/** One resource that a quota has too little of, with the quantities as the message has them. */
export interface Count {
  /** `requests.cpu`, `pods`, `count/jobs.batch`. */
  readonly resource: string;
  readonly requested: string;
  readonly used: string;
  readonly limited: string;
}

/** Values that a quota wants to be set. `containers` is empty where an older API server names none. */
export interface Needed {
  readonly resource: string;
  readonly containers: readonly string[];
}

/** One violation of a LimitRange. */
export interface Bound {
  readonly bound: 'maximum' | 'minimum' | 'ratio';
  readonly resource: string;
  /** `Container`, `Pod`, `PersistentVolumeClaim`. */
  readonly per: string;
  readonly allowed: string;
  /** What is out of bounds; null where the message says that nothing is set, and for a ratio. */
  readonly side: 'limit' | 'request' | null;
  /** Null where nothing is set. Of a ratio, the ratio. */
  readonly value: string | null;
}

/** A limit that a LimitRange gave is below the request that the container has. */
export interface DefaultBelowRequest {
  readonly kind: 'default-below-request';
  readonly list: 'containers' | 'initContainers';
  readonly index: number;
  readonly resource: string;
  readonly request: string;
  /** Null where an older API server does not say it. */
  readonly limit: string | null;
}

export interface PodSecurityRefusal {
  readonly kind: 'pod-security';
  readonly level: string;
  readonly violations: readonly Violation[];
}

export interface Violation {
  /** `allowPrivilegeEscalation != false`, `host namespaces`. */
  readonly check: string;
  /** What is wrong, in the API server's words, without the brackets. */
  readonly detail: string;
  /** The containers that it names. */
  readonly containers: readonly string[];
}

export interface MissingObject {
  readonly kind: 'missing';
  readonly object: 'ServiceAccount' | 'PriorityClass' | 'RuntimeClass';
  readonly name: string;
}

export interface WebhookUnavailable {
  readonly kind: 'webhook-unavailable';
  readonly webhook: string;
  /** Null for one that is called by its address. */
  readonly service: { readonly namespace: string; readonly name: string } | null;
  /** What went wrong with the call: `connect: connection refused`. */
  readonly error: string;
}

type Reader = (message: string) => Refusal | null;

/** Webhooks come first: they say what they like, also in the words of the others. */
const READERS: readonly Reader[] = [
  denialIn,
  webhookUnavailableIn,
  quotaIn,
  needsIn,
  limitRangeIn,
  defaultBelowRequestIn,
  podSecurityIn,
  missingIn,
  (message) => (/because it is being terminated/.test(message) ? { kind: 'terminating' } : null),
];

export function refusalIn(message: string): Refusal {
  for (const read of READERS) {
    const refusal = read(message);
    if (refusal) return refusal;
  }
  return { kind: 'unknown' };
}

function quotaIn(message: string): Refusal | null {
  const match =
    /exceeded quota: ([^,\s]+), requested: (\S+?), used: (\S+?), limited: ([^\s,]+=[^\s,]+(?:,[^\s,]+=[^\s,]+)*)/i.exec(
      message,
    );
  if (!match) return null;
  const [, quota, requested, used, limited] = match as unknown as [string, string, string, string, string];
  const [uses, limits] = [amountsIn(used), amountsIn(limited)];
  const counts = [...amountsIn(requested)].map(([resource, amount]) => ({
    resource,
    requested: amount,
    used: uses.get(resource) ?? '0',
    limited: limits.get(resource) ?? '?',
  }));
  return { kind: 'quota', quota, counts };
}

/** `limits.cpu=3,pods=1` */
function amountsIn(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((each) => {
      const at = each.lastIndexOf('=');
      return [each.slice(0, at).trim(), each.slice(at + 1).trim()];
    }),
  );
}

/** `must specify limits.cpu for: web,proxy; requests.cpu for: web`, before 1.24 `must specify limits.cpu,requests.cpu`. */
function needsIn(message: string): Refusal | null {
  const [, quota, what] = /failed quota: ([^:\s]+): must specify (.+)/is.exec(message) ?? [];
  if (quota === undefined || what === undefined) return null;
  const needs = what.split(';').flatMap((part): readonly Needed[] => {
    const [resources = '', containers] = part.split(/ for: ?/);
    const names = (containers ?? '').split(',').map((name) => name.trim());
    return resources
      .split(',')
      .map((resource) => resource.trim().replace(/\.$/, ''))
      .filter((resource) => resource !== '')
      .map((resource) => ({ resource, containers: names.filter((name) => name !== '') }));
  });
  return { kind: 'quota-needs-values', quota, needs };
}

const BOUND =
  /\b(maximum|minimum) (\S+) usage per (Container|Pod|PersistentVolumeClaim) is ([^\s,.]+(?:\.\d+)?[^\s,.]*)(?:, but (limit|request) is (\S+?)(?=[.,\]]*(?:\s|$))|\.\s+No (?:limit|request) is specified)/gi;
const RATIO =
  /\b(\S+) max limit to request ratio per (Container|Pod) is (\S+), but (?:provided ratio is ([\d.]+\d)|no (?:limit|request) is specified)/gi;

function limitRangeIn(message: string): Refusal | null {
  const bounds = [...message.matchAll(BOUND)].map(
    ([, bound, resource, per, allowed, side, value]): Bound => ({
      bound: bound!.toLowerCase() as 'maximum' | 'minimum',
      resource: resource!,
      per: per!,
      allowed: allowed!,
      side: (side?.toLowerCase() as 'limit' | 'request' | undefined) ?? null,
      value: value ?? null,
    }),
  );
  const ratios = [...message.matchAll(RATIO)].map(([, resource, per, allowed, value]): Bound => ({
    bound: 'ratio',
    resource: resource!.replace(/^\[/, ''),
    per: per!,
    allowed: allowed!,
    side: null,
    value: value === undefined ? null : String(Number(value)),
  }));
  const [first, ...others] = [...bounds, ...ratios];
  return first ? { kind: 'limit-range', bounds: [first, ...others] } : null;
}

function defaultBelowRequestIn(message: string): Refusal | null {
  const match =
    /spec\.(containers|initContainers)\[(\d+)\]\.resources\.requests: Invalid value: "([^"]+)": must be less than or equal to (\S+) limit(?: of (\S+?))?(?=[,\]]|\s|$)/.exec(
      message,
    );
  if (!match) return null;
  const [, list, index, request, resource, limit] = match;
  return {
    kind: 'default-below-request',
    list: list as DefaultBelowRequest['list'],
    index: Number(index),
    resource: resource!,
    request: request!,
    limit: limit ?? null,
  };
}

function podSecurityIn(message: string): Refusal | null {
  const match = /violates PodSecurity "([^":]+)(?::[^"]*)?": (.+)/s.exec(message);
  if (!match) return null;
  return { kind: 'pod-security', level: match[1]!, violations: violationsIn(match[2]!) };
}

/** `a (b), c (d)`: brackets may hold brackets. */
function violationsIn(text: string): readonly Violation[] {
  const violations: Violation[] = [];
  let [depth, start, open] = [0, 0, 0];
  for (const [at, letter] of [...text].entries()) {
    if (letter === '(' && depth++ === 0) open = at;
    if (letter !== ')' || depth === 0 || --depth > 0) continue;
    const detail = text.slice(open + 1, at);
    violations.push({
      check: text.slice(start, open).replace(/^[\s,]+|\s+$/g, ''),
      detail,
      containers: containersIn(detail),
    });
    start = at + 1;
  }
  return violations;
}

/** `containers "a", "b" must …; container "c" must …` */
function containersIn(detail: string): readonly string[] {
  const lists = detail.matchAll(/\bcontainers? ((?:"[^"]+"(?:, )?)+)/g);
  const names = [...lists].flatMap(([, list]) => [...list!.matchAll(/"([^"]+)"/g)].map(([, name]) => name!));
  return [...new Set(names)];
}

const MISSING: readonly (readonly [MissingObject['object'], RegExp])[] = [
  ['ServiceAccount', /service ?account "([^"]+)" not found/i],
  ['ServiceAccount', /service account [^/\s]+\/(\S+) was not found/i],
  ['PriorityClass', /no PriorityClass with name (\S+) was found/i],
  ['RuntimeClass', /RuntimeClass(?:\.node\.k8s\.io)? "?([^"\s]+)"? not found/i],
];

function missingIn(message: string): Refusal | null {
  for (const [object, pattern] of MISSING) {
    const [, name] = pattern.exec(message) ?? [];
    if (name !== undefined) return { kind: 'missing', object, name };
  }
  return null;
}

/** `failed calling webhook "x": failed to call webhook: Post "https://svc.ns.svc:443/path?timeout=10s": …` */
function webhookUnavailableIn(message: string): Refusal | null {
  const [, webhook, rest] = /failed calling webhook "([^"]+)":? ?(.*)/s.exec(message) ?? [];
  if (webhook === undefined || rest === undefined) return null;
  const [, name, namespace] = /https?:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc\b/.exec(rest) ?? [];
  const [, named] = /\bservices? "([^"]+)"/.exec(rest) ?? [];
  const error = rest.replace(/^failed to call webhook: /, '').replace(/^(?:Post|Get) "?[^"\s]+"?: /, '');
  return {
    kind: 'webhook-unavailable',
    webhook,
    service: namespace === undefined ? null : { namespace, name: named ?? name! },
    error: error.trim(),
  };
}
