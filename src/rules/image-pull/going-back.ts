import type { PullError } from '../../facts/pull-errors.ts';
import { refOf } from '../../kubernetes/objects.ts';
import { parseImage, repositoryOf } from '../../kubernetes/images.ts';
import { changeOf } from '../../model/change.ts';
import type { FieldVersion } from '../../model/need.ts';
import { prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { emptiedCatalogue } from '../../witnesses/emptied-catalogues.ts';
import { goingBack as undone, type FormerTemplate } from '../../witnesses/former-template.ts';
import { readyWithIt } from '../../witnesses/image-references.ts';
import { isUnknownHost, type Pull, type Remedy, type Template } from './pull.ts';

/**
 * What git had before the commit that the failing reference came with, offered to a person in a draft: nothing shows that it was ever
 * pulled. Pull secrets that the same commit changed come back with it. Null where git does not tell, where the failing reference runs
 * elsewhere, and where what was before would fail alike.
 *
 * @param secrets the pull secrets before the commit that changed them last; null where git does not tell
 */
export function goingBack(
  pull: Pull,
  origin: Template,
  history: readonly FieldVersion[] | null,
  secrets: FormerTemplate | null = null,
): Remedy | null {
  const [now, before] = history ?? [];
  const former = before?.value;
  if (now?.value !== origin.image || typeof former !== 'string' || parseImage(former) === null) return null;
  const { container, cluster } = pull;
  if (readyWithIt({ owner: origin.owner, container, image: origin.image, cluster })) return null;
  if (!wouldHelp(pull, former) || emptiedCatalogue(repositoryOf(former), cluster.now)) return null;
  const { commit } = now;
  const owner = refOf(origin.owner);
  const besides = secrets?.commit.sha === commit.sha ? undone(secrets, owner) : [];
  if (besides === null) return null;
  const alsoSecrets = besides.length === 0 ? prose`` : prose`, and its pull secrets`;
  return {
    verdict: 'fix',
    reason: prose`${former} is what git had before ${commit.sha.slice(0, 8)}`,
    because: [
      prose`${describeCommit(commit)} changed the image from ${former} to ${origin.image}${alsoSecrets}.`,
    ],
    evidence: [commitEvidence(commit, `${origin.field} became ${origin.image}, was ${former}`)],
    blames: [{ object: owner, field: origin.field }],
    introducedBy: commit,
    confidence: [{ factor: 0.6, reason: prose`${former} is known from git only` }],
    changes: [changeOf(owner, origin.field, origin.image, former), ...besides],
    guards: [{ kind: 'draft', reason: prose`nothing recorded shows that ${former} was ever pulled here` }],
    advice: [prose`If ${origin.image} was meant, keep it, and push the image or grant access to it.`],
  };
}

const OF_THE_REFERENCE: ReadonlySet<PullError> = new Set([
  'tag-not-found',
  'digest-not-found',
  'invalid-name',
  'short-name',
  'repository-not-found',
  'unauthorized',
]);

/** True where another reference could be pulled: only then is it worth asking git and the registry for one. */
export function isOfTheReference(pull: Pull): boolean {
  const { cause } = pull.judgement;
  return OF_THE_REFERENCE.has(cause) || (cause === 'dns' && isUnknownHost(pull));
}

/** Whether the former reference differs in what the registry, or the lookup of it, refused. */
function wouldHelp(pull: Pull, former: string): boolean {
  const { judgement, image } = pull;
  switch (judgement.cause) {
    case 'tag-not-found':
    case 'digest-not-found':
    case 'invalid-name':
    case 'short-name':
      return true;
    case 'repository-not-found':
    case 'unauthorized':
      return repositoryOf(former) !== repositoryOf(image);
    case 'dns':
      return hostOf(former) !== hostOf(image) && isUnknownHost(pull);
    default:
      return false;
  }
}

function hostOf(image: string): string {
  return repositoryOf(image).split('/')[0]!;
}
