import {
  isRecord,
  recordsOf,
  sameObject,
  refOf,
  type KubernetesObject,
  type ObjectRef,
} from '../kubernetes/objects.ts';
import { maskedObject } from '../untrusted/masked.ts';
import { ask, parseRecord } from './ask.ts';
import { checkObject } from './checked-object.ts';
import { keepManagers } from './essentials.ts';
import type { KubernetesApi } from './kubernetes-api.ts';

/** A version or a resource that may be put into a request path; groups have dots. */
const PATH_NAME = /^[a-z0-9][a-z0-9.-]*$/;

/** Bytes: what discovery says of one version, and the largest objects that etcd takes. */
const LONGEST = 8 * 2 ** 20;

/** One object with its managed fields; null where it is not there or may not be read. Secrets are never read. */
export async function readObject(
  api: Pick<KubernetesApi, 'get'>,
  ref: ObjectRef,
): Promise<KubernetesObject | null> {
  const parts = ref.apiVersion.split('/');
  if (ref.kind === 'Secret' || parts.length > 2 || !parts.every((part) => PATH_NAME.test(part))) return null;
  const base = parts.length === 1 ? `/api/${ref.apiVersion}` : `/apis/${ref.apiVersion}`;
  const listed = await ask(api, base, { most: LONGEST });
  const resources = listed.status === 200 ? recordsOf(parseRecord(listed.text)?.['resources']) : [];
  const resource = resources.find(({ kind, name }) => kind === ref.kind && PATH_NAME.test(String(name)));
  if (!resource) return null;
  const isNamespaced = resource['namespaced'] === true;
  if (isNamespaced && ref.namespace === null) return null;
  const within = isNamespaced ? `/namespaces/${encodeURIComponent(ref.namespace!)}` : '';
  const path = `${base}${within}/${String(resource['name'])}/${encodeURIComponent(ref.name)}`;
  const answer = await ask(api, path, { most: LONGEST });
  const checked = answer.status === 200 ? checkObject(parseRecord(answer.text)) : null;
  if (checked?.kind !== 'object' || !isRecord(checked.object)) return null;
  // What answers for another object is no answer.
  return sameObject(refOf(checked.object), ref) ? maskedObject(keepManagers(checked.object)) : null;
}
