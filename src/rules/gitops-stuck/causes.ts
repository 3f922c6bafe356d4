import { prose, type Prose } from '../../untrusted/prose.ts';

const PLAIN = { fix: 'none', outcome: 'declined' } as const;

/** Why git does not get into the cluster, the most telling first. */
export const GITOPS_CAUSES = {
  'no-matches-for-kind': {
    means: 'the cluster does not serve a kind or its version: `no matches for kind`',
    ...PLAIN,
  },
  'field-immutable': { means: 'a field cannot be changed: `field is immutable`', ...PLAIN },
  'webhook-denied': { means: 'an admission webhook or policy denies an object', ...PLAIN },
  'namespace-missing': { means: 'a namespace does not exist', ...PLAIN },
  forbidden: { means: 'the controller may not write an object', ...PLAIN },
  'exceeded-quota': { means: 'a quota has no room for an object', ...PLAIN },
  'object-invalid': { means: 'the API server refuses an object: a wrong value, an unknown field', ...PLAIN },
  'dependency-not-ready': { means: 'something that it waits for is not ready', ...PLAIN },
  'source-unavailable': { means: 'repository, chart or revision cannot be fetched', ...PLAIN },
  'build-failed': { means: 'kustomize, Helm or a plugin cannot render the manifests', ...PLAIN },
  'health-check-failed': { means: 'what was applied does not become healthy in time', ...PLAIN },
  'release-failed': { means: 'Helm cannot install or upgrade the release', ...PLAIN },
  'not-ready': { means: 'any other reason', ...PLAIN },
} as const;

type GitopsCause = keyof typeof GITOPS_CAUSES;

const WORDS: readonly (readonly [GitopsCause, RegExp, Prose])[] = [
  [
    'no-matches-for-kind',
    /no matches for kind|could not find the requested resource|unable to recognize|resource mapping not found/i,
    prose`Install the CRD before what needs it, or use an apiVersion that the cluster serves.`,
  ],
  [
    'field-immutable',
    /field is immutable|updates to statefulset spec for fields other than|immutable field|cannot be changed/i,
    prose`Delete the object so that it is made again, or give the new one another name.`,
  ],
  [
    'exceeded-quota',
    /exceeded quota/i,
    prose`Ask for less, or have the quota raised by who owns the namespace.`,
  ],
  [
    'webhook-denied',
    /admission webhook .{0,200}denied|ValidatingAdmissionPolicy|denied the request/i,
    prose`Change the object as the policy asks, or ask who owns the policy for an exception.`,
  ],
  [
    'namespace-missing',
    /namespaces? "[^"]+" not found/i,
    prose`Create the namespace, or let the controller do it.`,
  ],
  [
    'forbidden',
    /is forbidden: User|cannot (?:create|patch|update|get|list) resource/i,
    prose`Grant the controller's service account what the message names, if it is meant to have it.`,
  ],
  [
    'dependency-not-ready',
    /dependenc(?:y|ies) .{0,200}not ready|DependencyNotReady|not found in dependency/i,
    prose`Repair what it depends on first.`,
  ],
  [
    'health-check-failed',
    /HealthCheckFailed|health check failed|timeout waiting for|context deadline exceeded/i,
    prose`Look at the objects that the message names: they were applied and do not become ready.`,
  ],
  [
    'object-invalid',
    / is invalid: |strict decoding error|unknown field|ValidationError|cannot unmarshal|json: cannot|dry-run failed/i,
    prose`Correct the field that the message names.`,
  ],
  [
    'build-failed',
    /BuildFailed|ComparisonError.*|failed to generate manifest|Manifest generation error|kustomize build|accumulating resources|error calling|YAML parse error|parse error at|execution error at|failed to load|helm template|template:/i,
    prose`Render it yourself from the same revision and correct what fails: kustomize build, or helm template.`,
  ],
  [
    'source-unavailable',
    /GitOperationFailed|AuthenticationFailed|failed to (?:checkout|clone|fetch|list refs|pull artifact|get authentication|download)|repository not found|authentication required|unable to (?:clone|resolve)|revision .{0,80}not found|couldn't find remote ref|ChartNotReady|chart .{0,80}not found|rpc error: .*repository|no such host|connection refused/i,
    prose`Check address, revision and credentials of the source.`,
  ],
  [
    'release-failed',
    /UpgradeFailed|InstallFailed|Helm (?:install|upgrade) failed|another operation .* is in progress|RetriesExceeded/i,
    prose`Read what Helm says: helm history and flux get helmreleases, then suspend and resume the release.`,
  ],
];

export function gitopsCause(
  reason: string,
  message: string,
): { readonly cause: GitopsCause; readonly advice: Prose } {
  const found = WORDS.find(([, pattern]) => pattern.test(`${reason}: ${message}`));
  return found
    ? { cause: found[0], advice: found[2] }
    : { cause: 'not-ready', advice: prose`Act on what the controller says.` };
}
