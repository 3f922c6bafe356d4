import type { IncomingHttpHeaders } from 'node:http';
import { hasToken } from '../alerts/authentication.ts';

/** Why a request is not served, as an HTTP status with words; null where it is. */
export type Refusal = { readonly status: 401 | 403 | 404 | 405 | 413; readonly message: string };

/** Who may ask. */
export interface Gate {
  readonly token: string;
  /** Host names by which this server is reached, in lower case, without ports. */
  readonly hosts: ReadonlySet<string>;
}

export const MCP_PATH = '/mcp';

/**
 * A page in somebody's browser can send requests to a server on the same machine, under a name that it made point there. So the names in
 * `Host` and `Origin` must be ours, and every request has the token, which takes as long to check whatever it is.
 */
export function refusalOf(
  {
    method,
    url,
    headers,
  }: { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders },
  { token, hosts }: Gate,
): Refusal | null {
  if (!hosts.has(hostOf(`http://${headers.host ?? ''}`)))
    return { status: 403, message: 'this host name is not served' };
  const { origin } = headers;
  if (origin !== undefined && !hosts.has(hostOf(origin)))
    return { status: 403, message: 'this origin is not served' };
  if (url.split('?', 1)[0] !== MCP_PATH) return { status: 404, message: `only ${MCP_PATH} is here` };
  if (!hasToken(headers, token)) return { status: 401, message: 'a bearer token is needed' };
  if (!['GET', 'POST', 'DELETE'].includes(method)) return { status: 405, message: 'not allowed' };
  return null;
}

/** The name without its port; a name that no host has where it is no address. */
function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname.toLowerCase() : '';
}
