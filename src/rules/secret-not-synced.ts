/**
 * Rule `secret-not-synced`: a controller cannot write a Secret: an ExternalSecret, a SealedSecret, or the store behind them.
 *
 * The semantics that it relies on:
 *
 * - The condition of an ExternalSecret often says only that the provider gave nothing; the event UpdateFailed says why.
 *   https://external-secrets.io/latest/api/externalsecret/
 * - `secretStoreRef` without a kind means a SecretStore of the namespace. https://external-secrets.io/latest/api/externalsecret/
 * - A SealedSecret opens only with the key, in the namespace and under the name that it was sealed for.
 *   https://github.com/bitnami-labs/sealed-secrets#scopes
 */
import { HOUR } from '../kubernetes/durations.ts';
import { PLAIN_AT_ONCE, sinceOf, unreadyCondition } from '../facts/conditions.ts';
import { missingReferences, type MissingReference } from '../facts/named-objects.ts';
import { ageOf, quoteCondition, quoteEvent, warningsOf } from '../facts/observations.ts';
import { waitsFor } from '../facts/links.ts';
import { describeRef, groupOf, refOf } from '../kubernetes/objects.ts';
import type { Condition } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { inBrackets, prose, saying, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { commitEvidence, describeCommit } from '../witnesses/commits.ts';
import { SECRET_KINDS } from './custom-kinds.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { ofMissing } from './missing-reference.ts';
import { SYNC_CAUSES, syncCauseOf } from './secret-not-synced/causes.ts';
import { foresight } from './secret-not-synced/foresight.ts';
import { toldOf } from './secret-not-synced/told.ts';

const GROUPS = new Set(['external-secrets.io', 'bitnami.com']);

export const secretNotSynced = defineRule({
  id: 'secret-not-synced',
  title: 'A controller cannot write a Secret',
  phase: 'configuration',
  semantics: [
    'https://external-secrets.io/latest/api/externalsecret/',
    'https://github.com/bitnami-labs/sealed-secrets#scopes',
  ],
  reads: [
    'ExternalSecret.external-secrets.io',
    'SecretStore.external-secrets.io',
    'ClusterSecretStore.external-secrets.io',
    'SealedSecret.bitnami.com',
    'Event',
  ],
  on: SECRET_KINDS,
  causes: SYNC_CAUSES,
  foresight,

  detect({ cluster, object }) {
    const condition = GROUPS.has(groupOf(object.apiVersion))
      ? unreadyCondition(cluster, object, PLAIN_AT_ONCE)
      : null;
    if (!condition) return null;
    const [missing = null] = missingReferences(cluster, object);
    // What exists may answer the next time; what does not exist does not come by waiting.
    const isPlain = missing !== null || /no key could decrypt/.test(condition.message ?? '');
    if (!isPlain && !unreadyCondition(cluster, object)) return null;
    return {
      condition,
      missing,
      seenOn: [refOf(object)],
      firstSeen: sinceOf(condition, cluster),
      occurrences: 1,
    };
  },

  *investigate({ cluster, object }, ask, { condition, missing }) {
    const ref = refOf(object);
    const events = warningsOf(cluster, object, HOUR).slice(0, 2);
    const shared = {
      summary: prose`${describeRef(ref)} is not ready${inBrackets(condition.reason)}${saying(shortened(toldBy(condition, events)))}`,
      explainedBy: waitsFor(cluster, ref),
    };
    const quotes = [
      quoteCondition(object, condition),
      ...events
        .filter(({ message }) => message !== condition.message)
        .map((event) => quoteEvent(object, event)),
    ];
    if (missing) {
      const found = yield* ofMissing(cluster, ref, missing, ask);
      return diagnosis({
        ...shared,
        ...found,
        cause: 'store-missing',
        summary: namesMissing(object, missing, condition, cluster),
        evidence: [...found.evidence, ...quotes],
      });
    }
    const texts = [
      ...events.map(({ message }) => String(message)),
      `${condition.reason}: ${condition.message}`,
    ];
    const cause = syncCauseOf(texts, object.kind.endsWith('Store'));
    const { blames, advice } = toldOf(cause, object, texts.join('\n'));
    const [now, before] = cause === 'remote-key-missing' ? ((yield* ask.past(blames)) ?? []) : [];
    const changed = now && before?.value !== undefined ? { now, before: before.value } : null;
    return diagnosis({
      ...shared,
      cause,
      because: changed
        ? [
            prose`${blames[0]!.field} was ${String(changed.before)} until ${describeCommit(changed.now.commit)}.`,
          ]
        : [],
      evidence: [
        ...quotes,
        ...(changed
          ? [
              commitEvidence(
                changed.now.commit,
                `${blames[0]!.field}: ${String(changed.before)} became ${String(changed.now.value)}`,
              ),
            ]
          : []),
      ],
      certainty: [cause === 'not-synced' ? 0.5 : 0.85, prose`its controller says what is missing`],
      reason:
        REASONS[cause] ??
        prose`What the provider or the sealing key holds is not in git, so a person has to decide.`,
      blames,
      advice: [advice],
      ...(changed ? { introducedBy: changed.now.commit } : {}),
    });
  },
});

const REASONS: Readonly<Record<string, Prose>> = {
  'access-denied': prose`Credentials are not kept in git, so nothing is changed.`,
  'credentials-missing': prose`Credentials are not kept in git, so nothing is changed.`,
  'secret-not-owned': prose`Which of the two owners keeps the Secret is for a person to decide.`,
  'store-not-allowed': prose`The owner of a store decides whom it serves, so nothing is changed here.`,
  'template-failed': prose`What the template was meant to say is not proven, so a person has to decide.`,
};

/** The condition often says only that the provider gave nothing, and the event why. */
function toldBy(condition: Condition, [event]: ReturnType<typeof warningsOf>): string {
  const { message = '' } = condition;
  const isVague = /^could not (?:get secret data from provider|update Secret)$/.test(message.trim());
  return isVague && event ? event.message : message;
}

function namesMissing(
  object: ClusterObject,
  { kind, name }: MissingReference,
  condition: Condition,
  cluster: ClusterState,
) {
  const minutes = Math.round(ageOf(cluster, condition.lastTransitionTime) / 60_000);
  return prose`${describeRef(refOf(object))} has not been synced for ${minutes} minutes: ${kind} ${name} does not exist.`;
}
