import { parseImage } from '../../kubernetes/images.ts';
import { quoted } from '../../model/evidence.ts';
import type { RegistryImage } from '../../model/registry-image.ts';
import { prose } from '../../untrusted/prose.ts';
import type { Pull, Remedy } from './pull.ts';

/** What a node is refused may be missing: a registry that shows us the repository without the reference settles it. */
export function asTheRegistrySays(pull: Pull, registry: RegistryImage | null): Pull {
  if (pull.judgement.cause !== 'unauthorized' || registry?.reference !== 'missing') return pull;
  const cause = parseImage(pull.image)?.digest ? 'digest-not-found' : 'tag-not-found';
  return { ...pull, judgement: { ...pull.judgement, cause, contradictions: [] } };
}

/** The registry has what the kubelet was told is missing. */
export function pushedSince(pull: Pull, registry: RegistryImage | null): Remedy | null {
  if (registry?.reference !== 'present') return null;
  const { registry: host, repository, image, node } = pull;
  return {
    verdict: 'monitor',
    reason: prose`the registry ${host} has ${image} now: it was pushed since, or node ${node} asks a mirror that lacks it`,
    evidence: [quoted('registry', repository, null, `${image}: present`)],
    advice: [
      prose`Wait for the kubelet's next attempt, which is at most 5 minutes away. If that fails too, check which mirror the container runtime of node ${node} asks in place of ${host}.`,
    ],
  };
}
