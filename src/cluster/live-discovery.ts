import type { ApiKind } from '../kubernetes/api-kinds.ts';
import { isRecord, recordsOf } from '../kubernetes/objects.ts';
import type { ClusterProblem } from '../model/cluster-state.ts';
import { ask, describeFailure, parseRecord } from './ask.ts';
import { inParallel } from '../concurrency/in-parallel.ts';
import { type ApiAnswer, ClusterUnreachable, type KubernetesApi } from './kubernetes-api.ts';
import { SIDE_BY_SIDE } from './limits.ts';

/** What the server serves of the kinds we want: the path of each list, null for what it does not have. */
export interface Served {
  /** undefined: could not be found out. */
  resource(kind: ApiKind): Resource | null | undefined;
}

/** Where a kind is. */
export interface Resource {
  /** `/apis/apps/v1` */
  readonly base: string;
  readonly apiVersion: string;
  /** `deployments` */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Bytes: discovery documents of the largest clusters have one or two MiB. */
const LONGEST_DISCOVERY = 16 * 2 ** 20;

/** Versions and resources come from outside and become part of a path. */
const PATH_NAME = /^[a-z0-9][a-z0-9.-]*$/;

/** A group that is not served has no objects: that much absence is certain. */
export async function discover(
  api: KubernetesApi,
  kinds: readonly ApiKind[],
  problems: ClusterProblem[],
): Promise<Served> {
  const answer = await api.get('/apis', {}, LONGEST_DISCOVERY);
  if (answer.status === 401)
    throw new ClusterUnreachable(api.context, api.server, 'the credentials are refused (401)');
  if (answer.status >= 300 && answer.status < 400)
    throw new ClusterUnreachable(api.context, api.server, describeFailure(answer));
  const groups = groupVersions(answer);
  if (groups === null)
    problems.push({ where: '/apis', message: `discovery failed: ${describeFailure(answer)}` });

  const versions = new Map<string, string | null>();
  for (const { group, version } of kinds) {
    const offered = groups?.get(group);
    if (group === '') versions.set(group, 'v1');
    else if (groups !== null && offered === undefined) versions.set(group, null);
    else if (offered === undefined) versions.set(group, version ?? null);
    else versions.set(group, version !== undefined && offered.includes(version) ? version : offered[0]!);
  }

  const resources = new Map<string, Map<string, Resource> | undefined>();
  await inParallel([...versions], SIDE_BY_SIDE, async ([group, version]) => {
    if (version === null) return;
    const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const listed = await ask(api, base, { most: LONGEST_DISCOVERY });
    const found = readResources(listed, base, group === '' ? version : `${group}/${version}`);
    if (found === null)
      problems.push({ where: base, message: `discovery failed: ${describeFailure(listed)}` });
    resources.set(group, found ?? undefined);
  });

  return {
    resource: ({ group, kind }) => {
      if (versions.get(group) === null) return groups === null ? undefined : null;
      const found = resources.get(group);
      return found === undefined ? undefined : (found.get(kind) ?? null);
    },
  };
}

/** Versions by group, the preferred one first. */
function groupVersions(answer: ApiAnswer): Map<string, readonly string[]> | null {
  const body = answer.status === 200 ? parseRecord(answer.text) : null;
  if (body === null || !Array.isArray(body['groups'])) return null;
  const groups = new Map<string, readonly string[]>();
  for (const group of body['groups'].filter(isRecord)) {
    const versions = recordsOf(group['versions'])
      .map(({ version }) => String(version))
      .filter((version) => PATH_NAME.test(version));
    const preferred = isRecord(group['preferredVersion'])
      ? String(group['preferredVersion']['version'])
      : versions[0];
    if (preferred !== undefined && PATH_NAME.test(preferred))
      groups.set(String(group['name']), [preferred, ...versions.filter((version) => version !== preferred)]);
  }
  return groups;
}

function readResources(answer: ApiAnswer, base: string, apiVersion: string): Map<string, Resource> | null {
  const body = answer.status === 200 ? parseRecord(answer.text) : null;
  if (body === null || !Array.isArray(body['resources'])) return null;
  const listable = recordsOf(body['resources']).filter(
    ({ name, verbs }) =>
      PATH_NAME.test(String(name)) && name !== 'secrets' && Array.isArray(verbs) && verbs.includes('list'),
  );
  return new Map(
    listable.map(({ kind, name, namespaced }) => [
      String(kind),
      { base, apiVersion, plural: String(name), namespaced: namespaced === true },
    ]),
  );
}
