/**
 * Rule `secret-not-synced`: a controller cannot provide a Secret or certificate: an ExternalSecret, a SealedSecret, a Certificate, or the
 * store or issuer behind them.
 */
import { HOUR } from '../kubernetes/durations.ts';
import { missingReferences, sinceOf, unreadyCondition } from '../facts/conditions.ts';
import { quoteCondition, quoteEvent, warningsOf } from '../facts/observations.ts';
import { waitsFor } from '../facts/links.ts';
import { describeRef, groupOf, recordAt, refOf } from '../kubernetes/objects.ts';
import { inBrackets, prose, saying, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { SECRET_KINDS } from './custom-kinds.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const PLAIN = { fix: 'none', outcome: 'declined' } as const;
const GROUPS = new Set(['external-secrets.io', 'cert-manager.io', 'bitnami.com']);

export const secretNotSynced = defineRule({
  id: 'secret-not-synced',
  title: 'A controller cannot provide a Secret or certificate',
  phase: 'configuration',
  semantics: [
    'https://external-secrets.io/latest/api/externalsecret/',
    'https://cert-manager.io/docs/troubleshooting/',
    'https://github.com/bitnami-labs/sealed-secrets#how-it-works',
  ],
  reads: [
    'ExternalSecret.external-secrets.io',
    'SecretStore.external-secrets.io',
    'ClusterSecretStore.external-secrets.io',
    'Certificate.cert-manager.io',
    'Issuer.cert-manager.io',
    'ClusterIssuer.cert-manager.io',
    'SealedSecret.bitnami.com',
    'Event',
  ],
  on: SECRET_KINDS,
  causes: {
    'store-missing': { means: 'the store or issuer that it names does not exist', ...PLAIN },
    'access-denied': { means: 'the store or authority refuses the credentials', ...PLAIN },
    'remote-key-missing': { means: 'the store has no such secret or key', ...PLAIN },
    undecryptable: { means: 'no key of the cluster can decrypt the sealed secret', ...PLAIN },
    'store-not-ready': { means: 'the store or issuer itself is not ready', ...PLAIN },
    'challenge-failed': { means: 'the authority cannot verify the domain', ...PLAIN },
    'not-synced': { means: 'any other reason', ...PLAIN },
  },

  detect({ cluster, object }) {
    const condition = GROUPS.has(groupOf(object.apiVersion)) ? unreadyCondition(cluster, object) : null;
    if (!condition) return null;
    return {
      condition,
      seenOn: [refOf(object)],
      firstSeen: sinceOf(condition, cluster),
      lastSeen: cluster.now,
      occurrences: 1,
    };
  },

  investigate({ cluster, object }, _ask, { condition }) {
    const ref = refOf(object);
    const [missing] = missingReferences(cluster, object);
    const isStore = /Store$|Issuer$/.test(object.kind);
    const [cause, advice] = missing
      ? ([
          'store-missing',
          prose`Name one that exists (${missing.others.join(', ')}), or create ${missing.kind} ${missing.name}.`,
        ] as const)
      : causeOf(`${condition.reason ?? ''}: ${condition.message ?? ''}`, isStore);
    const namespace = missing?.kind.startsWith('Cluster') ? null : ref.namespace;
    return diagnosis({
      cause,
      ...(missing ? { culprit: { kind: missing.kind, namespace, name: missing.name } } : {}),
      summary: prose`${describeRef(ref)} is not ready${inBrackets(condition.reason)}${saying(shortened(condition.message ?? ''))}`,
      because: missing
        ? [
            prose`It names ${missing.kind} ${missing.name}, which is not there; there are: ${missing.others.join(', ')}.`,
          ]
        : [],
      evidence: [
        quoteCondition(object, condition),
        ...(missing ? [missing.evidence] : []),
        ...warningsOf(cluster, object, HOUR)
          .slice(0, 3)
          .map((event) => quoteEvent(object, event)),
      ],
      certainty: [cause === 'not-synced' ? 0.5 : 0.85, prose`its controller says what is missing`],
      reason: prose`Which store or key is meant is not proven, so nothing is changed without a person.`,
      blames: missing ? [{ object: ref, field: missing.field }] : referenceOf(object),
      explainedBy: waitsFor(cluster, { kind: ref.kind, namespace: ref.namespace, name: ref.name }),
      advice: [advice],
    });
  },
});

const WORDS: readonly (readonly [string, RegExp, Prose])[] = [
  [
    'undecryptable',
    /no key could decrypt|failed to unseal|cannot decrypt/i,
    prose`Seal the secret again with the certificate of this cluster: kubeseal --fetch-cert`,
  ],
  [
    'store-missing',
    /(?:SecretStore|Issuer)\S* .{0,120}not found|could not get .{0,40}(?:SecretStore|Issuer)|IssuerNotFound/i,
    prose`Create the store or issuer, or name one that exists.`,
  ],
  [
    'access-denied',
    /access ?denied|permission denied|forbidden|unauthorized|\b40[13]\b|invalid (?:token|credentials)|AccessDeniedException|InvalidProviderConfig/i,
    prose`Renew or grant the credentials that the store uses.`,
  ],
  [
    'remote-key-missing',
    /secret (?:does not exist|not found)|could not (?:get|find) .{0,80}(?:secret|key|property)|ResourceNotFoundException|no such secret|key .{0,120}(?:does not exist|not found)/i,
    prose`Create the entry in the store, or correct its key in the spec.`,
  ],
  [
    'challenge-failed',
    /challenge|acme|order .{0,60}(?:errored|invalid|failed)|DNS problem|self check/i,
    prose`Check that the domain points here and that the solver can answer: kubectl describe challenges`,
  ],
];

function causeOf(said: string, isStore: boolean): readonly [string, Prose] {
  const found = WORDS.find(([, pattern]) => pattern.test(said));
  if (found) return [found[0], found[2]];
  return isStore
    ? ['store-not-ready', prose`Check the provider that the store or issuer speaks to, and its credentials.`]
    : ['not-synced', prose`Act on what its controller says.`];
}

/** The name of its store or issuer. */
function referenceOf(object: Parameters<typeof refOf>[0]) {
  const fields = ['secretStoreRef', 'issuerRef'].filter(
    (field) => recordAt(object, 'spec', field)['name'] !== undefined,
  );
  return fields.map((field) => ({ object: refOf(object), field: `spec.${field}.name` }));
}
