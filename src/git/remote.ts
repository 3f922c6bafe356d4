import type { Remote } from '../model/remote.ts';

/**
 * Reads the address of a remote in any of the forms git accepts: `https://host/owner/name.git`, `ssh://git@host:port/owner/name`,
 * `git@host:owner/name.git`. Credentials in it are dropped. null for paths, `file:` and anything but exactly an owner and a name.
 */
export function parseRemote(address: string): Remote | null {
  const parts = splitUrl(address.trim()) ?? splitScp(address.trim());
  if (parts === null) return null;
  const [owner, name, ...others] = parts.path
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '')
    .split('/');
  if (!isName(owner) || !isName(name) || others.length > 0) return null;
  // GitHub also answers SSH on port 443, under a name of its own.
  const host = parts.host === 'ssh.github.com' ? 'github.com' : parts.host;
  return { slug: `${owner}/${name}`, url: `https://${host}/${owner}/${name}` };
}

/** Whether a slug names the repository, or did before it was renamed. */
export function isNamed({ slug, formerly = [] }: Remote, name: string): boolean {
  return [slug, ...formerly].some((one) => one.toLowerCase() === name.toLowerCase());
}

interface AddressParts {
  readonly host: string;
  readonly path: string;
}

function splitUrl(address: string): AddressParts | null {
  if (!/^(https?|ssh|git|git\+ssh|ssh\+git):\/\//i.test(address) || !URL.canParse(address)) return null;
  const url = new URL(address);
  // A port of SSH says nothing about where the web pages are; one of HTTPS does.
  const host = url.protocol.startsWith('http') ? url.host : url.hostname;
  return host === '' ? null : { host: host.toLowerCase(), path: url.pathname };
}

function splitScp(address: string): AddressParts | null {
  const match = /^(?:[^@/\s:]+@)?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?):(?!\/\/)([^\s:]+)$/i.exec(address);
  // One letter before the colon is a drive, `C:\work`.
  return match && match[1]!.length > 1 ? { host: match[1]!.toLowerCase(), path: match[2]! } : null;
}

function isName(text: string | undefined): text is string {
  return text !== undefined && /^[\w.-]+$/.test(text) && text !== '.' && text !== '..';
}
