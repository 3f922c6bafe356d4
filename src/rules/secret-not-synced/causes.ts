const PLAIN = { fix: 'none', outcome: 'declined' } as const;

export const SYNC_CAUSES = {
  'store-missing': {
    means: 'the store that it names does not exist',
    fix: 'draft',
    terms: { settable: { to: 'name' } },
    outcome: 'a draft that names the one store that fits; declined where none or several fit',
    verdict: 'decline',
  },
  'store-not-allowed': { means: 'the ClusterSecretStore does not serve its namespace', ...PLAIN },
  'store-not-ready': { means: 'the store itself is not ready', ...PLAIN },
  'credentials-missing': { means: 'the Secret with the credentials of the store is not there', ...PLAIN },
  'access-denied': { means: 'the provider refuses the credentials', ...PLAIN },
  'remote-key-missing': { means: 'the provider has no such secret, version or property', ...PLAIN },
  'template-failed': { means: 'the template of the Secret cannot be carried out', ...PLAIN },
  'secret-not-owned': { means: 'another owner has the Secret that it would write', ...PLAIN },
  undecryptable: { means: 'no key of the cluster can decrypt the sealed secret', ...PLAIN },
  'not-synced': { means: 'any other reason', ...PLAIN },
} as const;

export type SyncCause = keyof typeof SYNC_CAUSES;

/**
 * What controllers and providers write, the most telling first. The texts are those of pkg/controllers of external-secrets, of its
 * providers, and of pkg/controller of sealed-secrets.
 */
const WORDS: readonly (readonly [SyncCause, RegExp])[] = [
  ['undecryptable', /no key could decrypt|failed to unseal|cannot decrypt|unable to decrypt/i],
  [
    'secret-not-owned',
    /already exists and is not managed by SealedSecret|already owned by another|owned by another ExternalSecret|secret .{0,120}is immutable/i,
  ],
  ['store-not-allowed', /using cluster store "[^"]*" is not allowed from namespace/i],
  ['store-not-ready', /the desired SecretStore \S+ is not ready|SecretStore "[^"]*" is not ready/i],
  [
    'store-missing',
    /could not get (?:Cluster)?SecretStore "[^"]*".*not found|(?:cluster)?secretstores?\.external-secrets\.io "[^"]*" not found/i,
  ],
  [
    'credentials-missing',
    /cannot get Kubernetes secret "[^"]*"|could not fetch .{0,60}(?:Secret|credentials).{0,120}not found|secrets "[^"]*" not found|serviceaccounts? "[^"]*" not found/i,
  ],
  [
    'access-denied',
    /access ?denied|permission[ _]?denied|forbidden|unauthori[sz]ed|\bcode:? 40[13]\b|\b40[13] (?:Forbidden|Unauthorized)|invalid (?:token|credentials|role)|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|SignatureDoesNotMatch|is not authorized to perform|AADSTS\d+/i,
  ],
  [
    'remote-key-missing',
    /secret (?:does not exist|not found)|ResourceNotFoundException|ParameterNotFound|SecretNotFound|can't find the specified secret|not found or has no versions|no secret found|cannot find secret data for key|property \S+ (?:does not exist|not found)|key .{0,120}(?:does not exist|not found)|no such secret|could not (?:get|find) .{0,80}(?:secret|key|property)\b(?!.*from provider)/i,
  ],
  [
    'template-failed',
    /could not (?:apply|execute) template|unable to execute template|error fetching templateFrom/i,
  ],
];

/** The cause that the first of these texts names; `not-synced` (or `store-not-ready` for a store) where none is known. */
export function syncCauseOf(texts: readonly string[], isStore: boolean): SyncCause {
  for (const text of texts) {
    const found = WORDS.find(([, pattern]) => pattern.test(text));
    if (found) return found[0];
  }
  return isStore ? 'store-not-ready' : 'not-synced';
}
