/**
 * Rule `certificate-expiring`: cert-manager has not renewed a certificate at the time at which it said that it would.
 *
 * The semantics that it relies on:
 *
 * - `status.notAfter` is when the certificate in the Secret expires, `status.renewalTime` when cert-manager renews it next. Both are in
 *   the Certificate itself: the Secret is not read.
 * - A renewal starts within moments of `renewalTime`, and sets both anew once it is done.
 * - A renewal that failed says so in the condition Issuing, which is a matter of `certificate-not-issued`.
 */
import { conditionsIn, quoteCondition } from '../facts/observations.ts';
import { DAY, describeDuration, describeTime, HOUR } from '../kubernetes/durations.ts';
import { describeRef, groupOf, recordAt, refOf } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import { quoted } from '../model/evidence.ts';
import { counted, prose, type Prose } from '../untrusted/prose.ts';
import { MONITORED } from './causes.ts';
import { defineRule } from './define-rule.ts';
import { ofCause } from './diagnosis.ts';

/** An authority that verifies a domain may take a while. */
const PATIENCE = 6 * HOUR;

export const certificateExpiring = defineRule({
  id: 'certificate-expiring',
  title: 'cert-manager has not renewed a certificate in time',
  phase: 'configuration',
  semantics: [
    'https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateStatus',
    'https://cert-manager.io/docs/usage/certificate/#renewal',
  ],
  reads: ['Certificate.cert-manager.io'],
  on: 'Certificate',
  foresees: true,
  givesWayTo: ['certificate-not-issued'],
  causes: {
    'renewal-not-done': {
      ...MONITORED,
      means: 'cert-manager renews it (condition Issuing), and has not finished',
      reason: prose`The certificate is still valid, and what holds the renewal up is not in git.`,
    },
    'renewal-not-begun': {
      ...MONITORED,
      means: 'cert-manager does not renew it',
      reason: prose`The certificate is still valid, and what keeps cert-manager from renewing it is not in git.`,
    },
  },

  detect({ object, cluster }) {
    if (groupOf(object.apiVersion) !== 'cert-manager.io') return null;
    if (object.metadata.deletionTimestamp !== undefined) return null;
    const { notAfter, renewalTime } = recordAt(object, 'status');
    const [until, due] = [parseTime(notAfter), parseTime(renewalTime)];
    if (until === null || due === null) return null;
    // What has expired fails now, and is not foreseen.
    if (cluster.reached(until) || !cluster.reached(due + PATIENCE)) return null;
    return { until, due, seenOn: [refOf(object)], firstSeen: due };
  },

  investigate({ object, cluster }, _ask, { until, due }) {
    const ref = refOf(object);
    const issuing = conditionsIn(object).find(({ type, status }) => type === 'Issuing' && status === 'True');
    const left = leftUntil(until, cluster.now);
    const { notAfter, renewalTime } = recordAt(object, 'status');
    return ofCause({
      cause: issuing ? 'renewal-not-done' : 'renewal-not-begun',
      summary: prose`${describeRef(ref)} expires in about ${left} and has not been renewed: its renewal was due at ${describeTime(due)}.`,
      because: [
        issuing
          ? prose`cert-manager has been renewing it since ${describeTime(parseTime(issuing.lastTransitionTime) ?? due)}.`
          : prose`Its status shows no renewal under way.`,
        prose`The certificate is valid until ${describeTime(until)}.`,
      ],
      evidence: [
        quoted(
          'object',
          object,
          due,
          `status.renewalTime: ${String(renewalTime)}, status.notAfter: ${String(notAfter)}`,
        ),
        ...(issuing ? [quoteCondition(object, issuing)] : []),
      ],
      certainty: [0.9, prose`the status of the Certificate says so`],
      blames: [{ object: ref, field: 'spec.issuerRef.name' }],
      advice: [
        prose`Check that cert-manager runs and can reach the issuer, then: kubectl describe certificate ${ref.name} -n ${ref.namespace ?? ''}`,
      ],
    });
  },
});

/** In whole days; of the last two in whole hours, so that it says the same for a while. */
function leftUntil(until: number, now: number): Prose {
  const left = until - now;
  if (left >= 2 * DAY) return counted(Math.floor(left / DAY), 'day');
  return prose`${describeDuration(Math.max(HOUR, Math.floor(left / HOUR) * HOUR))}`;
}
