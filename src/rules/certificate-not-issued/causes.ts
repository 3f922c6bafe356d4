const PLAIN = { fix: 'none', outcome: 'declined' } as const;

export const ISSUE_CAUSES = {
  'issuer-missing': {
    means: 'the Issuer or ClusterIssuer that it names does not exist',
    fix: 'draft',
    terms: { settable: { to: 'name' } },
    outcome: 'a draft that names the one issuer that fits; declined where none or several fit',
    verdict: 'decline',
  },
  'request-denied': { means: 'an approver or policy denied the CertificateRequest', ...PLAIN },
  'rate-limited': { means: 'the authority issues no more for now: `rateLimited`', ...PLAIN },
  'order-refused': {
    means: 'the authority refuses the order: a domain that it does not issue for, CAA, an invalid account',
    ...PLAIN,
  },
  'solver-missing': { means: 'the issuer has no solver for the domain', ...PLAIN },
  'credentials-missing': { means: 'a Secret with credentials or a key of the issuer is not there', ...PLAIN },
  'access-denied': { means: 'the DNS provider or the authority refuses the credentials', ...PLAIN },
  'challenge-failed': { means: 'the authority cannot verify the domain', ...PLAIN },
  'secret-shared': { means: 'two Certificates write one Secret', ...PLAIN },
  'issuer-not-ready': { means: 'the issuer itself is not ready', ...PLAIN },
  'not-issued': { means: 'any other reason', ...PLAIN },
} as const;

export type IssueCause = keyof typeof ISSUE_CAUSES;

/** Texts of pkg/controller and pkg/issuer of cert-manager, and of ACME (RFC 8555, section 6.7), the most telling first. */
const WORDS: readonly (readonly [IssueCause, RegExp])[] = [
  ['request-denied', /\bDenied\b|denied by (?:policy|approver)/],
  ['rate-limited', /rateLimited|too many (?:certificates|failed authorizations|new orders)/i],
  ['solver-missing', /no configured challenge solvers|no solvers? (?:found|configured)/i],
  [
    'issuer-missing',
    /Referenced "?(?:Cluster)?Issuer"? not found|(?:cluster)?issuers?\.cert-manager\.io "[^"]*" not found/i,
  ],
  [
    'credentials-missing',
    /secrets? "[^"]*" not found|error getting keypair|missing secret|could not find secret key|no data for "[^"]*" in secret|SecretMissing/i,
  ],
  [
    'access-denied',
    /access ?denied|permission denied|unauthori[sz]ed_client|invalid (?:token|credentials|request headers)|authentication error|\b403 Forbidden\b|is not authorized to perform|AADSTS\d+/i,
  ],
  [
    'order-refused',
    /rejectedIdentifier|caa\b|unsupportedIdentifier|invalidContact|accountDoesNotExist|malformed|Failed to create Order/i,
  ],
  [
    'challenge-failed',
    /self check|challenge propagation|acme:error:(?:dns|connection|unauthorized|tls|incorrectResponse)|DNS problem|error presenting challenge|error cleaning up challenge|NXDOMAIN|authorization .{0,60}(?:invalid|failed)/i,
  ],
  ['issuer-not-ready', /Referenced issuer does not have a Ready status condition|issuer .{0,60}not ready/i],
];

/** The cause that the first of these texts names. */
export function issueCauseOf(texts: readonly string[], isIssuer: boolean): IssueCause {
  for (const text of texts) {
    const found = WORDS.find(([, pattern]) => pattern.test(text));
    if (found) return found[0];
  }
  return isIssuer ? 'issuer-not-ready' : 'not-issued';
}
