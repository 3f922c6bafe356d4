import { realpathSync, statSync } from 'node:fs';
import type { Visible } from './programs.ts';

/** How names are looked up, and which certificates are trusted: all that a program with a network needs of the file system. */
const FILES = [
  '/etc/resolv.conf',
  '/etc/hosts',
  '/etc/nsswitch.conf',
  '/etc/ssl/cert.pem',
  '/etc/ssl/certs',
  '/etc/pki/tls/certs',
  '/etc/pki/ca-trust/extracted',
  '/usr/share/ca-certificates',
  '/usr/local/share/ca-certificates',
];

/** What of it this machine has, and what the variables that OpenSSL and Go know name beside. */
export function filesOfNetwork(env: Readonly<Record<string, string>>): readonly Visible[] {
  const named = [env['SSL_CERT_FILE'], ...(env['SSL_CERT_DIR']?.split(':') ?? [])];
  return [...FILES, ...named].flatMap((to) => {
    if (to === undefined || !to.startsWith('/')) return [];
    try {
      const from = realpathSync(to);
      return [{ from, to, isFolder: statSync(from).isDirectory() }];
    } catch {
      return [];
    }
  });
}
