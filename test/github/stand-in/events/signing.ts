import { createHmac } from 'node:crypto';
import type { Commit, Signature } from '../git/commits.ts';
import { madeAccount, noReply, type GitHub } from '../github.ts';

/*
 * GitHub signs a commit that an App makes without naming author or committer: the App's bot is the author, and
 * `GitHub <noreply@github.com>` (the account web-flow) the committer. An author alone is taken for both, and nothing is signed.
 */

export const webFlowMail = 'noreply@github.com';

export function webFlow(at: number): Signature {
  return { name: 'GitHub', email: webFlowMail, at };
}

export function signatureOf(github: GitHub, login: string): Signature {
  const account = madeAccount(github, login);
  return { name: login, email: noReply(account.id, login), at: github.now() };
}

export function signedBy(github: GitHub): (payload: string) => string {
  return (payload) => {
    const seal = createHmac('sha256', github.state.signingSecret).update(payload).digest('base64');
    return `-----BEGIN PGP SIGNATURE-----\n\n${seal}\n-----END PGP SIGNATURE-----\n`;
  };
}

export function isSignedByGitHub(github: GitHub, commit: Commit): boolean {
  return commit.signature?.trim() === signedBy(github)(commit.payload).trim();
}
