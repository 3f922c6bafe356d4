import { canonicalRepository, parseImage, repositoryOf } from '../kubernetes/images.ts';

/** Why an image cannot be pulled, as far as the words of the kubelet, the container runtime and the registry tell. */
export type PullError =
  | 'tag-not-found'
  | 'digest-not-found'
  | 'repository-not-found'
  | 'content-missing'
  | 'platform-mismatch'
  | 'unsupported-format'
  | 'unauthorized'
  | 'registry-policy'
  | 'rate-limited'
  | 'dns'
  | 'tls'
  | 'timeout'
  | 'registry-unavailable'
  | 'invalid-name'
  | 'short-name'
  | 'never-pull'
  | 'signature-rejected'
  | 'node-storage'
  | 'unknown';

/** What the kubelet reported: `reason` of a container state or event, its whole message, and the image of the container's spec. */
export interface PullReport {
  readonly reason: string | null;
  readonly message: string;
  readonly image: string;
}

/**
 * Why an image cannot be pulled, told from what the kubelet passes on of the container runtime's words.
 *
 * There is no error code to go by: `rpc error: code = NotFound` covers a missing tag, a missing platform and a missing
 * layer. So the words decide, in an order in which the specific comes before the general:
 * "no match for platform in manifest: not found" is no missing tag, and "failed to authorize: … i/o timeout" no missing
 * permission. Before that everything that names are made of is taken out (references, addresses, quoted words), so that
 * an image called `denied` or a tag `v1-timeout` does not speak for the registry.
 */
export function classifyPullFailure({ reason, message, image }: PullReport): PullError {
  if (reason === 'InvalidImageName') return 'invalid-name';
  if (isAboutAnother(image, message)) return 'unknown';
  const answers = splitAggregate(withoutNames(message, image)).map(causeOfWords);
  // Tried with several credentials, the registry answers each: "not found" to the one it knows says more than its "denied" to the others.
  const told =
    answers.includes('not-found') &&
    answers.every((answer) => answer === 'not-found' || answer === 'unauthorized');
  const cause = told ? 'not-found' : (answers.find((answer) => answer !== null) ?? causeOfReason(reason));
  if (cause !== 'not-found') return cause;
  return parseImage(image)?.digest ? 'digest-not-found' : 'tag-not-found';
}

/** Causes that may pass without anybody changing anything. The other causes are definite answers. */
export function isTransient(cause: PullError): boolean {
  return ['rate-limited', 'dns', 'timeout', 'registry-unavailable', 'unknown'].includes(cause);
}

/** A container also waits for the images of its image volumes, and then the message names one of those. */
function isAboutAnother(image: string, message: string): boolean {
  const named = /\b(?:pull|pulling|unpack) image "([^"\s]+)"/i.exec(message)?.[1];
  return named !== undefined && repositoryOf(named) !== repositoryOf(image);
}

type WordsCause = Exclude<PullError, 'tag-not-found' | 'digest-not-found'> | 'not-found';

const SIGNS: readonly (readonly [WordsCause, RegExp])[] = [
  ['platform-mismatch', /no match for platform|no matching manifest for \S+.* in the manifest list/],
  ['platform-mismatch', /no image found in (?:image index|manifest list) for architecture/],
  [
    'platform-mismatch',
    /cannot be used on this platform|does not match the (?:specified|detected host) platform/,
  ],
  // containerd 2.0 turned Docker schema 1 off and 2.1 dropped it: https://github.com/containerd/containerd/blob/main/RELEASES.md
  [
    'unsupported-format',
    /media type\s+(?:\S+\s+)?is no longer supported|unsupported manifest (?:media type|schema)/,
  ],
  ['unsupported-format', /schema 1 support (?:is disabled|has been removed)|docker image format v1/],
  // Harbor answers so for images that a policy of their project forbids: https://goharbor.io/docs/main/working-with-projects/project-configuration/
  ['registry-policy', /status\D{0,32}\b412\b|precondition failed|due to configured policy|policyviolation/],
  ['never-pull', /not present with pull policy of never/],
  ['unauthorized', /does not have the proper credentials/],
  [
    'short-name',
    /short[- ]name.*(?:is enforcing|did not resolve)|returns ambiguous list|unqualified-search registries/,
  ],
  [
    'invalid-name',
    /invalid reference format|couldn't parse image|failed to apply default image tag|must be lowercase/,
  ],
  ['signature-rejected', /signature validation failed|source image rejected|signature was required/],
  ['node-storage', /no space left on device|disk quota exceeded|read-only file system/],
  [
    'node-storage',
    /failed to (?:extract|register) layer|error (?:applying|creating) layer|failed to prepare extraction/,
  ],
  [
    'rate-limited',
    /too ?many ?requests|rate limit|(?:rate|data limit) exceeded|pull qps exceeded|status\D{0,32}\b429\b/,
  ],
  ['dns', /no such host|server misbehaving|name resolution|\blookup \S+(?: on \S+)?:/],
  ['tls', /x509:|\btls: |http response to https client|not look like a tls handshake/],
  [
    'timeout',
    /i\/o timeout|deadline ?exceeded|timeout exceeded|handshake timeout|timed out|context canceled|504 gateway/,
  ],
  [
    'registry-unavailable',
    /connection re(?:fused|set)|no route to host|(?:network|host) is unreachable|broken pipe|\beof\b/,
  ],
  [
    'registry-unavailable',
    /\b5\d\d (?:internal server error|bad gateway|service)|status\D{0,32}\b5\d\d\b|registry is unavailable/,
  ],
  [
    'unauthorized',
    /unauthorized|forbidden|\bdenied\b|no basic auth credentials|insufficient_scope|not authorized/,
  ],
  [
    'unauthorized',
    /authentication (?:is )?required|authorization (?:failed|token has expired)|no pull access/,
  ],
  [
    'unauthorized',
    /may require|(?:invalid|incorrect) username|bad credentials|failed to authorize|status\D{0,32}\b40[13]\b/,
  ],
  ['repository-not-found', /name[ _]unknown|repository name not known|repository with name .* not exist/],
  ['repository-not-found', /(?:repository|project) (?:\S+ )?not found/],
  [
    'content-missing',
    /httpreadseeker|failed to copy|blob unknown|unknown blob|fetching blob|manifest_blob_unknown/,
  ],
  ['not-found', /manifest[ _]unknown|manifest tagged by\s+is not found|tag \S+ was deleted or has expired/],
  ['not-found', /\b(?:manifest for|artifact|image|tag) (?:\S+ )?not found/],
  ['not-found', /failed to resolve (?:reference|image)\b.*not found/],
];

function causeOfWords(words: string): WordsCause | null {
  return SIGNS.find(([, sign]) => sign.test(words))?.[0] ?? null;
}

/** Where the message is gone or silent, some of the kubelet's own reasons tell as much. */
function causeOfReason(reason: string | null): WordsCause {
  switch (reason) {
    case 'ErrImageNeverPull':
      return 'never-pull';
    case 'RegistryUnavailable':
      return 'registry-unavailable';
    case 'SignatureValidationFailed':
      return 'signature-rejected';
    default:
      return 'unknown';
  }
}

/** The kubelet joins the errors of several attempts as `[first, second]`. */
function splitAggregate(words: string): readonly string[] {
  const inner = /^[^[]*\[(rpc error: .*)\]\s*$/s.exec(words)?.[1];
  return inner === undefined
    ? [words]
    : inner.split(/, (?=rpc error:|failed to pull|initializing source|error response)/);
}

/** The message in lower case without what people and registries may name as they like. */
function withoutNames(message: string, image: string): string {
  const name = parseImage(image)?.name;
  let words = message
    .replaceAll(/"[^"\s]*"/g, '')
    .replaceAll(/\b[a-z]+:\/\/[^\s",]+/g, '')
    .replaceAll(/\[manifests [^\]]*\]/g, '')
    .replaceAll(
      /\b(reading manifest|manifest for|tag|artifact|repository|project) \S+(?= (?:in|not found|was deleted)\b)/gi,
      '$1 -',
    );
  // A bare `name` could be a word of the message; with its registry, or with its tag, it is the reference.
  for (const reference of name === undefined ? [image] : [canonicalRepository(name), image]) {
    if (!/[:/]/.test(reference)) continue;
    const literal = reference.replaceAll(/[^\w]/g, '\\$&');
    words = words.replaceAll(new RegExp(String.raw`(^|[\s/])${literal}(?:[:@]\S*)?(?=[\s,\]]|$)`, 'g'), '$1');
  }
  return words.toLowerCase();
}
