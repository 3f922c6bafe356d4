import { createRequire } from 'node:module';
import { accountOf, installationOf, repositoryUrl, slugOf, type Facts, type GitHub } from '../github.ts';
import { fullRepositoryJson } from '../shapes/repositories.ts';
import { nodeId, userJson, type Json } from '../shapes/users.ts';
import type { Repository } from '../state.ts';

interface Example {
  readonly name: string;
  readonly examples: readonly Json[];
}

let examples: readonly Example[] | null = null;

/** A real delivery of this event, as far as one is known. */
function exampleOf(event: string, action: string | null): Json {
  examples ??= createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Example[];
  const all = examples.find(({ name }) => name === event)?.examples ?? [];
  return all.find((example) => action === null || example['action'] === action) ?? all[0] ?? {};
}

/** An example payload with this repository's facts in it. */
export function payloadOf(
  github: GitHub,
  event: string,
  action: string | null,
  repository: Repository | null,
  facts: Facts,
): Json {
  const example = exampleOf(event, action);
  const own: Record<string, unknown> = { ...(action === null ? {} : { action }), ...facts };
  if (repository !== null) {
    own['repository'] = fullRepositoryJson(github, repository, false);
    const installation = installationOf(github, repository);
    if (installation !== null)
      own['installation'] = { id: installation.id, node_id: nodeId('MDI', installation.id) };
    if (accountOf(github, repository.owner)?.type === 'Organization')
      own['organization'] = organizationJson(github, repository);
  }
  const { organization: _organization, installation: _installation, ...rest } = example;
  const merged = withFacts(rest, own) as Json;
  return repository === null ? merged : (renamed(merged, example, github, repository) as Json);
}

/** Facts win; what an example has beside them stays. */
function withFacts(example: unknown, fact: unknown): unknown {
  if (!isObject(example) || !isObject(fact)) return fact;
  const keys = new Set([...Object.keys(example), ...Object.keys(fact)]);
  return Object.fromEntries(
    [...keys].map((key) => [key, key in fact ? withFacts(example[key], fact[key]) : example[key]]),
  );
}

/** No other repository's name is left. */
function renamed(value: unknown, example: Json, github: GitHub, repository: Repository): unknown {
  const other = example['repository'];
  if (!isObject(other) || typeof other['full_name'] !== 'string' || typeof other['url'] !== 'string')
    return value;
  const text = JSON.stringify(value)
    .replaceAll(other['url'], repositoryUrl(github, repository))
    .replaceAll(other['full_name'], slugOf(repository));
  return JSON.parse(text) as unknown;
}

function organizationJson(github: GitHub, repository: Repository): Json {
  const { login, id, node_id, url, avatar_url } = userJson(github, repository.owner);
  return {
    login,
    id,
    node_id,
    url,
    avatar_url,
    repos_url: `${String(url)}/repos`,
    events_url: `${String(url)}/events`,
    hooks_url: `${String(url)}/hooks`,
    issues_url: `${String(url)}/issues`,
    members_url: `${String(url)}/members{/member}`,
    public_members_url: `${String(url)}/public_members{/member}`,
    description: null,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
