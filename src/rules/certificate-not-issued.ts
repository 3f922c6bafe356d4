/**
 * Rule `certificate-not-issued`: cert-manager cannot issue or renew a certificate, or an issuer is not ready.
 *
 * The semantics that it relies on:
 *
 * - A Certificate makes a CertificateRequest, for ACME an Order, and for each domain a Challenge; the deepest one says why it waits.
 *   https://cert-manager.io/docs/troubleshooting/acme/
 * - A Certificate whose renewal fails stays Ready until the old one expires; the condition Issuing=False with the reason Failed tells.
 *   https://cert-manager.io/docs/usage/certificate/
 * - `issuerRef` without a kind means an Issuer of the namespace. https://cert-manager.io/docs/reference/api-docs/
 * - An annotation of an Ingress has a Certificate made, so that the annotation is what git has. https://cert-manager.io/docs/usage/ingress/
 */
import { PLAIN_AT_ONCE, unreadyCondition } from '../facts/conditions.ts';
import { issuanceOf, sharingSecret, type Stage } from '../facts/issuance.ts';
import { waitsFor } from '../facts/links.ts';
import { missingReferences } from '../facts/named-objects.ts';
import { conditionsIn, isOlder, quoteCondition } from '../facts/observations.ts';
import { describeTime, MINUTE } from '../kubernetes/durations.ts';
import { describeRef, groupOf, recordAt, refOf } from '../kubernetes/objects.ts';
import { parseTime, type Condition } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { inBrackets, listed, ownText, prose, saying, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { ISSUE_CAUSES, issueCauseOf } from './certificate-not-issued/causes.ts';
import { foresight } from './certificate-not-issued/foresight.ts';
import { toldOf, writtenFor, type Written } from './certificate-not-issued/told.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { ofMissing } from './missing-reference.ts';

/** An authority that verifies a domain needs minutes; DNS records need longest. */
const PATIENCE = 15 * MINUTE;
const FAILING_FOR = 5 * MINUTE;

export const certificateNotIssued = defineRule({
  id: 'certificate-not-issued',
  title: 'cert-manager cannot issue or renew a certificate',
  phase: 'configuration',
  semantics: [
    'https://cert-manager.io/docs/troubleshooting/acme/',
    'https://cert-manager.io/docs/usage/certificate/',
    'https://cert-manager.io/docs/usage/ingress/',
    'https://cert-manager.io/docs/reference/api-docs/',
  ],
  reads: [
    'Certificate.cert-manager.io',
    'CertificateRequest.cert-manager.io',
    'Order.acme.cert-manager.io',
    'Challenge.acme.cert-manager.io',
    'Issuer.cert-manager.io',
    'ClusterIssuer.cert-manager.io',
    'Ingress',
    'Event',
  ],
  on: ['Certificate', 'Issuer', 'ClusterIssuer'],
  causes: ISSUE_CAUSES,
  foresight,

  detect({ cluster, object }) {
    if (groupOf(object.apiVersion) !== 'cert-manager.io') return null;
    const condition = failingCondition(cluster, object);
    if (!condition) return null;
    const [missing = null] = missingReferences(cluster, object);
    const stages = object.kind === 'Certificate' ? issuanceOf(cluster, object) : [];
    const shares = sharesOf(cluster, object, condition);
    const isKnown = missing !== null || shares.length > 0;
    const isFailing =
      object.kind !== 'Certificate' ||
      stages.some((stage) => stage.isFailing) ||
      condition.reason === 'Failed';
    if (condition.reason === 'Issuing' && !isKnown && !stages.some((stage) => stage.isFailing)) return null;
    const patience = isKnown ? PLAIN_AT_ONCE : isFailing ? FAILING_FOR : PATIENCE;
    if (!isOlder(cluster, condition.lastTransitionTime, patience)) return null;
    return {
      condition,
      missing,
      stages,
      shares,
      object: refOf(object),
      seenOn: [refOf(object)],
      firstSeen: parseTime(condition.lastTransitionTime) ?? cluster.now,
      occurrences: 1,
    };
  },

  *investigate({ cluster, object }, ask, { condition, missing, stages, shares }) {
    const written = writtenFor(cluster, object);
    const ref = refOf(object);
    const quotes = [
      ...(stages.length === 0 ? [quoteCondition(object, condition)] : []),
      ...stages.flatMap(({ evidence }) => evidence),
    ];
    const until = validUntil(cluster, object);
    if (missing) {
      const found = yield* ofMissing(cluster, refOf(written.object), missing, ask, written.issuer);
      return diagnosis({
        ...found,
        cause: 'issuer-missing',
        summary: prose`${describeRef(ref)} is not issued: ${missing.kind} ${missing.name} does not exist.`,
        because: [...found.because, ...fromIngress(written, object), ...until],
        evidence: [...found.evidence, ...quotes],
      });
    }
    const deepest = stages.findLast(({ isFailing, says }) => isFailing && says !== '') ?? stages.at(-1);
    const texts = [
      ...stages.toReversed().map(({ state, says }) => `${state}: ${says}`),
      `${condition.reason}: ${condition.message}`,
    ];
    const cause = shares.length > 0 ? 'secret-shared' : issueCauseOf(texts, object.kind !== 'Certificate');
    const { blames, advice } = toldOf(cause, object, stages, written);
    return diagnosis({
      cause,
      summary:
        shares.length > 0
          ? prose`${describeRef(ref)} and Certificate ${listed(shares)} write the same Secret ${String(recordAt(object, 'spec')['secretName'])}.`
          : summaryOf(object, condition, deepest),
      because: [...fromIngress(written, object), ...until],
      evidence: quotes,
      certainty: [cause === 'not-issued' ? 0.5 : 0.85, prose`cert-manager says what it waits for`],
      reason: REASONS[cause] ?? prose`What the authority needs is not in git, so nothing is changed.`,
      blames,
      explainedBy: waitsFor(cluster, ref),
      advice: [advice],
    });
  },
});

const REASONS: Readonly<Record<string, Prose>> = {
  'credentials-missing': prose`Credentials are not kept in git, so nothing is changed.`,
  'access-denied': prose`Credentials are not kept in git, so nothing is changed.`,
  'secret-shared': prose`Which of the two keeps the Secret is for a person to decide.`,
};

/** Not Ready, or Ready with a renewal that failed. */
function failingCondition(cluster: ClusterState, object: ClusterObject): Condition | null {
  if (object.kind !== 'Certificate') return unreadyCondition(cluster, object, PLAIN_AT_ONCE);
  if (object.metadata.deletionTimestamp !== undefined) return null;
  const conditions = conditionsIn(object);
  const failed = conditions.find(
    ({ type, status, reason }) => type === 'Issuing' && status === 'False' && reason === 'Failed',
  );
  const unready = conditions.find(({ type, status }) => type === 'Ready' && status === 'False');
  return failed ?? unready ?? null;
}

function sharesOf(
  cluster: ClusterState,
  object: ClusterObject,
  { reason = '' }: Condition,
): readonly string[] {
  return object.kind === 'Certificate' && /DuplicateSecretName|IncorrectCertificate/.test(reason)
    ? sharingSecret(cluster, object).map(({ metadata }) => metadata.name)
    : [];
}

function summaryOf(object: ClusterObject, condition: Condition, deepest: Stage | undefined): Prose {
  const what = describeRef(refOf(object));
  const isReady = conditionsIn(object).some(({ type, status }) => type === 'Ready' && status === 'True');
  const verb = ownText(isReady ? 'renewed' : 'issued');
  if (object.kind !== 'Certificate')
    return prose`${what} is not ready${inBrackets(condition.reason)}${saying(shortened(condition.message ?? ''))}`;
  if (!deepest || deepest.object === object)
    return prose`${what} is not ${verb}${inBrackets(condition.reason)}${saying(shortened(condition.message ?? ''))}`;
  return prose`${what} is not ${verb}: ${describeRef(refOf(deepest.object))} is ${deepest.state || 'waiting'}${saying(shortened(deepest.says))}`;
}

function fromIngress({ object, issuer }: Written, certificate: ClusterObject): readonly Prose[] {
  return object === certificate
    ? []
    : [prose`${describeRef(refOf(object))} has it made by its annotation ${issuer.slice(22, -2)}.`];
}

/** What the last certificate is still good for. */
function validUntil(cluster: ClusterState, object: ClusterObject): readonly Prose[] {
  const until = parseTime(recordAt(object, 'status')['notAfter']);
  if (until === null) return [];
  const verb = until > cluster.now ? ownText('expires') : ownText('expired');
  return [prose`The certificate that it has ${verb} at ${describeTime(until)}.`];
}
