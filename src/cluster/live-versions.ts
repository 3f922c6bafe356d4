import {
  kubernetesVersion,
  sortedApiVersions,
  type ClusterVersions,
} from '../kubernetes/cluster-versions.ts';
import { recordAt, recordsOf } from '../kubernetes/objects.ts';
import { parseRecord } from './ask.ts';
import type { ApiAnswer, KubernetesApi } from './kubernetes-api.ts';

/** Bytes: kinds of the largest clusters have a few MiB. */
const LONGEST = 16 * 2 ** 20;

/** Kinds of all groups in one answer, from Kubernetes 1.27 on; older servers answer with their groups and versions. */
const WITH_KINDS = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

/**
 * What the API server says it runs and serves. What it does not answer is left out: charts are then rendered as for any cluster.
 * Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
export async function readVersions(api: Pick<KubernetesApi, 'get'>): Promise<Partial<ClusterVersions>> {
  const [version, groups] = await Promise.all([
    answerTo(api, '/version'),
    answerTo(api, '/apis', WITH_KINDS),
  ]);
  const kubernetes = kubernetesVersion(version?.['gitVersion']);
  return {
    ...(kubernetes === null ? {} : { kubernetes }),
    ...(groups === null ? {} : servedIn(groups)),
  };
}

async function answerTo(
  api: Pick<KubernetesApi, 'get'>,
  path: string,
  accept?: string,
): Promise<Readonly<Record<string, unknown>> | null> {
  const answer = await api.get(path, {}, LONGEST, accept).catch((): ApiAnswer | null => null);
  return answer?.status === 200 ? parseRecord(answer.text) : null;
}

/** An answer without any group is none. */
function servedIn(groups: Readonly<Record<string, unknown>>): Partial<ClusterVersions> {
  const versions = versionsIn(groups);
  const api = sortedApiVersions(['v1', ...versions]);
  return versions.length === 0 ? { api } : { api, isWhole: true };
}

function versionsIn({ items, groups }: Readonly<Record<string, unknown>>): readonly string[] {
  const named = recordsOf(groups).flatMap(({ versions }) =>
    recordsOf(versions).flatMap(({ groupVersion }) => (typeof groupVersion === 'string' ? groupVersion : [])),
  );
  const discovered = recordsOf(items).flatMap((item) =>
    recordsOf(item['versions']).flatMap(({ version, resources }) => {
      const { name } = recordAt(item, 'metadata');
      if (typeof name !== 'string' || typeof version !== 'string') return [];
      const apiVersion = `${name}/${version}`;
      const kinds = recordsOf(resources).map((one) => recordAt(one, 'responseKind')['kind']);
      const known = kinds.filter((kind) => typeof kind === 'string');
      return [apiVersion, ...known.map((kind) => `${apiVersion}/${kind}`)];
    }),
  );
  return [...named, ...discovered];
}
