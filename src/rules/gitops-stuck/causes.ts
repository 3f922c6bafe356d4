import { removedApiIn } from '../../facts/removed-apis.ts';

const PLAIN = { fix: 'none', outcome: 'declined' } as const;
const DRAFT = { fix: 'draft', terms: { settable: { to: 'name' } }, verdict: 'decline' } as const;

/** Why git does not get into the cluster, the most telling first. */
export const GITOPS_CAUSES = {
  'file-missing': {
    means: 'a kustomization or an Application names a file that the repository does not have',
    fix: 'propose',
    outcome: 'the values file that one commit moved; else declined',
    verdict: 'decline',
  },
  'path-missing': {
    means: 'the folder that it applies does not exist',
    fix: 'propose',
    terms: { settable: { to: 'text' } },
    outcome:
      'the folder that one commit moved everything to, or a draft with the one near name; else declined',
    verdict: 'decline',
  },
  'revision-missing': {
    means: 'the source has no such branch, tag or chart version',
    fix: 'propose',
    terms: { settable: { to: 'text' } },
    outcome: 'the value before the last commit; else declined',
    verdict: 'decline',
  },
  'source-missing': {
    means: 'the source or the project that it names does not exist',
    ...DRAFT,
    outcome: 'a draft that names the one that fits; else declined',
  },
  'values-missing': {
    means: 'a ConfigMap or Secret that it takes values from does not exist',
    ...DRAFT,
    outcome: 'a draft that names the one that fits; else declined',
  },
  'dependency-missing': {
    means: 'what it depends on does not exist',
    ...DRAFT,
    outcome: 'a draft that names the one that fits; else declined',
  },
  'duplicate-resource': { means: 'one object is declared twice in a kustomization', ...PLAIN },
  'owned-by-another': { means: 'another release or Application owns an object', ...PLAIN },
  'values-invalid': { means: 'values of a release do not match the schema of its chart', ...PLAIN },
  'removed-api': {
    means: 'Kubernetes removed the version of a kind',
    fix: 'propose',
    outcome: 'the new version, where the fields are the same; else declined',
    verdict: 'decline',
  },
  'no-matches-for-kind': {
    means: 'the cluster does not serve a kind or its version: `no matches for kind`',
    ...PLAIN,
  },
  'field-immutable': {
    means: 'git changes a field that cannot be changed: `field is immutable`',
    fix: 'draft',
    outcome: 'a draft with the value that the cluster has, where one commit changed it; else declined',
    verdict: 'decline',
  },
  'webhook-denied': { means: 'an admission webhook or policy denies an object', ...PLAIN },
  'namespace-missing': { means: 'a namespace does not exist', ...PLAIN },
  forbidden: { means: 'the controller may not write an object', ...PLAIN },
  'exceeded-quota': { means: 'a quota has no room for an object', ...PLAIN },
  'object-invalid': {
    means: 'the API server refuses an object: a wrong value, an unknown field',
    fix: 'draft',
    outcome: 'a draft with the size that a claim has, where one commit made it smaller; else declined',
    verdict: 'decline',
  },
  'decryption-failed': { means: 'the controller has no key for an encrypted file', ...PLAIN },
  'dependency-not-ready': { means: 'something that it waits for is not ready', ...PLAIN },
  'hook-failed': { means: 'a hook of the sync or the release failed', ...PLAIN },
  'release-locked': { means: 'Helm believes that another operation is in progress', ...PLAIN },
  'source-unavailable': { means: 'repository, registry or credentials do not answer', ...PLAIN },
  'build-failed': { means: 'kustomize, Helm or a plugin cannot render the manifests', ...PLAIN },
  'health-check-failed': { means: 'what was applied does not become healthy in time', ...PLAIN },
  'not-permitted': { means: 'the project does not permit the source, the destination or a kind', ...PLAIN },
  'release-failed': { means: 'Helm cannot install or upgrade the release', ...PLAIN },
  'not-ready': { means: 'any other reason', ...PLAIN },
} as const;

export type GitopsCause = keyof typeof GITOPS_CAUSES;

/**
 * Texts of kustomize, Helm, the API server, and of the controllers: controllers/errors of argo-cd's reposerver and controller packages, and
 * api/v1 and internal/controller of fluxcd's kustomize-, helm- and source-controller.
 */
const WORDS: readonly (readonly [GitopsCause, RegExp])[] = [
  ['release-locked', /another operation \(.{1,40}\) is in progress/i],
  [
    'owned-by-another',
    /invalid ownership metadata|SharedResourceWarning|is part of (?:a different|applications)|resource that already exists/i,
  ],
  [
    'duplicate-resource',
    /may not add resource with an already registered id|found multiple possible matches|already registered id/i,
  ],
  [
    'path-missing',
    /kustomization path not found|app path does not exist|path .{0,120} does not exist in the repository/i,
  ],
  [
    'source-missing',
    /(?:gitrepositor(?:y|ies)|ocirepositor(?:y|ies)|helmrepositor(?:y|ies)|buckets?|helmcharts?)\.source\.toolkit\.fluxcd\.io "[^"]*" not found|Source artifact not found|application(?:'s)? .{0,60}project .{0,120}(?:does not exist|not found)|referencing project .{0,120}does not exist/i,
  ],
  [
    'values-missing',
    /could not resolve (?:ConfigMap|Secret) chart values reference .{0,300}not found|substitute from '(?:ConfigMap|Secret)\/[^']+' error: .{0,200}not found/i,
  ],
  ['dependency-missing', /dependency '[^']*' not found|unable to get '[^']*' dependency/i],
  [
    'revision-missing',
    /no '?[^']*'? ?chart with version matching|chart ".{1,120}" (?:version ".{1,60}" )?not found|no chart version found|improper constraint|couldn't find remote ref|reference not found|unable to resolve (?:'|git revision)|failed to resolve ref|MANIFEST_UNKNOWN|no match found for semver|revision .{0,80} not found/i,
  ],
  ['decryption-failed', /decrypt|sops|age: no identity|error getting data key/i],
  [
    'values-invalid',
    /values don't meet the specifications of the schema|additional propert(?:y|ies) .{0,60}not allowed|Invalid type\. Expected/i,
  ],
  [
    'file-missing',
    /(?:evalsymlink failure|lstat|open|stat) .{0,300}no such file or directory|evalsymlink failure on|file sources: \[|unable to find one of 'kustomization\.ya?ml'/i,
  ],
  [
    'no-matches-for-kind',
    /no matches for kind|could not find version|could not find the requested resource|unable to recognize|resource mapping not found|CRD is installed on the destination/i,
  ],
  [
    'field-immutable',
    /field is immutable|updates to statefulset spec for fields other than|immutable field|is immutable after creation|cannot change roleRef|cannot be changed/i,
  ],
  ['exceeded-quota', /exceeded quota/i],
  ['webhook-denied', /admission webhook .{0,200}denied|ValidatingAdmissionPolicy|denied the request/i],
  ['namespace-missing', /namespaces? "[^"]+" not found|namespace not found/i],
  [
    'not-permitted',
    /is not permitted in project|not permitted to (?:use|access)|is not a valid destination|there are no clusters with this (?:name|URL)|do not match any of the allowed destinations/i,
  ],
  ['forbidden', /is forbidden: User|cannot (?:create|patch|update|get|list) resource/i],
  [
    'dependency-not-ready',
    /dependenc(?:y|ies) .{0,200}not ready|DependencyNotReady|not found in dependency/i,
  ],
  [
    'hook-failed',
    /^hook Failed|post-(?:install|upgrade) hooks? failed|pre-(?:install|upgrade) hooks? failed|failed (?:pre|post)-(?:install|upgrade)/i,
  ],
  [
    'health-check-failed',
    /HealthCheckFailed|health check failed|timeout waiting for|timed out waiting for|context deadline exceeded/i,
  ],
  [
    'object-invalid',
    / is invalid: |field not declared in schema|expected \w+, got|quantities must match|strict decoding error|unknown field|ValidationError|cannot unmarshal|json: cannot|dry-run failed/i,
  ],
  [
    'build-failed',
    /BuildFailed|failed to generate manifest|Manifest generation error|kustomize build|accumulating resources|error calling|YAML parse error|parse error at|execution error at|failed to load|helm template|template:|variable substitution failed/i,
  ],
  [
    'source-unavailable',
    /GitOperationFailed|AuthenticationFailed|IndexationFailed|ChartPullError|failed to (?:checkout|clone|fetch|list refs|pull artifact|get authentication|download)|repository not found|authentication required|unable to (?:clone|resolve)|ChartNotReady|rpc error: .*repository|no such host|connection refused|i\/o timeout|x509:/i,
  ],
  ['build-failed', /ComparisonError/],
  ['release-failed', /UpgradeFailed|InstallFailed|Helm (?:install|upgrade) failed|RetriesExceeded/i],
];

export function gitopsCause(reason: string, message: string): GitopsCause {
  if (removedApiIn(message) !== null) return 'removed-api';
  return WORDS.find(([, pattern]) => pattern.test(`${reason}: ${message}`))?.[0] ?? 'not-ready';
}
