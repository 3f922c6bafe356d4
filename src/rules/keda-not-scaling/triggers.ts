import { quote } from '../../facts/observations.ts';
import { describeDuration } from '../../kubernetes/durations.ts';
import { describeRef, recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import { changeOf } from '../../model/change.ts';
import { ownText, prose, saying, type Prose } from '../../untrusted/prose.ts';
import { isOneSlip, relationOf } from '../../witnesses/near-name.ts';
import type { Conclusion } from '../define-rule.ts';
import { ofCause } from '../diagnosis.ts';
import { asDraft } from '../raise.ts';
import type { Scaling } from './scaling.ts';

interface Trigger {
  readonly index: number;
  readonly type: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly authentication: { readonly kind: string; readonly name: string } | null;
}

/** A trigger that KEDA cannot build or ask: told apart by the error that its source gives. */
export function failingTrigger(scaling: Scaling): Conclusion {
  const error = scaling.failures[0]?.message ?? scaling.message;
  const trigger = triggerOf(scaling, error);
  const [, authentication] =
    /(?:clustertriggerauthentications?|triggerauthentications?)\.keda\.sh "([^"]+)" not found/i.exec(error) ??
    [];
  if (authentication !== undefined) return authenticationMissing(scaling, authentication, trigger);
  const known = KINDS.find(({ words }) => words.test(error));
  const slip = misspelt(trigger, error);
  const cause =
    scaling.failures.length === 0 && known === undefined ? 'not-ready' : (known?.cause ?? 'trigger-failing');
  return ofCause({
    cause,
    summary: prose`${describeRef(scaling.ref)}: ${known?.says(trigger) ?? prose`${named(trigger)} fails`}${sinceOf(scaling)}${saying(error)}`,
    because: consequences(scaling),
    evidence: scaling.evidence,
    certainty: [
      cause === 'trigger-failing' || cause === 'not-ready' ? 0.7 : 0.88,
      prose`the error of the trigger's source is quoted`,
    ],
    blames: fieldsOf(scaling, trigger, error),
    advice: [
      ...(slip
        ? [prose`Write ${slip.wanted} in place of ${slip.written} in spec.triggers${at(trigger)}.metadata.`]
        : []),
      known?.advice(scaling, trigger) ??
        prose`Read the operator's log for ${scaling.ref.name}: kubectl logs -n keda deploy/keda-operator --since=1h.`,
    ],
  });
}

interface Kind {
  readonly cause: string;
  readonly words: RegExp;
  says(trigger: Trigger | undefined): Prose;
  advice(scaling: Scaling, trigger: Trigger | undefined): Prose;
}

/** The errors of some sixty sources, in the words that they share. */
const KINDS: readonly Kind[] = [
  {
    cause: 'trigger-misconfigured',
    words:
      /error parsing \S+(?: \S+)? metadata|unable to (?:parse|get) \S+ metadata|no \S+ given|must be specified|missing required|is required|unexpected \S+ in metadata|no scaler found for type|parse error|bad_data|invalid (?:value|parameter|metadata)/i,
    says: (trigger) => prose`KEDA cannot read the metadata of ${named(trigger)}`,
    advice: ({ ref }, trigger) =>
      prose`Correct spec.triggers${at(trigger)}.metadata of ${describeRef(ref)}; https://keda.sh/docs/latest/scalers/ lists the keys that ${named(trigger)} takes.`,
  },
  {
    cause: 'source-denied',
    words:
      /\b401\b|\b403\b|unauthorized|forbidden|access ?denied|authentication failed|not authorized|NOAUTH|WRONGPASS|invalid (?:username|password|credentials|token)|login was refused|SASL|NoCredentialProviders|AssumeRole|credentials/i,
    says: (trigger) => prose`the source of ${named(trigger)} refuses the credentials`,
    advice: (_scaling, trigger) =>
      trigger?.authentication
        ? prose`Check what ${trigger.authentication.kind} ${trigger.authentication.name} reads: the Secret and its keys, or the identity of the operator.`
        : prose`Give ${named(trigger)} an authenticationRef, or check the identity of the operator's service account.`,
  },
  {
    cause: 'source-unreachable',
    words:
      /no such host|connection refused|i\/o timeout|deadline exceeded|timed? ?out|no route to host|network is unreachable|EOF|client has run out of available brokers|\b50[234]\b|service unavailable|bad gateway|dial tcp|connection reset/i,
    says: (trigger) => prose`the source of ${named(trigger)} cannot be reached`,
    advice: (_scaling, trigger) =>
      prose`Ask for it from the operator's namespace${addressOf(trigger)}; its Service, a NetworkPolicy and the name are what can be wrong.`,
  },
];

function named(trigger: Trigger | undefined): Prose {
  return trigger ? prose`trigger ${String(trigger.index)} (${trigger.type})` : prose`a trigger`;
}

function at(trigger: Trigger | undefined): Prose {
  return ownText(trigger ? `[${trigger.index}]` : '');
}

const ADDRESSES = [
  'serverAddress',
  'bootstrapServers',
  'brokerList',
  'address',
  'addresses',
  'host',
  'url',
  'endpoint',
  'brokerURL',
  'scalerAddress',
  'awsEndpoint',
];

function addressOf(trigger: Trigger | undefined): Prose {
  const key = ADDRESSES.find((name) => typeof trigger?.metadata[name] === 'string');
  return key === undefined ? prose`` : prose` (${key}: ${String(trigger!.metadata[key])})`;
}

function sinceOf({ cluster, failures }: Scaling): Prose {
  const first = Math.min(...failures.map(({ firstSeen }) => firstSeen));
  return Number.isFinite(first) ? prose` for ${describeDuration(cluster.now - first)}` : prose``;
}

function consequences({ fallback, object }: Scaling): readonly Prose[] {
  const { replicas } = recordAt(object, 'spec', 'fallback');
  return fallback
    ? [prose`Meanwhile the target has the ${String(replicas ?? '')} replicas of spec.fallback.`]
    : [];
}

/** The trigger that an error is about: the only one, the one of the type that it names, or the one that the status counts failures of. */
function triggerOf({ object }: Scaling, error: string): Trigger | undefined {
  const triggers = recordsOf(recordAt(object, 'spec')['triggers']).map((trigger, index): Trigger => {
    const { name, kind = 'TriggerAuthentication' } = recordAt(trigger, 'authenticationRef');
    return {
      index,
      type: String(trigger['type']),
      metadata: recordAt(trigger, 'metadata'),
      authentication: typeof name === 'string' ? { kind: String(kind), name } : null,
    };
  });
  if (triggers.length < 2) return triggers[0];
  const ofType = triggers.filter(({ type }) => error.toLowerCase().includes(type.toLowerCase()));
  if (ofType.length === 1) return ofType[0];
  const failing = Object.entries(recordAt(object, 'status', 'health')).filter(
    ([, health]) => recordAt(health)['status'] === 'Failing',
  );
  const index = failing.length === 1 ? /^s(\d+)-/.exec(failing[0]![0])?.[1] : undefined;
  return index === undefined ? undefined : triggers[Number(index)];
}

function fieldsOf({ ref, object }: Scaling, trigger: Trigger | undefined, error: string) {
  const all = recordsOf(recordAt(object, 'spec')['triggers']);
  const { index } = trigger ?? { index: all.length === 1 ? 0 : -1 };
  if (index < 0)
    return all.slice(0, 3).map((_, each) => ({ object: ref, field: `spec.triggers[${each}].type` }));
  const key =
    Object.keys(trigger?.metadata ?? {}).find((name) =>
      new RegExp(String.raw`\b${name.replaceAll(/\W/g, '.')}\b`).test(error),
    ) ?? misspelt(trigger, error)?.written;
  return [
    { object: ref, field: `spec.triggers[${index}].${key === undefined ? 'type' : `metadata.${key}`}` },
  ];
}

/** The key of a trigger that is one slip away from the parameter that KEDA misses; null where none is. */
function misspelt(trigger: Trigger | undefined, error: string) {
  const [, wanted] = /missing required parameter \\?"([\w.-]+)/.exec(error) ?? [];
  const written = Object.keys(trigger?.metadata ?? {}).find(
    (key) => wanted !== undefined && isOneSlip(key, wanted),
  );
  return wanted === undefined || written === undefined ? null : { wanted, written };
}

function authenticationMissing(scaling: Scaling, name: string, trigger: Trigger | undefined): Conclusion {
  const { cluster, ref, evidence } = scaling;
  const kind =
    trigger?.authentication?.kind === 'ClusterTriggerAuthentication'
      ? 'ClusterTriggerAuthentication'
      : 'TriggerAuthentication';
  const namespace = kind === 'TriggerAuthentication' ? ref.namespace : null;
  const others = cluster.list(kind, namespace).map(refOf);
  const near = others.filter((one) => relationOf(name, one.name, [ref.name, ref.namespace ?? '']) !== null);
  const named =
    trigger?.authentication?.name === name ? `spec.triggers[${trigger.index}].authenticationRef.name` : null;
  const found = ofCause({
    cause: 'authentication-missing',
    summary: prose`${describeRef(ref)} scales nothing: ${kind} ${name}, which its trigger names, does not exist`,
    because: [
      ...consequences(scaling),
      ...(near.length === 1 ? [prose`One ${kind} has a similar name: ${near[0]!.name}.`] : []),
    ],
    evidence,
    certainty: [0.92, prose`KEDA names what it does not find`],
    verdict: 'decline',
    reason: prose`Which ${kind} is meant is not proven, so a person has to decide.`,
    blames: named === null ? [] : [{ object: ref, field: named }],
    advice: [
      prose`Apply ${kind} ${name}, or let the trigger name one that exists: kubectl get ${kind.toLowerCase()}${namespace === null ? prose`` : prose` -n ${namespace}`}.`,
    ],
  });
  const [only] = near;
  if (!only || near.length > 1 || named === null) return found;
  return asDraft(
    {
      ...found,
      changes: [changeOf(ref, named, name, only.name)],
      evidence: [
        ...evidence,
        quote('object', cluster.get(kind, only.namespace, only.name)!, null, `metadata.name: ${only.name}`),
      ],
    },
    prose`${only.name} is the only similar name, and a person has to confirm it.`,
  );
}
