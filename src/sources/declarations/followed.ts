import { isRecord } from '../../kubernetes/objects.ts';
import type { Followed } from './plan.ts';

/** What `targetRevision` means: nothing and HEAD are the default branch; SHAs, version numbers and ranges do not move. */
export function argoRevision(target: string | null): Followed {
  if (target === null || target === 'HEAD') return {};
  if (target.startsWith('refs/')) return reference(target);
  return /^[0-9a-f]{7,40}$/.test(target) || /^v?\d+(\.\d+)*([-+].*)?$/.test(target) || /[*^~<>=]/.test(target)
    ? { pin: target }
    : { branch: target };
}

/**
 * What `spec.ref` of a GitRepository means; the most exact field wins, without any it is `master`
 * (https://fluxcd.io/flux/components/source/gitrepositories/#reference).
 */
export function fluxRevision(ref: unknown): Followed {
  const { commit, name, semver, tag, branch } = isRecord(ref) ? ref : {};
  if (typeof commit === 'string' && commit !== '') return { pin: commit };
  if (typeof name === 'string' && name !== '') return reference(name);
  const pin = [semver, tag].find((text) => typeof text === 'string' && text !== '');
  if (typeof pin === 'string') return { pin };
  return { branch: typeof branch === 'string' && branch !== '' ? branch : 'master' };
}

function reference(name: string): Followed {
  return name.startsWith('refs/heads/') ? { branch: name.slice('refs/heads/'.length) } : { pin: name };
}
