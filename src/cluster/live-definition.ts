import {
  groupOf,
  isKubernetesObject,
  isRecord,
  recordsOf,
  type KubernetesObject,
} from '../kubernetes/objects.ts';
import { ask, parseRecord } from './ask.ts';
import type { KubernetesApi } from './kubernetes-api.ts';

/** A name that may be put into a request path. */
const PATH_NAME = /^[a-z0-9][a-z0-9.-]*$/;

/** Bytes: the largest definitions that etcd takes. */
const LONGEST = 8 * 2 ** 20;

/** The CustomResourceDefinition of one kind; null where there is none, or where it may not be read. */
export async function readDefinition(
  api: KubernetesApi,
  apiVersion: string,
  kind: string,
): Promise<KubernetesObject | null> {
  const group = groupOf(apiVersion);
  const version = apiVersion.slice(group.length + 1);
  if (!PATH_NAME.test(group) || !PATH_NAME.test(version)) return null;
  const listed = await ask(api, `/apis/${group}/${version}`, { most: LONGEST });
  const resources = listed.status === 200 ? recordsOf(parseRecord(listed.text)?.['resources']) : [];
  const plural = resources
    .filter((one) => one['kind'] === kind)
    .map(({ name }) => String(name))
    .find((name) => PATH_NAME.test(name));
  if (plural === undefined) return null;
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${group}`;
  const answer = await ask(api, path, { most: LONGEST });
  const found = answer.status === 200 ? parseRecord(answer.text) : null;
  return isRecord(found) && isKubernetesObject(found) ? found : null;
}
