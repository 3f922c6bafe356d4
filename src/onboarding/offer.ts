import { CONFIG_FILE } from '../config/defaults.ts';
import type { Host, PullRequest } from '../github/host.ts';
import {
  hashOf,
  noLongerNeeded,
  OFFER_COMMIT,
  OFFER_TITLE,
  offerText,
  readOffer,
  withOfferMarker,
  type OfferText,
} from './offer-text.ts';

/** The one branch that offers a configuration. It is no branch of a proposal. */
export const OFFER_BRANCH = 'faultline/configure';

export interface Offer extends OfferText {
  /** The commit of the default branch that the offer is made on. */
  readonly base: string;
  /** Text of the configuration. */
  readonly config: string;
}

/** The state of an offer. `not-now`: a person closed it, or took the merged file away again. `blocked`: the branch is somebody else's. */
export type OfferState =
  | { readonly kind: 'offered'; readonly number: number }
  | { readonly kind: 'not-now'; readonly number: number }
  | { readonly kind: 'blocked' };

/**
 * Keeps the pull request that offers a configuration, for a repository that has none: opened once, brought up to date while nobody
 * else touched its branch, and never opened again once a person closed it.
 */
export async function keepOffer(host: Host, offer: Offer): Promise<OfferState> {
  const pulls = await host.pullRequestsFrom(OFFER_BRANCH);
  const open = pulls.find(({ state }) => state === 'open');
  if (open) {
    await update(host, open, offer);
    return { kind: 'offered', number: open.number };
  }
  const [last] = pulls;
  if (last) return { kind: 'not-now', number: last.number };
  const head = await writtenBranch(host, offer);
  if (head === null) return { kind: 'blocked' };
  const opened = await host.openPullRequest({
    title: OFFER_TITLE,
    body: withOfferMarker(offerText(offer), head),
    branch: OFFER_BRANCH,
    base: host.defaultBranch,
    draft: false,
  });
  if (opened === 'exists') return { kind: 'blocked' };
  await host.addLabels(opened.number, ['faultline']);
  return { kind: 'offered', number: opened.number };
}

/** Closes the offer of a repository that has a configuration by now. */
export async function withdrawOffer(host: Host): Promise<void> {
  const open = (await host.pullRequestsFrom(OFFER_BRANCH)).find(({ state }) => state === 'open');
  if (!open) return;
  await host.comment(open.number, noLongerNeeded());
  await host.updatePullRequest(open.number, { state: 'closed' });
}

async function update(host: Host, pull: PullRequest, offer: Offer): Promise<void> {
  const { text, marker } = readOffer(pull.body);
  if (pull.labels.length === 0) await host.addLabels(pull.number, ['faultline']);
  // A description or a branch that a person touched is theirs.
  if (marker === null) return;
  let { head } = pull;
  const isOurs = await isByUs(host, offer.base, head);
  if (isOurs && (await host.file(CONFIG_FILE, head)) !== offer.config) {
    const next = await host.commit(commitOf(offer));
    if ((await host.moveBranch(OFFER_BRANCH, head, next)) !== 'moved') return;
    head = next;
  }
  const wanted = offerText(offer);
  const isAsWritten = marker.text === hashOf(text);
  const isNew = hashOf(wanted) !== marker.text || marker.head !== head;
  if (isOurs && isAsWritten && isNew)
    await host.updatePullRequest(pull.number, { body: withOfferMarker(wanted, head) });
}

/** Null where the branch is there with somebody else's commits. */
async function writtenBranch(host: Host, offer: Offer): Promise<string | null> {
  const current = await host.branchHead(OFFER_BRANCH);
  if (current !== null) return (await isByUs(host, offer.base, current)) ? current : null;
  const head = await host.commit(commitOf(offer));
  return (await host.createBranch(OFFER_BRANCH, head)) === 'created' ? head : null;
}

function commitOf({ base, config }: Offer): Parameters<Host['commit']>[0] {
  return { parent: base, message: OFFER_COMMIT, files: new Map([[CONFIG_FILE, Buffer.from(config)]]) };
}

/** GitHub commits in the name of its own account what it signs for an app. */
async function isByUs(host: Host, base: string, head: string): Promise<boolean> {
  const commits = await host.commitsBetween(base, head);
  return (
    commits !== null &&
    commits.every(
      ({ author, committer }) =>
        author === host.login && (committer === host.login || committer === 'web-flow'),
    )
  );
}
