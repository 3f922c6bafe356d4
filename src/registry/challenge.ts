/** What a registry asks for before it answers: a token of its token server, or the credentials themselves. */
export type Challenge =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: string; readonly service: string | null };

/**
 * Reads the header `WWW-Authenticate`; null for one that is not understood.
 * Source: https://distribution.github.io/distribution/spec/auth/token/
 */
export function parseChallenge(header: string | null): Challenge | null {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/s.exec(header ?? '') ?? [];
  if (/^basic$/i.test(scheme)) return { kind: 'basic' };
  if (!/^bearer$/i.test(scheme)) return null;
  const parameters = new Map(
    [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!.toLowerCase(), value!]),
  );
  const realm = parameters.get('realm');
  return realm !== undefined && URL.canParse(realm)
    ? { kind: 'bearer', realm, service: parameters.get('service') ?? null }
    : null;
}
