import type { RequestContext } from '@kubernetes/client-node';

/** A request that could change something, or reveal what is not ours to see, was about to be sent: a bug. */
export class ForbiddenRequest extends Error {
  constructor(request: string) {
    super(`refused to send ${request}: only objects other than Secrets are read`);
    this.name = 'ForbiddenRequest';
  }
}

/** What sends requests of the Kubernetes client. */
export interface Library<Answer> {
  send(request: RequestContext): Answer;
}

/**
 * Lets GET requests through that neither tunnel into a pod nor touch a Secret. `watch=1` is for lists alone.
 *
 * @param prefix what stands before `/api` in the server's address, where it is behind something else.
 */
export function onlyReading<Answer>(library: Library<Answer>, prefix = ''): Library<Answer> {
  return {
    send: (request) => {
      const method: string = request.getHttpMethod();
      const url = request.getUrl();
      const { pathname, searchParams } = new URL(url);
      const isRead = method === 'GET' && request.getBody() === undefined;
      const path = pathname.slice(prefix.length);
      const isAllowed =
        isRead && pathname.startsWith(prefix) && isReadable(path) && maySend(searchParams, path);
      if (!isAllowed) throw new ForbiddenRequest(`${method} ${pathname}`);
      return library.send(request);
    },
  };
}

/** Either no watch at all, or `watch=1`, said once, of a list. */
function maySend(query: URLSearchParams, path: string): boolean {
  const watch = query.getAll('watch');
  if (watch.length === 0) return true;
  return watch.length === 1 && watch[0] === '1' && isList(segmentsOf(path) ?? []);
}

function isList([root, ...segments]: readonly string[]): boolean {
  if (root !== 'api' && root !== 'apis') return false;
  const rest = segments.slice(root === 'api' ? 1 : 2);
  return rest.length === 1 || (rest.length === 3 && rest[0] === 'namespaces');
}

/**
 * True for the version, the discovery documents, for lists and objects of any resource but Secrets, and for the log of a pod. What a segment means
 * is told by its place, as the API server tells it: a namespace or a pod may be called `proxy`, `secrets` or `exec`.
 * Source: `NewRequestInfo` of k8s.io/apiserver/pkg/endpoints/request.
 */
function isReadable(path: string): boolean {
  const segments = segmentsOf(path);
  if (segments === null) return false;
  const [root] = segments;
  if (root === 'version') return segments.length === 1;
  if (root !== 'api' && root !== 'apis') return false;
  const rest = segments.slice(root === 'api' ? 2 : 3);
  if (rest.length === 0) return true;
  const isInNamespace = rest[0] === 'namespaces' && rest.length > 2;
  const [resource, , subresource, ...more] = isInNamespace ? rest.slice(2) : rest;
  if (SPECIAL.has(resource!.toLowerCase()) || more.length > 0) return false;
  return subresource === undefined || (resource === 'pods' && subresource === 'log' && root === 'api');
}

/** Secrets, and the older ways to watch and to tunnel, which stand where the resource does otherwise. */
const SPECIAL: ReadonlySet<string> = new Set(['secrets', 'watch', 'proxy']);

/** null for a path that two servers could read differently: empty segments, dots, what is escaped twice. */
function segmentsOf(path: string): readonly string[] | null {
  if (!path.startsWith('/')) return null;
  const segments: string[] = [];
  for (const written of path.split('/').slice(1)) {
    let segment: string;
    try {
      segment = decodeURIComponent(written);
    } catch {
      return null;
    }
    if (segment === '' || segment === '.' || segment === '..' || /[/\\%?#;\p{Cc}]/u.test(segment))
      return null;
    segments.push(segment);
  }
  return segments;
}
